"""The lives of the benchmark, lived again through the real services, and what a thief can make of them.

Every attacker meets every kind of owner. Each act is done again in the session that it was done in, at its
time and from its place; where the portal refuses it, or has ended that session, it has not happened. Then
owner and thief stand against each other in an order that the dice choose, each with what they really hold.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import HttpRequest

from accounts import links
from accounts.authenticators.recovery_codes import services as recovery_codes
from accounts.authenticators.totp import services as totp
from accounts.authenticators.totp.services import STEP
from accounts.credentials import services as credentials
from accounts.disputes import objections
from accounts.disputes import was_this_you as check_up
from accounts.enums import Factor
from accounts.models import Authenticator, CredentialChange, Identifier, Session, User
from accounts.sessions.store import SessionStore
from accounts.sign_in import http_session
from accounts.sign_up import services as sign_up
from audit import context
from audit.context import Context
from benchmarks.lives.attackers import ATTACKERS
from benchmarks.lives.diary import OWNER, THIEF, Act
from benchmarks.lives.generator import PlayedLife, play
from benchmarks.lives.owners import OWNERS
from common import clock
from common.errors import Refusal
from common.network import Origin
from common.redis import client as redis_client
from notifications.models import Delivery
from recovery import current_work
from recovery.approvals import readiness
from recovery.approvals import services as approvals
from recovery.calls import services as calls
from recovery.cases import changes
from recovery.claims import services as claims
from recovery.disputes import services as disputes
from recovery.evidence import services as evidence
from recovery.models import Case, Dispute
from recovery.models.evidence import Method
from recovery.queue import shifts
from recovery.restoration import services as restoration
from recovery.states import CaseState
from recovery.takeover import selectors as takeover_selectors
from tests.recovery.evidence.test_evidence import mailed_code
from tests.support import desk_scenario, people
from tests.support.desk_scenario import NUMBER, Desk
from tests.support.http_client import opened

pytestmark = pytest.mark.django_db

HERS, HIS = "owner{}@example.jp", "thief{}@mail.example"
PLAIN = [name for name, one in ATTACKERS.items() if not one.apart]


@dataclass
class Lived:
    """A played life in the tables, moved so that its owner asks now."""

    played: PlayedLife
    desk: Desk
    user: User = field(init=False)
    sessions: dict[str, UUID] = field(default_factory=dict)
    # Of those that began by signing in: what their browsers hold.
    browsers: dict[str, SessionBase] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    """The row of each address and authenticator that was really bound, by its key in the diary."""
    keys: dict[str, str] = field(default_factory=dict)
    codes: dict[str, list[str]] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    whose: dict[int, str] = field(default_factory=dict)
    """Who really made each change."""

    def __post_init__(self) -> None:
        self.now = clock.now()
        self.later = clock.now() - self.played.asked_at
        self.domains = {one.at: one.new_domain for one in self.played.life.changes}
        deeds = {act.session for act in self.played.acts if act.what != "signs in"}
        quiet = []
        for act in self.played.acts:
            if act.what == "signs in" and act.session not in deeds:
                quiet.append(self._quiet(act))
            elif act.what == "joins":
                self._joins(act)
            else:
                self._does(act)
        Session.objects.bulk_create(quiet)
        # The notices have left within minutes.
        for change in CredentialChange.objects.filter(user=self.user):
            told = change.at + timedelta(minutes=2)
            CredentialChange.objects.filter(pk=change.pk).update(told_at=told)

    # Acts

    @contextmanager
    def _being(self, act: Act) -> Iterator[None]:
        address = act.trace.near.replace(".0/24", ".7")
        here = Context(
            actor=self.user.pk if hasattr(self, "user") else None,
            origin=Origin(address, act.trace.country, act.trace.browser),
            session=self.sessions.get(act.session or ""),
            device=act.trace.device,
        )
        with clock.pretend(act.at + self.later), context.use(here):
            yield

    def _quiet(self, act: Act) -> Session:
        """A session that changed nothing."""
        row = next(one for one in self.played.life.sessions if one.id == act.session)
        self.sessions[row.id] = uuid4()
        return Session(
            pk=self.sessions[row.id],
            user=self.user,
            started_at=row.at + self.later,
            verified_at=row.at + self.later,
            seen_at=row.seen_at + self.later,
            factor="totp",
            address=row.trace.near.replace(".0/24", ".7"),
            country=row.trace.country,
            browser=row.trace.browser,
            device=row.trace.device,
            ended_at=row.seen_at + self.later,
            end_reason="signed_out",
        )

    def _joins(self, act: Act) -> None:
        with self._being(act):
            self.user = sign_up.create(
                email=HERS.format(0), name="Owner", password="0-lantern-orchard-0", language="en",
                zone="Asia/Tokyo", role="user", languages=(),
            )  # fmt: skip
            if act.session:
                self._signs_in(act)
            self.addresses["email:0"] = HERS.format(0)
            self.rows["email:0"] = Identifier.objects.get(user=self.user).pk
            self._binds("totp:1")
            self.codes["recovery_codes:2"] = recovery_codes.create(user=self.user).codes
            self.rows["recovery_codes:2"] = Authenticator.objects.latest("pk").pk

    def _does(self, act: Act) -> None:
        if act.what == "signs in" and act.session in self.sessions:
            return
        lost = act.loses is not None and self.rows.get(act.loses) not in self._bound()
        with self._being(act):
            if lost or (act.session and not self._is_open(act) and act.what != "signs in"):
                return
            deeds: dict[str, Callable[[Act], None]] = {
                "signs in": self._signs_in,
                "email": self._email,
                "password": self._password,
                "totp_added": self._app,
                "totp_replaced": self._app,
                "recovery_codes": self._new_codes,
            }
            with suppress(Refusal):
                deeds[act.what](act)
            for change in CredentialChange.objects.filter(user=self.user).exclude(pk__in=self.whose):
                self.whose[change.pk] = act.who

    def _is_open(self, act: Act) -> bool:
        return Session.objects.filter(pk=self.sessions.get(act.session or ""), ended_at=None).exists()

    def _bound(self) -> set[int]:
        addresses = Identifier.objects.filter(user=self.user, removed_at=None)
        factors = Authenticator.objects.filter(user=self.user, removed_at=None)
        return {*addresses.values_list("pk", flat=True), *factors.values_list("pk", flat=True)}

    def _signs_in(self, act: Act) -> None:
        """With both factors; the middleware knows the session from the moment that it exists."""
        request = HttpRequest()
        request.session, request.user = SessionStore(), AnonymousUser()
        http_session.begin(request=request, user=self.user)
        self.sessions[act.session or ""] = UUID(request.session["sid"])
        with context.use(Context(self.user.pk, context.current().origin, UUID(request.session["sid"]))):
            http_session.admit(request, self.user, Factor.TOTP)
        request.session.save()
        self.browsers[act.session or ""] = request.session

    def _email(self, act: Act) -> None:
        assert act.gets is not None
        own = self.played.whose[act.gets] == OWNER
        address = (HERS if own else HIS).format(act.gets.partition(":")[2])
        if own and act.who == THIEF:
            address = HERS.format(0)  # he puts hers back
        elif own and self.domains[act.at]:
            address = address.replace("example.jp", "mail.example")
        session = self.sessions[act.session or ""]
        credentials.request_email_change(user=self.user, address=address, session=session)
        credentials.confirm_email_change(token=people.token_mailed_to(address))
        self.user.refresh_from_db()
        self.addresses[act.gets] = address
        self.rows[act.gets] = Identifier.objects.get(user=self.user, removed_at=None).pk

    def _password(self, act: Act) -> None:
        new = f"{act.at:%Y%m%d%H%M%S}-meadow-teapot"
        if act.session is None:
            people.forgets_password(self.user.email)
            token = people.token_of("password_link")
            credentials.choose_password_by_link(token=token, password=new)
        else:
            request = HttpRequest()
            request.session, request.user = self.browsers[act.session], self.user
            http_session.change_password(request=request, user=self.user, password=new)
            request.session.save()
        self.user.refresh_from_db()

    def _app(self, act: Act) -> None:
        assert act.gets is not None
        self._binds(act.gets, replaces=self.rows[act.loses] if act.loses else None)

    def _binds(self, item: str, replaces: int | None = None) -> None:
        key = totp.new_key()
        code = people.code_of(key, clock.now())
        bound = totp.bind(user=self.user, key=key, code=code, name=item, replaces=replaces)
        assert isinstance(bound, Authenticator)
        self.keys[item], self.rows[item] = key, bound.pk

    def _new_codes(self, act: Act) -> None:
        assert act.gets is not None
        self.codes[act.gets] = recovery_codes.create(user=self.user).codes
        self.rows[act.gets] = Authenticator.objects.latest("pk").pk

    # Afterwards

    def of(self, who: str) -> set[str]:
        """The items that are in somebody's hands now."""
        return {
            key for key in self.rows if (key in self.played.holds) == (who == OWNER)
            and (who == OWNER or self.played.is_of_thief(key))
        }  # fmt: skip

    def rows_of(self, who: str, kind: str) -> set[int]:
        return {self.rows[key] for key in self.of(who) if key.startswith(kind)}


