"""People with passkeys, over HTTP alone: what a page asks for is answered as a browser would."""

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.authenticators.passkeys import ceremonies, services
from accounts.models import Authenticator
from common import clock
from devtools.personas import Browser
from tests.support.http_client import Visitor
from tests.support.people import Actor, visiting
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
    assert answer.url == reverse("accounts:methods")
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
    assert verifies(visitor, passkey).status_code == 302
    app = Authenticator.objects.get(user=actor.user, kind="totp", removed_at=None)
    answer = visitor.post("accounts:totp_remove", app.pk)
    assert answer.url == reverse("accounts:methods")
    return passkey


def bind(actor: Actor, place: Browser, at: datetime, name: str = "", *, counts: bool = True) -> Passkey:
    """They have had a passkey since then, as others have had a code app: a part of their past."""
    made = Passkey(origin=settings.OTP_WEBAUTHN_ALLOWED_ORIGINS[0], counts=counts)
    with visiting(place, at, actor=actor.user.pk):
        options = ceremonies.to_create(actor.user)
        credential = ceremonies.read(made.create(options))
        assert credential is not None
        code = ceremonies.sealed(credential, options["challenge"], int(clock.now().timestamp() * 1_000_000))
        services.bind(user=actor.user, code=code, name=name)
    return made


def sealed_now(passkey: Passkey) -> str:
    """What services take, as a page would seal it: for tests of what is behind the pages."""
    options = ceremonies.to_show()
    credential = ceremonies.read(passkey.show(options))
    assert credential is not None
    return ceremonies.sealed(credential, options["challenge"], int(clock.now().timestamp() * 1_000_000))
