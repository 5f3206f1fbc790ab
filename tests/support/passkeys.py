"""People with passkeys, over HTTP alone: what a page asks for is answered as a browser would."""

import json
from typing import Any

from accounts.models import Authenticator
from tests.support.http_client import Visitor
from tests.support.people import Actor
from tests.support.software_passkey import Passkey


def challenge(visitor: Visitor) -> dict[str, Any]:
    answer = visitor.post("accounts:passkey_challenge")
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def creation(visitor: Visitor, page: str = "accounts:passkey_add") -> dict[str, Any]:
    """What the page asks the browser to create."""
    return dict(json.loads(visitor.get(page).context["options"]))


def adds(visitor: Visitor, passkey: Passkey | None = None, name: str = "") -> Passkey:
    """A visitor who is signed in, with a fresh second factor, adds a passkey."""
    made = passkey or Passkey()
    answer = visitor.post("accounts:passkey_add", code=made.create(creation(visitor)), name=name)
    assert answer.status_code == 302, answer.content.decode()
    return made


def shown(visitor: Visitor, passkey: Passkey) -> str:
    return passkey.show(challenge(visitor))


def enters(visitor: Visitor, passkey: Passkey, **more: Any) -> Any:
    """Sign in without a password."""
    return visitor.post("accounts:verify_passkey_alone", code=shown(visitor, passkey), **more)


def verifies(visitor: Visitor, passkey: Passkey, **more: Any) -> Any:
    """After the password, or before a change."""
    return visitor.post("accounts:verify_passkey", code=shown(visitor, passkey), **more)


def row_of(actor: Actor) -> Authenticator:
    return Authenticator.objects.filter(user=actor.user, kind="passkey").latest("pk")


def only_a_passkey(actor: Actor) -> Passkey:
    """Hanako adds a passkey and takes her app out."""
    visitor = Visitor().signs_in(actor)
    passkey = adds(visitor)
    app = Authenticator.objects.get(user=actor.user, kind="totp", removed_at=None)
    answer = visitor.post("accounts:totp_remove", app.pk)
    assert answer.status_code == 302, answer.content.decode()
    return passkey