class Person:
    """Somebody who asks at the desk, and can show what they hold."""

    def __init__(self, lived: Lived, who: str, address: str) -> None:
        self.lived, self.who = lived, who
        self.desk, self.sato = lived.desk, lived.desk.sato.user.pk
        self.address = address

    def is_called(self) -> Case:
        desk = self.desk
        desk.asks(email=self.address, number=NUMBER[:-1] + ("8" if self.who == OWNER else "7"))
        desk.on_duty(desk.sato)
        return desk.talking()

    def lines(self, case: Case, who: str) -> list[int]:
        """The changes of the last 30 days that somebody made, and of which it matters who: the agent asks."""
        plan = takeover_selectors.plan_of(case)
        lines = plan.lines if plan else ()
        return [one.id for one in lines if one.chosen == (who == OWNER) and self.lived.whose[one.id] == who]

    def is_done(self, case: Case) -> None:
        """The case is closed, whoever closes it, and the agent waits for the next call."""
        attempt = current_work.live_attempt(case)
        assert attempt is not None
        case.refresh_from_db()
        if case.state == CaseState.WORKING:
            changes.withdraw(case=case)
        calls.hang_up(attempt=attempt, agent_id=self.sato)
        shifts.go_off_duty(agent_id=self.sato)

    def shows_all(self, case: Case) -> set[str]:
        """Every method of which they hold something that the desk can ask for; returns what was right."""
        offered = takeover_selectors.offerable(case)
        passed = set()
        mine = self.lived.of(self.who)
        if offered.ids(Method.TOTP):
            for key in mine & self.lived.keys.keys():
                code = people.code_of(self.lived.keys[key], clock.now())
                if "totp" not in passed and self.desk.shows(case, Method.TOTP, code):
                    passed.add("totp")
        if offered.ids(Method.RECOVERY_CODE):
            for key in mine & self.lived.codes.keys():
                code = self.lived.codes[key].pop()
                if "codes" not in passed and self.desk.shows(case, Method.RECOVERY_CODE, code):
                    passed.add("codes")
        for one in offered.addresses:
            if one.value in {self.lived.addresses.get(key) for key in mine} and "email" not in passed:
                asked = evidence.ask(case=case, agent_id=self.sato, method=Method.EMAIL_CODE, target=one.id)
                assert evidence.answer(case=case, evidence_id=asked.pk, typed=mailed_code(one.value))
                passed.add("email")
        return passed


