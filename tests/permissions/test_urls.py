"""Every address of the portal against every role. An address without a row fails, and so does its reverse.

A row says who *reaches* the view; everybody else must get exactly what their role gets elsewhere: the
anonymous are led to sign in, who has only given a password is led to the second factor, and to people who
lack the permission, or whose thing it is not, the page does not exist.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

import audit.reading
from accounts.models import Authenticator, CredentialChange, RecoveryContact, Session
from common import clock
from recovery.approvals import services as approvals
from recovery.cases import changes
from recovery.evidence import services as evidence
from recovery.models.evidence import Method
from recovery.takeover import selectors as takeover_selectors
from tests.recovery.evidence.test_evidence import mailed_code
from tests.support import desk_scenario, passkeys, people
from tests.support import former_partner as former
from tests.support.desk_scenario import Desk
from tests.support.http_client import Visitor
from tests.support.people import Actor

ROLES = (
    "anonymous",
    "password given",
    "user",
    "other user",
    "agent with the case",
    "agent without",
    "supervisor",
    "admin",
)
EVERYBODY = frozenset(ROLES)
SIGNED_IN = EVERYBODY - {"anonymous"}
VERIFIED = SIGNED_IN - {"password given"}
OWNER = frozenset({"user"})
DESK = frozenset({"agent with the case", "agent without", "supervisor"})
CASE_AGENT = frozenset({"agent with the case"})
CASE_READERS = frozenset({"agent with the case", "supervisor"})
SUPERVISOR = frozenset({"supervisor"})
ADMIN = frozenset({"admin"})
# Who has a second factor is not let into enrolling by the password alone, nor anywhere else.
ENROLLING = VERIFIED

TABLE: dict[str, frozenset[str]] = {
    "home": EVERYBODY,
    "help": EVERYBODY,
    "help_call": EVERYBODY,
    "help_step": EVERYBODY,
    "help_check": EVERYBODY,
    "help_link": EVERYBODY,
    "help_confirm": EVERYBODY,
    "set_language": EVERYBODY,
    "change_password": EVERYBODY,
    "healthz": EVERYBODY,
    "readyz": EVERYBODY,
    "live_case": EVERYBODY,
    "live_desk": DESK,
    "not_me": EVERYBODY,
    "not_me_link": EVERYBODY,
    "not_me_session": EVERYBODY,
    "not_me_session_link": EVERYBODY,
    "mail_code": EVERYBODY,
    # The claimant's page belongs to a browser, not to a role: see test_status.py.
    "status": EVERYBODY,
    "status_answer": EVERYBODY,
    "status_number": EVERYBODY,
    "status_time": EVERYBODY,
    "status_cancel": EVERYBODY,
    "status_code": EVERYBODY,
    "is_this_you": EVERYBODY,
    "is_this_you_mail": EVERYBODY,
    "is_this_you_call": EVERYBODY,
    # Who is asked to vouch has an e-mail and no account: see test_vouching.py.
    "vouch": EVERYBODY,
    "vouch_link": EVERYBODY,
    "dispute": EVERYBODY,
    "dispute_link": EVERYBODY,
    "dispute_mine": VERIFIED,
    "accounts:sign_in": EVERYBODY,
    "accounts:passkey_challenge": EVERYBODY,
    "accounts:verify_passkey_alone": EVERYBODY,
    "accounts:verify": SIGNED_IN,
    "accounts:verify_passkey": SIGNED_IN,
    "accounts:verify_totp": SIGNED_IN,
    "accounts:verify_recovery_code": SIGNED_IN,
    "accounts:sign_out": SIGNED_IN,
    "accounts:signed_out": EVERYBODY,
    "accounts:sign_up": EVERYBODY,
    "accounts:sign_up_sent": EVERYBODY,
    "accounts:sign_up_link": EVERYBODY,
    "accounts:sign_up_details": EVERYBODY,
    # The page of the link is a browser's that has it: see test_imported_people.py.
    "accounts:enrolment": EVERYBODY,
    "accounts:enrolment_link": EVERYBODY,
    "accounts:enrolment_sent": SIGNED_IN,
    "accounts:enrol": ENROLLING,
    "accounts:enrol_passkey": ENROLLING,
    "accounts:enrol_totp": ENROLLING,
    "accounts:qr": ENROLLING,
    "accounts:check_up": VERIFIED,
    "accounts:history": VERIFIED,
    # And for who has given the password, once a doubt has kept them out: see test_doubt_pages.py.
    "accounts:doubt": VERIFIED,
    "accounts:object": OWNER,
    "accounts:review_sign_in": VERIFIED,
    "accounts:profile": VERIFIED,
    "accounts:methods": VERIFIED,
    "accounts:rename": OWNER,
    "accounts:passkey_add": VERIFIED,
    "accounts:passkey_remove": OWNER,
    "accounts:totp_add": VERIFIED,
    "accounts:totp_replace": OWNER,
    "accounts:totp_remove": OWNER,
    "accounts:recovery_codes": VERIFIED,
    "accounts:check_codes": VERIFIED,
    "accounts:fresh_codes": VERIFIED,
    # By the cookie of a browser that has just used up a code.
    "accounts:fresh_code": EVERYBODY,
    "accounts:change_password": VERIFIED,
    "accounts:password_strength": EVERYBODY,
    "accounts:forgot": EVERYBODY,
    "accounts:forgot_sent": EVERYBODY,
    "accounts:password_link": EVERYBODY,
    "accounts:choose_password": EVERYBODY,
    "accounts:change_email": VERIFIED,
    "accounts:activity": VERIFIED,
    "accounts:cancel_change": VERIFIED,
    "accounts:cancel_email_change": VERIFIED,
    "accounts:email_link": EVERYBODY,
    "accounts:confirm_email": EVERYBODY,
    "accounts:stop_email_link": EVERYBODY,
    "accounts:stop_email": EVERYBODY,
    "accounts:notice_address": VERIFIED,
    "accounts:cancel_notice": VERIFIED,
    "accounts:remove_notice": VERIFIED,
    "accounts:notice_link": EVERYBODY,
    "accounts:confirm_notice": EVERYBODY,
    "accounts:contacts": VERIFIED,
    "accounts:add_contact": VERIFIED,
    "accounts:invite_contact": OWNER,
    "accounts:remove_contact": OWNER,
    "accounts:contact_link": EVERYBODY,
    "accounts:contact": EVERYBODY,
    "accounts:sessions": VERIFIED,
    "accounts:end_other_sessions": VERIFIED,
    "accounts:end_session": OWNER,
    "console:desk": DESK,
    "console:on_duty": DESK,
    "console:off_duty": DESK,
    "console:ready": DESK,
    "console:take": DESK,
    "console:accept": DESK,
    "console:pass_on": DESK,
    "console:case": CASE_READERS,
    "console:look": SUPERVISOR,
    "console:place_call": CASE_AGENT,
    "console:outcome": CASE_AGENT,
    "console:read_out": CASE_AGENT,
    "console:hang_up": CASE_AGENT,
    "console:ask": CASE_AGENT,
    "console:add_note": CASE_AGENT,
    "console:request_approval": CASE_AGENT,
    "console:said": CASE_AGENT,
    "console:undo_too": CASE_AGENT,
    "console:end_sessions": CASE_AGENT,
    "console:lost": CASE_AGENT,
    "console:restore": CASE_AGENT,
    "console:announce": CASE_AGENT,
    "console:contest": CASE_AGENT,
    "console:refuse": CASE_AGENT,
    "console:hand_back": CASE_AGENT,
    "board:overview": SUPERVISOR,
    "board:reassign": SUPERVISOR,
    "board:approval": SUPERVISOR,
    "board:dispute": SUPERVISOR,
    "staff:people": ADMIN,
    "staff:invite": ADMIN,
    "staff:person": ADMIN,
    "staff:role": ADMIN,
    "staff:end_sessions": ADMIN,
    "staff:end_session": ADMIN,
    "staff:disable": ADMIN,
    "staff:enable": ADMIN,
    "audit:trail": ADMIN,
    "audit:event": ADMIN,
    "trail_case": ADMIN,
    # Only in the demo, see test_demo_addresses_do_not_exist_outside_the_demo.
    "demo_mails": EVERYBODY,
    "demo_mail": EVERYBODY,
    "demo_mail_page": EVERYBODY,
    "demo_components": EVERYBODY,
    "demo_components_in": EVERYBODY,
}
# These say 404 to whom they let in, for what they name is not there: a page of nobody's case, a used link.
MAY_MISS = {
    "status",
    "status_answer",
    "status_number",
    "status_time",
    "status_cancel",
    "status_code",
    "not_me",
    "not_me_link",
    "not_me_session",
    "not_me_session_link",
    # Nobody has reported a sign-in to anybody of these.
    "accounts:review_sign_in",
    "dispute",
    "dispute_link",
    "demo_mail",
    "demo_mail_page",
    "help_link",
    "help_confirm",
    "accounts:sign_up_link",
    "accounts:password_link",
    "accounts:email_link",
    "accounts:stop_email_link",
    "accounts:qr",
}
STAFF_ACTS = ("person", "role", "end_sessions", "disable", "enable")


def names(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from names(entry, inner)
        elif isinstance(entry, URLPattern):
            assert entry.name, f"{entry.pattern} has no name, so that it cannot stand in the table"
            yield namespace + entry.name


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    assert set(TABLE) == set(names(get_resolver()))


def test_demo_addresses_do_not_exist_outside_the_demo() -> None:
    assert not [name for name in names(get_resolver("portal.urls")) if name.startswith("demo")]


@dataclass
class World:
    """Kenji is the user whose things they are; Sato has Hanako's case, Alice works beside him."""

    desk: Desk
    kenji: Actor
    suzuki: Actor
    case: int
    approval: int
    evidence: int
    dispute: int

    @cached_property
    def arguments(self) -> dict[str, list[object]]:
        kenji = self.kenji.user
        bound = Authenticator.objects.get(user=kenji, kind="totp").pk
        contact = RecoveryContact.objects.create(
            user=kenji, name="Mika", value="mika@example.net", digest="0" * 64
        ).pk
        event = audit.reading.of_case(self.case)[0]
        waiting, _ = self.desk.asks(email="c@example.jp", number="+819000000001")
        closed, _ = self.desk.asks(email="closed@example.jp", number="+819000000002")
        changes.withdraw(case=closed)
        case_pages = [name for name in TABLE if name.startswith("console:")]
        return {
            **{name: [self.case] for name in case_pages},
            **{key: [] for key in ("console:desk", "console:on_duty", "console:off_duty", "console:ready")},
            **{key: [waiting.callback.pk] for key in ("console:take", "console:accept", "console:pass_on")},
            "console:look": [closed.pk],
            "board:reassign": [self.case],
            "board:approval": [self.approval],
            "board:dispute": [self.dispute],
            "help_call": ["taken_over"],
            "help_step": ["taken_over", "time"],
            "help_check": ["taken_over"],
            "help_link": ["wrong"],
            "not_me_link": ["wrong"],
            "not_me_session_link": ["wrong"],
            "dispute_link": ["wrong"],
            "status_answer": [self.evidence],
            "accounts:sign_up_link": ["wrong"],
            "accounts:enrolment_link": ["wrong"],
            "accounts:password_link": ["wrong"],
            "accounts:email_link": ["wrong"],
            "accounts:notice_link": ["wrong"],
            "accounts:contact_link": ["wrong"],
            "accounts:invite_contact": [contact],
            "accounts:remove_contact": [contact],
            "vouch_link": ["wrong"],
            "accounts:stop_email_link": ["wrong"],
            "accounts:object": [CredentialChange.objects.filter(user=kenji).latest("pk").pk],
            "accounts:cancel_change": [CredentialChange.objects.filter(user=kenji).latest("pk").pk],
            "accounts:rename": [bound],
            "accounts:passkey_remove": [Authenticator.objects.get(user=kenji, kind="passkey").pk],
            "accounts:totp_replace": [bound],
            "accounts:totp_remove": [bound],
            "accounts:end_session": [
                Session.objects.filter(user=kenji, ended_at=None).order_by("started_at")[0].pk
            ],
            **{f"staff:{act}": [self.desk.alice.user.pk] for act in STAFF_ACTS},
            "staff:end_session": [
                self.desk.alice.user.pk,
                Session.objects.filter(user=self.desk.alice.user.pk).order_by("started_at")[0].pk,
            ],
            "audit:event": [event.cursor],
            "trail_case": [self.case],
            "demo_mail": ["none.eml"],
            "demo_mail_page": ["none.eml"],
            "demo_components_in": ["public"],
        }

    def path(self, name: str) -> str:
        return reverse(name, args=self.arguments.get(name, []))

    def visitor(self, role: str) -> Visitor:
        visitor = Visitor()
        if role == "anonymous":
            return visitor
        actor = {
            "password given": self.kenji,
            "user": self.kenji,
            "other user": self.desk.hanako,
            "agent with the case": self.desk.sato,
            "agent without": self.desk.alice,
            "supervisor": self.desk.tanaka,
            "admin": self.suzuki,
        }[role]
        if role == "password given":
            visitor.gives_password(actor)
            return visitor
        return visitor.signs_in(actor)


