"""Who asks for a call, from which network. Strangers have what strangers have: browsers and networks of
their own, her e-mail, her number.
"""

import re
from datetime import timedelta
from typing import Any

from django.test import Client

from common import clock, codes
from devtools.personas import WINDOWS
from recovery.cases import admission
from recovery.claimant.access import CAPABILITY_COOKIE
from recovery.models import CallAttempt, Case
from recovery.queue import dispatch, offers
from recovery.queue import selectors as queue_selectors
from recovery.takeover import protect
from tests.support.desk_scenario import NUMBER, Desk

FORM = "/help/taken-over/check/"
HER_NETWORK = "126.72.14"
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


class Claimant:
    """A browser somewhere, that asks for a call and follows its page."""

    def __init__(self, address: str, at: Any = None) -> None:
        self.client = Client(REMOTE_ADDR=address, HTTP_USER_AGENT=WINDOWS)
        self.at = at or clock.now()

    def post(self, path: str, data: dict[str, str]) -> Any:
        with clock.pretend(self.at):
            return self.client.post(path, data)

    def asks(self, email: str = "hanako@example.jp", number: str = NUMBER, **more: str) -> Any:
        return self.post(FORM, {"when": "now", "email": email, "number": number, "language": "ja", **more})

    def waits_and_asks(self, page: Any, seconds: int = admission.WAIT_SECONDS) -> Any:
        """Does what the page between says: waits, and presses its button."""
        self.at += timedelta(seconds=seconds)
        return self.post(FORM, dict(HIDDEN.findall(page.content.decode())))

    def gets_in_line(self, **typed: str) -> Case:
        answer = self.asks(**typed)
        if answer.status_code == 200:
            answer = self.waits_and_asks(answer)
        assert answer.status_code == 302, answer.content.decode()
        return self.case

    @property
    def case(self) -> Case:
        key = codes.fingerprint(self.client.cookies[CAPABILITY_COOKIE].value)
        return Case.objects.select_related("callback").get(capability=key)

    @property
    def page(self) -> str:
        with clock.pretend(self.at):
            return str(self.client.get("/status/").content.decode())


def stranger(network: int, host: int = 7) -> Claimant:
    return Claimant(f"145.{100 + network // 200}.{network % 200}.{host}")


def any_number(count: int) -> str:
    return f"+8190{20_000_000 + 137 * count}"


def crowd(network: str = "145.100.1") -> None:
    for count in range(30):
        Claimant(f"{network}.7").asks(f"nobody{count}@example.com", any_number(count))


def protect_all() -> None:
    for case_id in Case.objects.filter(protected_at=None).values_list("pk", flat=True):
        protect.protect(case_id=case_id)


def rings(desk: Desk) -> CallAttempt:
    dispatch.dispatch()
    offer = queue_selectors.offer_to(desk.sato.user.pk)
    assert offer is not None
    return desk.calls(offers.accept(agent_id=desk.sato.user.pk, callback_id=offer.pk))