def objects_to_all(lived: Lived) -> None:
    """By each link in a notice that came to an address of his, he says *not me* and shows his app."""
    his = [lived.addresses[key] for key in lived.of(THIEF) if key in lived.addresses]
    for mail in Delivery.objects.filter(message="credential_changed", address__in=his):
        link = opened(mail).get("link")
        if not link:
            continue
        change = links.read_not_me(str(link["$link"]).rstrip("/").rsplit("/", 1)[1])
        for key in lived.of(THIEF) & lived.keys.keys():
            try:
                objections.object_to(change_id=change or 0)
            except Refusal:
                pass
            code = people.code_of(lived.keys[key], clock.now() + timedelta(seconds=STEP))
            try:
                objections.undo_objected(change_id=change or 0, factor=Factor.TOTP, code=code)
            except Refusal:
                pass


def says_it_was_me(lived: Lived) -> None:
    """On the page that a freeze leads to, he confirms everything with his app."""
    groups = [group.id for group in check_up.question(lived.user.pk).groups]
    for key in lived.of(THIEF) & lived.keys.keys():
        try:
            check_up.confirm(
                user=lived.user, groups=groups, factor=Factor.TOTP, browser="",
                code=people.code_of(lived.keys[key], clock.now()),
            )  # fmt: skip
        except Refusal:
            pass