@pytest.fixture
def world(db: None) -> World:
    desk = desk_scenario.build(taken_over=False)
    lately = clock.now() - timedelta(weeks=2)
    kenji = people.join(email="kenji@example.com", name="Kenji", place=people.OSAKA, at=lately)
    passkeys.bind(kenji, people.OSAKA, clock.now() - timedelta(days=3))
    people.come_in(kenji.user, people.OSAKA, clock.now() - timedelta(minutes=20))
    suzuki = people.join(
        email="suzuki@orikaeshi.example", name="Suzuki", place=people.DESK, at=lately, role="admin"
    )
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    desk.shows_recovery_code(case)
    address = takeover_selectors.offerable(case).addresses[0]
    asked = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.EMAIL_CODE, target=address.id)
    assert evidence.answer(case=case, evidence_id=asked.pk, typed=mailed_code(desk.hanako.email))
    approval = approvals.request(case=case, agent_id=desk.sato.user.pk, reason="phone lost")
    waits, _ = desk.asks(email=kenji.email, number="+819000000002")
    dispute = former.announced_by_hand(waits, agent=desk.alice, second=desk.tanaka).pk
    return World(desk, kenji, suzuki, case.pk, approval.pk, asked.pk, dispute)


def expected(name: str, role: str) -> str:
    if role in TABLE[name]:
        return "reaches"
    return {"anonymous": "sign in", "password given": "second factor"}.get(role, "does not exist")


