"""What the claimant says and the agent notes: words, changes, sessions; and what nobody may note."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

import audit.reading
from accounts.authenticators.recovery_codes import services as recovery_codes
from accounts.models import CredentialChange, Freeze, Session, User
from audit.models import Event
from common import clock
from common.errors import Denied, refusal_of
from notifications.models import Delivery
from recovery.approvals import readiness
from recovery.approvals import services as approvals
from recovery.calls import selectors as call_selectors
from recovery.cases import admission
from recovery.claims import policies as claim_policies
from recovery.claims import services as claims
from recovery.evidence import services as evidence
from recovery.models import Approval, Case
from recovery.models.evidence import Method
from recovery.restoration import services as restoration
from recovery.states import ApprovalState, EvidenceState
from recovery.takeover import protect
from recovery.takeover import selectors as takeover_selectors
from tests.recovery.evidence.test_evidence import mailed_code
from tests.recovery.test_attackers import NEARBY, Thief
from tests.support import desk_scenario, people
from tests.support.agent_client import Agent
from tests.support.desk_scenario import NUMBER, Desk
from tests.support.http_client import opened

pytestmark = pytest.mark.django_db
WORDS = "Orders that I never made <b>."


@pytest.fixture
def healthy(db: None) -> Desk:
    return desk_scenario.build(taken_over=False, language="en")


@pytest.fixture
def visited(healthy: Desk) -> tuple[Desk, UUID]:
    """A stranger has come in yesterday from abroad, and has changed nothing."""
    return healthy, people.come_in(healthy.hanako.user, people.ABROAD, clock.now() - timedelta(hours=20))


def posts(client: Client, door: str = "taken-over", **more: object) -> Case:
    data = {
        "when": "now",
        "email": "hanako@example.jp",
        "number": NUMBER,
        "language": "en",
        "zone": "Asia/Tokyo",
        "noticed": ["not_mine", "cant_sign_in"],
        "since": "days",
        "said": WORDS,
        **more,
    }
    answer = client.post(f"/help/{door}/check/", data)
    assert answer.status_code == 302, answer.content.decode()
    return Case.objects.latest("pk")


def in_hand(desk: Desk, **more: Any) -> Case:
    desk.asks(**more)
    desk.on_duty(desk.sato)
    return desk.talking()


def shows_mail(desk: Desk, case: Case) -> None:
    address = takeover_selectors.offerable(case).addresses[0]
    asked = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.EMAIL_CODE, target=address.id)
    assert evidence.answer(case=case, evidence_id=asked.pk, typed=mailed_code("hanako@example.jp"))


def changes_codes(desk: Desk, at: timedelta = timedelta(days=10)) -> CredentialChange:
    """Hanako makes new codes at home: nothing speaks against it."""
    user = desk.hanako.user
    session = people.come_in(user, people.HOME, clock.now() - at)
    with people.visiting(people.HOME, clock.now() - at + timedelta(hours=1), actor=user.pk, session=session):
        recovery_codes.create(user=user, session=session)
    return CredentialChange.objects.filter(user=user).latest("pk")


@pytest.fixture
def nearly(healthy: Desk) -> tuple[Desk, Thief]:
    """A thief of her country, with her kind of browser, has made the e-mail his: too little to freeze."""
    thief = Thief(healthy.hanako, clock.now() - timedelta(minutes=14), NEARBY).comes_in()
    thief.takes_email()
    thief.at = clock.now()
    return healthy, thief


# The claim


def test_what_she_noticed_is_kept_and_the_trail_has_it_as_codes_and_no_words_of_hers(client: Client) -> None:
    case = posts(client)
    assert (case.noticed, case.since, case.said) == (["cant_sign_in", "not_mine"], "days", WORDS)
    event = audit.reading.of_case(case.pk)[0]
    assert event.details["noticed"] == ["cant_sign_in", "not_mine"]
    assert event.details["began"] == "days"
    assert WORDS not in str(list(Event.objects.values_list("details", flat=True)))


@pytest.mark.parametrize(
    ("door", "ticked"),
    [("taken-over", "not_mine"), ("lost-factor", "lost_factor"), ("cant-sign-in", "cant_sign_in")],
)
def test_a_door_ticks_what_it_is_about(client: Client, door: str, ticked: str) -> None:
    page = " ".join(client.get(f"/help/{door}/").content.decode().split())
    assert f'name="noticed" value="{ticked}" checked' in page
    assert page.count('name="noticed"') == 4
    assert page.count(" checked") >= 3


def test_nothing_need_be_ticked_and_nothing_else_can_be(client: Client) -> None:
    data = {"when": "now", "email": "a@example.jp", "number": NUMBER, "language": "en"}
    assert client.post("/help/taken-over/check/", {**data, "noticed": "a_murder"}).status_code == 422
    assert client.post("/help/taken-over/check/", {**data, "since": "1066"}).status_code == 422
    assert client.post("/help/taken-over/check/", {**data, "said": "a" * 501}).status_code == 422
    assert client.post("/help/taken-over/check/", data).status_code == 302
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.update(noticed=["a_murder"])
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.update(since="1066")


def test_the_claim_goes_with_a_correction_and_sends_a_new_request_only_if_it_differs(client: Client) -> None:
    first = posts(client)
    assert posts(client).pk == first.pk
    second = posts(client, noticed=["email_changed"], since="today", said="")
    assert second.pk != first.pk
    assert second.noticed == ["email_changed"]
    first.refresh_from_db()
    assert first.state == "superseded"


def test_the_claim_goes_through_the_mailed_link_and_the_page_of_the_wait(client: Client) -> None:
    asked = admission.Asked(
        *("kenji@example.com", NUMBER, "taken_over", "en", "Asia/Tokyo", None),
        noticed=("not_mine", "email_changed"),
        since="today",
        said=WORDS,
    )
    token = admission.make_token(asked)
    assert WORDS not in token
    assert admission.asked_by(token) == asked
    data = {
        "when": "now",
        "email": "kenji@example.com",
        "number": NUMBER,
        "language": "en",
        "noticed": ["not_mine", "email_changed"],
        "since": "longer",
        "said": WORDS,
    }
    for number in range(4):
        Client().post("/help/taken-over/check/", {**data, "email": f"a{number}@example.com"})
    page = client.post("/help/taken-over/check/", data).content.decode()
    assert '<input type="hidden" name="noticed" value="not_mine">' in page
    assert '<input type="hidden" name="noticed" value="email_changed">' in page
    assert 'name="since" value="longer"' in page
    assert "Orders that I never made &lt;b&gt;." in page


def test_the_agent_reads_it_first_in_words(healthy: Desk, client: Client) -> None:
    posts(client)
    protect.protect(case_id=Case.objects.latest("pk").pk)
    User.objects.filter(pk=healthy.sato.user.pk).update(language="en")
    healthy.on_duty(healthy.sato)
    case = healthy.accepted()
    page = Agent(healthy.sato).sees("console:case", case.pk)
    assert "There’s activity I don’t recognise" in page
    assert "In the last few days" in page
    assert "Orders that I never made &lt;b&gt;." in page
    assert "Sessions in the last 30 days" not in page, "not before the caller has read out the code"


# Sessions


def test_sessions_that_she_does_not_know_end_are_marked_and_told(visited: tuple[Desk, UUID]) -> None:
    desk, stranger = visited
    thief = Session.objects.get(pk=stranger)
    assert thief.ended_at is None
    case = in_hand(desk)
    User.objects.filter(pk=desk.sato.user.pk).update(language="en")
    sato = Agent(desk.sato)
    page = sato.sees("console:case", case.pk)
    assert str(stranger) in page
    assert "From a country where this account has never been used" in page
    shows_mail(desk, case)
    before = Delivery.objects.latest("pk").pk
    sato.clicks("console:end_sessions", case.pk, sessions=str(stranger))
    thief.refresh_from_db()
    assert (thief.end_reason, thief.key) == ("desk", None)
    case.refresh_from_db()
    assert case.strange_sessions == [stranger]
    told = Delivery.objects.filter(pk__gt=before, message="sessions_ended")
    assert [mail.address for mail in told] == ["hanako@example.jp"]
    found = takeover_selectors.findings_of(case)
    assert found.strong
    assert [one.id for one in found.sessions] == [str(stranger)]
    assert "Suspected takeover" in sato.sees("console:case", case.pk)
    # Ended already: marked all the same, and nothing fails.
    assert claims.end_sessions(case=case, agent_id=desk.sato.user.pk, sessions=[stranger]) == 0
    desk.shows_app(case)
    restoration.restore(case=case, agent_id=desk.sato.user.pk)
    assert Delivery.objects.filter(message="findings", address="hanako@example.jp").exists()
    assert not User.objects.get(pk=desk.hanako.user.pk).has_usable_password()


def test_what_a_marked_session_changed_is_undone_with_it(healthy: Desk) -> None:
    change = changes_codes(healthy)
    case = in_hand(healthy)
    shows_mail(healthy, case)
    assert change.session is not None
    claims.end_sessions(case=case, agent_id=healthy.sato.user.pk, sessions=[change.session])
    case.refresh_from_db()
    assert case.disowned == [change.pk]
    plan = takeover_selectors.plan_of(case)
    assert plan is not None
    assert [line.id for line in plan.lines if line.chosen] == [change.pk]


def test_no_session_is_ended_without_code_evidence_and_the_agents_own_case(
    visited: tuple[Desk, UUID],
) -> None:
    desk, stranger = visited
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.accepted()
    sato = desk.sato.user.pk

    def refused(case: Case, agent: int, *sessions: UUID) -> None:
        with pytest.raises(Denied):
            claims.end_sessions(case=case, agent_id=agent, sessions=sessions)
        assert Session.objects.get(pk=stranger).ended_at is None

    refused(case, sato, stranger)
    attempt = desk.calls(case)
    from recovery.calls import services as calls

    calls.answered(attempt=attempt, agent_id=sato)
    refused(case, sato, stranger)
    assert calls.confirm_read_out(attempt=attempt, agent_id=sato, typed=attempt.read_out)
    refused(case, sato, stranger)
    shows_mail(desk, case)
    refused(case, desk.alice.user.pk, stranger)
    refused(case, sato, uuid4())
    refused(case, sato)
    someone = Session.objects.filter(user=desk.tanaka.user).latest("started_at")
    refused(case, sato, someone.pk)
    assert claims.end_sessions(case=case, agent_id=sato, sessions=[stranger]) == 1


# Changes


def test_not_me_puts_a_change_into_the_plan_and_can_be_taken_back(healthy: Desk) -> None:
    change = changes_codes(healthy)
    case = in_hand(healthy)
    sato = Agent(healthy.sato)
    sato.clicks("console:said", case.pk, change=change.pk, said="not_me")
    case.refresh_from_db()
    assert case.disowned == [change.pk]
    sato.clicks("console:said", case.pk, change=change.pk, said="nothing")
    case.refresh_from_db()
    assert case.disowned == []
    said = [e.details["said"] for e in audit.reading.of_case(case.pk) if e.action == "case.change_said"]
    assert said == ["not_me", "nothing"]


def test_what_was_shown_by_something_disowned_is_no_evidence_any_more(healthy: Desk) -> None:
    user = healthy.hanako.user
    session = people.come_in(user, people.HOME, clock.now() - timedelta(days=10))
    with people.visiting(
        people.HOME, clock.now() - timedelta(days=10, hours=-1), actor=user.pk, session=session
    ):
        codes = recovery_codes.create(user=user, session=session).codes
    change = CredentialChange.objects.filter(user=user).latest("pk")
    case = in_hand(healthy)
    assert healthy.shows(case, Method.RECOVERY_CODE, codes[0])
    shows_mail(healthy, case)
    approvals.request(case=case, agent_id=healthy.sato.user.pk, reason="phone lost")
    claims.was_not_me(case=case, agent_id=healthy.sato.user.pk, change=change.pk)
    case.refresh_from_db()
    assert readiness.readiness_of(case).passed == {"email_code"}
    assert case.evidence.get(method="recovery_code").state == EvidenceState.VOIDED
    assert Approval.objects.get().state == ApprovalState.WITHDRAWN


def test_this_was_me_wants_something_older_than_the_change(healthy: Desk) -> None:
    user = healthy.hanako.user
    session = people.come_in(user, people.HOME, clock.now() - timedelta(days=10))
    with people.visiting(
        people.HOME, clock.now() - timedelta(days=10, hours=-1), actor=user.pk, session=session
    ):
        codes = recovery_codes.create(user=user, session=session).codes
    change = CredentialChange.objects.filter(user=user).latest("pk")
    case = in_hand(healthy)
    sato = healthy.sato.user.pk
    with pytest.raises(Denied):
        claims.was_me(case=case, agent_id=sato, change=change.pk)
    assert healthy.shows(case, Method.RECOVERY_CODE, codes[0])
    with pytest.raises(Denied):
        claims.was_me(case=case, agent_id=sato, change=change.pk)
    change.refresh_from_db()
    assert change.state == "applied"
    assert healthy.shows_app(case)
    claims.was_me(case=case, agent_id=sato, change=change.pk)
    change.refresh_from_db()
    assert change.state == "kept"
    kept = list(Event.objects.filter(action="objection.kept"))
    assert [one.actor for one in kept] == [sato]


def test_the_thiefs_own_items_confirm_nothing(desk: Desk) -> None:
    case = in_hand(desk)
    changes = CredentialChange.objects.filter(user=desk.hanako.user, at__gte=clock.now() - timedelta(hours=1))
    change = changes.get(kind="email")
    with pytest.raises(Denied):
        claims.was_me(case=case, agent_id=desk.sato.user.pk, change=change.pk)
    assert not desk.shows(case, Method.TOTP, people.code_of(desk.thief_key, clock.now()))
    with pytest.raises(Denied):
        claims.was_me(case=case, agent_id=desk.sato.user.pk, change=change.pk)


def test_to_undo_more_wants_a_reason_and_a_second_person(healthy: Desk) -> None:
    change = changes_codes(healthy)
    case = in_hand(healthy)
    sato = Agent(healthy.sato)
    sato.clicks("console:undo_too", case.pk, change=change.pk, reason="")
    case.refresh_from_db()
    assert case.also_undone == []
    assert healthy.shows_app(case)
    shows_mail(healthy, case)
    assert not readiness.readiness_of(case).needs_second_person
    sato.clicks("console:undo_too", case.pk, change=change.pk, reason="She cannot tell.")
    case.refresh_from_db()
    assert (case.also_undone, case.also_reason) == ([change.pk], "She cannot tell.")
    assert readiness.readiness_of(case).needs_second_person
    assert "More than the suspicious changes is undone." in sato.sees("console:case", case.pk, part="side")
    with pytest.raises(Denied):
        restoration.restore(case=case, agent_id=healthy.sato.user.pk)
    approval = approvals.request(case=case, agent_id=healthy.sato.user.pk, reason="more")
    approvals.decide(approval=approval, by=healthy.tanaka.user.pk, approve=True)
    restoration.restore(case=case, agent_id=healthy.sato.user.pk)
    change.refresh_from_db()
    assert change.state == "undone"


def test_nobody_leaves_out_what_is_doubtful(desk: Desk) -> None:
    case = in_hand(desk)
    plan = takeover_selectors.plan_of(case)
    assert plan is not None
    chosen = {line.id for line in plan.lines if line.chosen}
    for change in chosen:
        claims.said_nothing(case=case, agent_id=desk.sato.user.pk, change=change)
    case.refresh_from_db()
    after = takeover_selectors.plan_of(case)
    assert after is not None
    assert {line.id for line in after.lines if line.chosen} == chosen


def test_changes_of_others_and_old_ones_can_neither_be_disowned_nor_added(healthy: Desk) -> None:
    case = in_hand(healthy)
    foreign = CredentialChange.objects.filter(user=healthy.tanaka.user).latest("pk")
    old = changes_codes(healthy, at=timedelta(days=40))
    for change in (foreign.pk, old.pk, 999_999):
        with pytest.raises(Denied):
            claims.was_not_me(case=case, agent_id=healthy.sato.user.pk, change=change)
        with pytest.raises(Denied):
            claims.undo_too(case=case, agent_id=healthy.sato.user.pk, change=change, reason="x")


def test_of_another_agents_case_and_before_the_code_nothing_is_noted(healthy: Desk) -> None:
    change = changes_codes(healthy)
    healthy.asks()
    healthy.on_duty(healthy.sato)
    case = healthy.accepted()
    for agent in (healthy.sato, healthy.alice):
        with pytest.raises(Denied):
            claims.was_not_me(case=case, agent_id=agent.user.pk, change=change.pk)
        with pytest.raises(Denied):
            claims.say_lost(case=case, agent_id=agent.user.pk, lost=[], knows_password=True)


def test_what_ends_sessions_and_confirms_changes_is_asked_before_it_is_done(healthy: Desk) -> None:
    case = in_hand(healthy)
    attempt, now, sato = call_selectors.confirmed_attempt(case), clock.now(), healthy.sato.user.pk
    ends = claim_policies.check_can_end_sessions
    assert not refusal_of(ends, case, sato, attempt, now, {"totp"})
    assert refusal_of(ends, case, sato, attempt, now, set())
    assert claim_policies.can_confirm(case, sato, attempt, now, proves_older=True)
    assert not claim_policies.can_confirm(case, sato, attempt, now, proves_older=False)


# A claim that is proved


def test_what_she_proves_she_did_not_do_is_frozen_before_the_restore(nearly: tuple[Desk, Thief]) -> None:
    desk, thief = nearly
    case = in_hand(desk)
    assert not case.is_takeover
    assert desk.shows_app(case)
    assert thief.is_in(), "one thing shown is not enough"
    assert not Freeze.objects.active().exists()
    assert desk.shows_recovery_code(case)
    assert not thief.is_in()
    assert [entry.action for entry in audit.reading.of_case(case.pk)].count("claim.proved") == 1
    told = Delivery.objects.filter(message="account_frozen")
    assert [mail.address for mail in told] == ["hanako@example.jp"]
    assert opened(told.get())["why"] == "claim"
    restoration.restore(case=case, agent_id=desk.sato.user.pk)
    assert User.objects.get(pk=desk.hanako.user.pk).email == "hanako@example.jp"


def test_what_she_says_after_she_has_proved_it_is_frozen_then(healthy: Desk) -> None:
    change = changes_codes(healthy)
    CredentialChange.objects.filter(pk=change.pk).update(address="60.56.12.8", device="", browser="Firefox")
    case = in_hand(healthy)
    assert healthy.shows_app(case)
    shows_mail(healthy, case)
    assert not Freeze.objects.exists()
    claims.was_not_me(case=case, agent_id=healthy.sato.user.pk, change=change.pk)
    assert Freeze.objects.active().get().changes == [change.pk]
    claims.was_me(case=case, agent_id=healthy.sato.user.pk, change=change.pk)
    assert not Freeze.objects.active().exists(), "she has confirmed it: nothing is doubted any more"


def test_where_a_freeze_lasts_already_proving_it_places_and_mails_none(desk: Desk) -> None:
    case = in_hand(desk)
    assert Freeze.objects.active().count() == 1
    assert desk.shows_app(case)
    assert desk.shows_recovery_code(case)
    assert Freeze.objects.count() == 1
    assert Delivery.objects.filter(message="account_frozen").count() == 1


def test_what_only_her_word_speaks_against_is_announced_and_not_frozen_at_once(healthy: Desk) -> None:
    change = changes_codes(healthy)
    case = in_hand(healthy)
    claims.was_not_me(case=case, agent_id=healthy.sato.user.pk, change=change.pk)
    assert healthy.shows_app(case)
    shows_mail(healthy, case)
    case.refresh_from_db()
    assert takeover_selectors.doubt_of(case).is_dispute
    assert not Freeze.objects.exists()