def asks_himself(lived: Lived) -> None:
    """He asks for a call under the address that the account has now, and shows all that he has."""
    lived.user.refresh_from_db()
    thief = Person(lived, THIEF, lived.user.email)
    case = thief.is_called()
    passed = thief.shows_all(case)
    assert len(passed) < 2, f"{passed} of his counted"
    with pytest.raises(Refusal):
        restoration.restore(case=case, agent_id=thief.sato)
    thief.is_done(case)


def she_asks(lived: Lived) -> str:
    """Her call, to its end: ``restored``, at once or after a dispute, or ``short`` where she cannot show
    enough. What she says of the changes is true."""
    hers = [key for key in lived.addresses if key in lived.played.holds]
    owner = Person(lived, OWNER, lived.addresses[hers[-1]])
    case = owner.is_called()
    for change in owner.lines(case, THIEF):
        claims.was_not_me(case=case, agent_id=owner.sato, change=change)
    owner.shows_all(case)
    for change in owner.lines(case, OWNER):
        with suppress(Refusal):
            claims.was_me(case=case, agent_id=owner.sato, change=change)
    case.refresh_from_db()
    standing = readiness.readiness_of(case)
    if not standing.suffices:
        with pytest.raises(Refusal):
            restoration.restore(case=case, agent_id=owner.sato)
        owner.is_done(case)
        return "short"
    if standing.needs_second_person:
        asked = approvals.request(case=case, agent_id=owner.sato, reason="Nothing is strange.")
        approvals.decide(approval=asked, by=lived.desk.tanaka.user.pk, approve=True)
    if takeover_selectors.doubt_of(case).is_dispute:
        dispute = disputes.announce(case=case, agent_id=owner.sato)
        contests(lived, dispute)
        owner.is_done(case)
        lived.now = dispute.due_at + timedelta(minutes=1)
        with clock.pretend(lived.now):
            assert disputes.give_due() == 1
    else:
        restoration.restore(case=case, agent_id=owner.sato)
        owner.is_done(case)
    return "restored"


def contests(lived: Lived, dispute: Dispute) -> None:
    """By the link that came to an address of his, with his app and with his codes."""
    for address in lived.of(THIEF) & lived.addresses.keys():
        for key in lived.of(THIEF) & lived.keys.keys():
            code = people.code_of(lived.keys[key], clock.now())
            assert not disputes.contest_by_link(
                dispute_id=dispute.pk, address_id=lived.rows[address], factor=Factor.TOTP, code=code
            )


def assert_is_hers(lived: Lived) -> None:
    lived.user.refresh_from_db()
    assert lived.user.email in {lived.addresses[key] for key in lived.of(OWNER) if key in lived.addresses}
    bound = set(Authenticator.objects.filter(user=lived.user, removed_at=None).values_list("pk", flat=True))
    assert not bound & (lived.rows_of(THIEF, "totp") | lived.rows_of(THIEF, "recovery"))
    assert not Session.objects.filter(user=lived.user, ended_at=None).exists()
    assert not lived.user.has_usable_password()
    letters = Delivery.objects.filter(message__in=("findings", "password_link"), case__isnull=False)
    his = {lived.addresses[key] for key in lived.of(THIEF) if key in lived.addresses}
    assert not his & set(letters.values_list("address", flat=True))


def played_out(lived: Lived) -> str:
    """How her case ends, with his tries before and after it."""
    dice = Random(f"{lived.played.attacker} {lived.played.owner}")
    tries = [objects_to_all, says_it_was_me, asks_himself]
    dice.shuffle(tries)
    before = dice.randrange(4)
    for tried in tries[:before]:
        tried(lived)
    end = she_asks(lived)
    with clock.pretend(lived.now):
        for tried in [assert_is_hers, *tries[before:], assert_is_hers]:
            if end == "restored" or tried is not assert_is_hers:
                tried(lived)
    return end


@pytest.mark.parametrize("attacker", PLAIN)
def test_no_sequence_restores_the_account_to_the_thief(attacker: str) -> None:
    desk = desk_scenario.build(taken_over=False, language="en")
    ends = []
    for number, owner in enumerate(OWNERS):
        redis_client().flushdb()
        with transaction.atomic():
            ends.append(played_out(Lived(play(number, owner, attacker), desk)))
            transaction.set_rollback(True)
    assert ends.count("short") <= 2, ends