def happened(response: Any, name: str, role: str) -> str:
    target = response.headers.get("Location", "").split("?")[0]
    if target == reverse("accounts:sign_in") and name != "accounts:sign_in":
        return "sign in"
    if target == reverse("accounts:verify") and role == "password given" and name != "home":
        return "second factor"
    if response.status_code == 405:
        # Refused before anybody looked who asks or what for; the address is tried with the other method too.
        return expected(name, role)
    if response.status_code == 404 and not (name in MAY_MISS and role in TABLE[name]):
        return "does not exist"
    # The tests have no worker, and readyz says so; nor can they stream: they come by WSGI.
    assert response.status_code < 500 or name in {"readyz", "live_desk"}, (name, role, response.status_code)
    return "reaches"


def test_every_view_takes_one_of_the_two_methods(world: World) -> None:
    by_role = {role: world.visitor(role) for role in ("user", "agent with the case", "supervisor", "admin")}
    for name, reach in TABLE.items():
        visitor = next(visitor for role, visitor in by_role.items() if role in reach)
        answers = {ask(visitor, method, world.path(name)).status_code for method in ("get", "post")}
        assert answers != {405}, name


@pytest.mark.parametrize("role", ROLES)
def test_head_is_answered_as_get_and_says_nothing_more(role: str, world: World) -> None:
    visitor = world.visitor(role)
    wrong = []
    for name in TABLE:
        path = world.path(name)
        get, head = ask(visitor, "get", path), ask(visitor, "head", path)
        if (head.status_code, head.content) != (get.status_code, b""):
            wrong.append(f"{name}: GET {get.status_code}, HEAD {head.status_code}")
        # Behind the path may stand the id of a key that is made anew for each page.
        leads = [urlsplit(answer.headers.get("Location", "")).path for answer in (get, head)]
        if leads[0] != leads[1]:
            wrong.append(f"{name}: HEAD leads elsewhere")
    assert not wrong, "\n".join(wrong)


def ask(visitor: Visitor, method: str, path: str) -> Any:
    """One request that leaves nothing behind, neither in the database nor in the browser."""
    cookies = deepcopy(visitor.client.cookies)
    with transaction.atomic():
        with clock.pretend(visitor.at):
            response = getattr(visitor.client, method)(path, **visitor.meta)
        transaction.set_rollback(True)
    visitor.client.cookies = cookies
    return response


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ROLES)
def test_the_table_holds(role: str, method: str, world: World) -> None:
    paths = {name: world.path(name) for name in TABLE}
    visitor = world.visitor(role)
    wrong = []
    for name, path in paths.items():
        response = ask(visitor, method, path)
        was = happened(response, name, role)
        if was != expected(name, role):
            wrong.append(f"{method} {name}: {was} ({response.status_code}), not: {expected(name, role)}")
    assert not wrong, "\n".join(wrong)
