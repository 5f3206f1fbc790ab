"""Two connections at the same moment: one wins, the other is told, nothing happens twice."""

import threading
import time
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

import audit.reading
from accounts.authenticators.recovery_codes import services as recovery_codes
from accounts.authenticators.throttling import DESK
from accounts.credentials import services as credentials
from accounts.models import Session, User
from audit.models import Event
from common import clock, encryption
from common.errors import Denied, Stale, Throttled
from notifications.models import Delivery
from recovery import current_work, insiders, lifecycle
from recovery.approvals import services as approvals
from recovery.calls import services as calls
from recovery.cases import changes, intake, readings
from recovery.evidence import services as evidence
from recovery.evidence import vouching
from recovery.models import CallAttempt, Callback, Case, Duty, Evidence
from recovery.models.case import Why
from recovery.models.evidence import Method
from recovery.queue import dispatch, offers, presence, shifts
from recovery.restoration import services as restoration
from recovery.states import ApprovalState, AttemptState, CallbackState, CaseState, DutyState, EvidenceState
from recovery.takeover import protect
from recovery.takeover import selectors as takeover_selectors
from tests.concurrency.conftest import at_once
from tests.support import contacts, people
from tests.support.desk_scenario import NUMBER, Desk

pytestmark = pytest.mark.django_db(transaction=True)

REFUSED = (Stale, Denied, Throttled)


def refusals(results: object) -> list[object]:
    assert isinstance(results, list)
    unexpected = [one for one in results if isinstance(one, Exception) and not isinstance(one, REFUSED)]
    assert not unexpected, unexpected
    return [one for one in results if isinstance(one, REFUSED)]


def test_two_agents_grab_the_same_call_and_one_gets_it(desk: Desk) -> None:
    case, _ = desk.asks()
    desk.on_duty(desk.sato, desk.tanaka)
    results = at_once(
        partial(offers.claim, agent_id=desk.sato.user.pk, callback_id=case.callback.pk),
        partial(offers.claim, agent_id=desk.tanaka.user.pk, callback_id=case.callback.pk),
    )
    assert len(refusals(results)) == 1
    case.refresh_from_db()
    winner = next(one for one in results if isinstance(one, Case))
    assert case.agent_id == winner.agent_id
    assert sorted(Duty.objects.values_list("state", flat=True)) == [DutyState.BUSY, DutyState.FREE]


def test_one_agent_who_grabs_two_calls_at_once_gets_one(desk: Desk) -> None:
    first, _ = desk.asks()
    second, _ = desk.asks(email="b@example.jp", number="+819011110002")
    desk.on_duty(desk.sato)
    results = at_once(
        partial(offers.claim, agent_id=desk.sato.user.pk, callback_id=first.callback.pk),
        partial(offers.claim, agent_id=desk.sato.user.pk, callback_id=second.callback.pk),
    )
    assert len(refusals(results)) == 1
    assert Case.objects.filter(state=CaseState.WORKING).count() == 1


def test_the_claimant_cancels_while_the_agent_says_that_nobody_answered(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.accepted()
    attempt = desk.calls(case)
    results = at_once(
        partial(changes.withdraw, case=Case.objects.get(pk=case.pk)),
        partial(
            calls.unanswered, attempt=attempt, agent_id=desk.sato.user.pk, outcome=AttemptState.NO_ANSWER
        ),
    )
    refusals(results)  # nobody waits for ever, whoever was first
    case.refresh_from_db()
    assert case.state == CaseState.WITHDRAWN
    assert current_work.live_attempt(case) is None


def test_dispatching_in_four_places_at_once_offers_each_call_once(desk: Desk) -> None:
    for last in range(2):
        desk.asks(email=f"p{last}@example.jp", number=f"+81901111000{last}")
    desk.on_duty(desk.sato, desk.tanaka)
    refusals(list(at_once(*[dispatch.dispatch] * 4)))
    offers = Callback.objects.filter(state=CallbackState.OFFERED)
    assert offers.count() == 2
    assert len(set(offers.values_list("offered_to", flat=True))) == 2


def staff(count: int) -> list[int]:
    """So many agents, on duty."""
    team = [
        User.objects.create(email=f"agent{one}@example.com", name="Agent", role="agent", languages=["ja"]).pk
        for one in range(count)
    ]
    for agent in team:
        shifts.go_on_duty(agent_id=agent)
    return team


def test_a_crowd_on_shared_numbers_is_offered_in_four_places_at_once_and_nobody_waits_for_ever(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each number is asked about twice, in both orders: each worker holds what another one wants."""
    numbers = [f"+81901111{number:04}" for number in range(12)]
    asked = [
        desk.asks(email=f"p{order}@example.jp", number=number)[0].pk
        for order, number in enumerate(numbers + numbers[::-1])
    ]
    team = staff(24)
    offer_one = dispatch._offer_one

    def slowly(*args: Any) -> None:
        offer_one(*args)
        time.sleep(0.02)

    monkeypatch.setattr(dispatch, "_offer_one", slowly)
    refusals(list(at_once(*[dispatch.dispatch] * 4)))
    dispatch.dispatch()
    offers = Callback.objects.filter(state=CallbackState.OFFERED)
    assert sorted(offers.values_list("number", flat=True)) == numbers
    assert len(set(offers.values_list("offered_to", flat=True))) == len(numbers)
    busy = Duty.objects.filter(state=DutyState.OFFERED).values_list("agent", flat=True)
    assert set(busy) == set(offers.values_list("offered_to", flat=True)) < set(team)
    assert Event.objects.filter(action="call.offered", case__in=asked).count() == len(numbers)


def test_while_a_number_is_being_called_elsewhere_the_others_are_offered(desk: Desk) -> None:
    """Whom to offer was read before somebody else took a call to one of the numbers."""
    taken, _ = desk.asks(email="a@example.jp")
    desk.asks(email="b@example.jp")
    others = [desk.asks(email=f"p{n}@example.jp", number=f"+81901111000{n}")[0] for n in range(3)]
    staff(4)
    desk.on_duty(desk.tanaka)
    looked_up = dispatch._pairs

    def too_late(waiting: list[Callback], *others: Any) -> Any:
        if Callback.objects.get(case=taken).state == CallbackState.WAITING:
            offers.claim(agent_id=desk.tanaka.user.pk, callback_id=taken.callback.pk)
        return looked_up([one for one in waiting if one.case_id != taken.pk], *others)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatch, "_pairs", too_late)
        dispatch.dispatch()
    offered = Callback.objects.filter(state=CallbackState.OFFERED).values_list("case", flat=True)
    assert set(offered) == {one.pk for one in others}


def test_three_workers_protect_a_crowd_at_once_and_each_case_once(desk: Desk) -> None:
    asked = []
    for number in range(50):
        email = "hanako@example.jp" if number % 10 == 0 else f"p{number}@example.jp"
        case, _capability = intake.open_case(
            email=email,
            number=f"+8190{number:08}",
            category="taken_over",
            language="ja",
            zone="Asia/Tokyo",
        )
        asked.append(case.pk)
    refusals(list(at_once(*[dispatch.take_in] * 3)))
    dispatch.sweep()
    protected = Event.objects.filter(action="case.protected", case__in=asked)
    assert list(protected.order_by("case").values_list("case", flat=True)) == asked
    hers = Case.objects.filter(account=desk.hanako.user.pk)
    assert (hers.count(), hers.filter(is_takeover=True).count()) == (5, 5)


def test_a_case_that_somebody_holds_is_left_to_them_and_nobody_waits_behind_it(desk: Desk) -> None:
    hers, others = (
        intake.open_case(email=email, number=number, category="other", language="ja", zone="Asia/Tokyo")[0]
        for email, number in (("hanako@example.jp", NUMBER), ("p@example.jp", "+819011110001"))
    )
    with transaction.atomic():
        lifecycle.lock_callback(hers.pk)
        refusals(list(at_once(dispatch.take_in, partial(protect.protect, case_id=hers.pk))))
        protected = Case.objects.filter(protected_at__isnull=False)
        assert list(protected.values_list("pk", flat=True)) == [others.pk]
    dispatch.sweep()
    assert protected.count() == 2


def test_the_claimant_cancels_while_the_agent_accepts(desk: Desk) -> None:
    case, _ = desk.asks()
    desk.on_duty(desk.sato)
    dispatch.dispatch()
    at_once(
        partial(offers.accept, agent_id=desk.sato.user.pk, callback_id=case.callback.pk),
        partial(changes.withdraw, case=Case.objects.get(pk=case.pk)),
    )
    case.refresh_from_db()
    # Cancelling wins either way: before the acceptance, or as the claimant's cancellation of a taken case.
    assert case.state in {CaseState.WITHDRAWN, CaseState.WORKING}
    callback = Callback.objects.get(case=case)
    duty = Duty.objects.get(agent=desk.sato.user)
    if case.state == CaseState.WITHDRAWN:
        assert callback.state == CallbackState.CANCELLED
        assert duty.state in {DutyState.FREE, DutyState.WRAP_UP}
    else:
        assert (callback.state, duty.state) == (CallbackState.ASSIGNED, DutyState.BUSY)


def test_two_clicks_on_call_me_now_let_the_phone_ring_once(desk: Desk) -> None:
    ask = partial(
        intake.open_case,
        email="hanako@example.jp",
        number=NUMBER,
        category="taken_over",
        language="ja",
        zone="Asia/Tokyo",
    )
    at_once(ask, ask)
    for case_id in Case.objects.values_list("pk", flat=True):
        protect.protect(case_id=case_id)
    desk.on_duty(desk.sato, desk.tanaka)
    refusals(list(at_once(dispatch.dispatch, dispatch.dispatch)))
    results = at_once(
        *[
            partial(offers.accept, agent_id=one.offered_to_id or 0, callback_id=one.pk)
            for one in Callback.objects.filter(state=CallbackState.OFFERED)
        ]
    )
    refusals(results)
    assert Callback.objects.filter(state=CallbackState.ASSIGNED).count() == 1


def test_one_reads_the_code_out_while_another_page_cancels(desk: Desk) -> None:
    """Two requests for one number: whatever comes first, nobody waits for ever and one call goes on."""
    thiefs, _ = desk.asks()
    hers, _ = desk.asks()
    desk.on_duty(desk.sato)
    case = offers.claim(agent_id=desk.sato.user.pk, callback_id=thiefs.callback.pk)
    attempt = desk.calls(case)
    calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
    code = Callback.objects.get(case=hers).read_out
    results = at_once(
        partial(changes.withdraw, case=Case.objects.get(pk=thiefs.pk)),
        partial(calls.confirm_read_out, attempt=attempt, agent_id=desk.sato.user.pk, typed=code),
    )
    refusals(results)
    hers.refresh_from_db()
    assert (hers.state, hers.agent_id) == (CaseState.WORKING, desk.sato.user.pk)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.callback.case) == (AttemptState.TALKING, hers)
    assert attempt.read_out_confirmed_at


def test_a_call_is_placed_once_however_often_it_is_asked_for(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.accepted()
    results = at_once(*[partial(calls.place, case=case, agent_id=desk.sato.user.pk)] * 3)
    assert len(refusals(list(results))) == 2
    assert CallAttempt.objects.count() == 1


def test_one_code_typed_in_two_windows_counts_once(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    asked = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.TOTP)
    answer = partial(evidence.answer, case=case, evidence_id=asked.pk, typed=desk.hanako.code())
    results = list(at_once(answer, answer))
    assert results.count(True) == 1
    assert Evidence.objects.get(pk=asked.pk).state == EvidenceState.PASSED


def test_one_recovery_code_is_used_up_by_one_of_two(desk: Desk) -> None:
    desk.asks()
    case = Case.objects.get()
    (kept,) = takeover_selectors.offerable(case).authenticators[Method.RECOVERY_CODE]
    use = partial(recovery_codes.among, [kept.id], desk.hanako.recovery_codes[0], DESK)
    results = list(at_once(use, use))
    assert sum(one is not None for one in results) == 1


def test_protecting_in_two_workers_freezes_once(desk: Desk) -> None:
    case, _ = intake.open_case(
        email="hanako@example.jp",
        number=NUMBER,
        category="taken_over",
        language="ja",
        zone="Asia/Tokyo",
    )
    results = list(at_once(*[partial(protect.protect, case_id=case.pk)] * 2))
    assert sorted(results) == [False, True]
    placed = [entry for entry in audit.reading.of_case(case.pk) if entry.action == "freeze.placed"]
    assert len(placed) == 1


def test_restoring_in_two_windows_happens_once(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    desk.shows_app(case)
    desk.shows_recovery_code(case)
    run = partial(restoration.restore, case=case, agent_id=desk.sato.user.pk)
    results = list(at_once(run, run))
    assert len(refusals(results)) == 1
    assert Delivery.objects.filter(message="findings").count() == 1
    assert User.objects.get(pk=desk.hanako.user.pk).email == "hanako@example.jp"


def test_the_thief_changes_the_address_while_the_account_is_being_protected(desk: Desk) -> None:
    case, _ = intake.open_case(
        email="hanako@example.jp",
        number=NUMBER,
        category="taken_over",
        language="ja",
        zone="Asia/Tokyo",
    )
    session = Session.objects.get(user=desk.hanako.user, country="NL")
    at_once(
        partial(protect.protect, case_id=case.pk),
        partial(
            credentials.request_email_change,
            user=desk.hanako.user,
            address="another@mail.example",
            session=session.pk,
        ),
    )
    # Whichever came first: no link that the thief was mailed works any more.
    mails = Delivery.objects.filter(address="another@mail.example", message="email_change_confirm")
    if mails.exists():
        with pytest.raises((Stale, Denied)):
            credentials.confirm_email_change(token=people.token_mailed_to("another@mail.example"))
    assert User.objects.get(pk=desk.hanako.user.pk).email == people.THIEF_EMAIL


def with_two_codes(desk: Desk) -> Case:
    """She has shown a mailed code and a recovery code: a second person has to agree."""
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    address = takeover_selectors.offerable(case).addresses[0]
    asked = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.EMAIL_CODE, target=address.id)
    mail = Delivery.objects.filter(message="evidence_code").latest("pk")
    assert mail.params is not None
    code = str(encryption.unseal(mail.params)["code"])
    assert evidence.answer(case=case, evidence_id=asked.pk, typed=code)
    assert desk.shows_recovery_code(case)
    return case


def test_the_second_person_approves_while_the_agent_asks_anew(desk: Desk) -> None:
    """Whichever comes first: no approval stands over evidence that does not."""
    case = with_two_codes(desk)
    wanted = approvals.request(case=case, agent_id=desk.sato.user.pk, reason="phone lost")
    results = at_once(
        partial(approvals.decide, approval=wanted, by=desk.tanaka.user.pk, approve=True),
        partial(evidence.ask, case=case, agent_id=desk.sato.user.pk, method=Method.RECOVERY_CODE),
    )
    refusals(list(results))
    wanted.refresh_from_db()
    assert wanted.state == ApprovalState.WITHDRAWN


def test_a_supervisor_takes_the_case_away_and_approves_it_in_another_window(desk: Desk) -> None:
    case = with_two_codes(desk)
    wanted = approvals.request(case=case, agent_id=desk.sato.user.pk, reason="phone lost")
    tanaka = desk.tanaka.user.pk
    results = at_once(
        partial(approvals.decide, approval=wanted, by=tanaka, approve=True),
        partial(changes.reassign, case=Case.objects.get(pk=case.pk), by=tanaka, reason="mine"),
    )
    refusals(list(results))
    wanted.refresh_from_db()
    assert wanted.state == ApprovalState.WITHDRAWN
    assert tanaka in Case.objects.get(pk=case.pk).worked_by


def test_hanging_up_while_the_case_is_refused_begins_the_wrap_up_whoever_is_first(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    agent = desk.sato.user.pk
    hang_up = partial(calls.hang_up, attempt=CallAttempt.objects.get(), agent_id=agent)
    results: list[Any] = []
    other = threading.Thread(target=lambda: results.extend(at_once(hang_up)))
    with transaction.atomic():
        changes.refuse(case=case, by=agent, reason="not_shown")
        other.start()
        time.sleep(0.5)  # the other one has looked whether there is a case in hand, or waits
    other.join(30)
    assert results == [None]
    assert Duty.objects.get(agent=desk.sato.user).state == DutyState.WRAP_UP
    with pytest.raises(Stale):
        hang_up()
    ended = [one for one in audit.reading.of_case(case.pk) if one.details.get("outcome") == "ended"]
    assert len(ended) == 1


def test_the_sweep_sends_somebody_off_duty_while_their_page_comes_back_or_takes_a_call(desk: Desk) -> None:
    case, _ = desk.asks()
    desk.on_duty(desk.sato)
    agent = desk.sato.user.pk
    Duty.objects.update(seen_at=clock.now() - timedelta(seconds=61))
    results = at_once(
        presence.sweep,
        partial(offers.claim, agent_id=agent, callback_id=case.callback.pk),
        partial(presence.here, agent_id=agent),
        dispatch.dispatch,
    )
    refusals(list(results))
    duty, case = Duty.objects.get(agent=agent), Case.objects.get(pk=case.pk)
    if case.state == CaseState.WORKING:
        assert duty.state == DutyState.BUSY
    else:
        callback = Callback.objects.get(case=case)
        assert (duty.state == DutyState.OFFERED) == (callback.state == CallbackState.OFFERED)


def test_two_parts_of_a_page_ask_at_once_and_the_case_is_read_once(desk: Desk) -> None:
    case, _ = desk.asks()
    read = partial(readings.note, case=case, by=desk.tanaka.user.pk, session=uuid4(), why=Why.SUPERVISION)
    refusals(list(at_once(*[read] * 4)))
    read_by = [one for one in audit.reading.of_case(case.pk) if one.action == "case.read"]
    assert len(read_by) == 1


def test_a_request_is_marked_while_it_is_offered_to_whoever_made_it(desk: Desk) -> None:
    """Found out in one worker, offered in another: the database keeps the two apart."""
    case, _ = desk.asks()
    desk.on_duty(desk.sato)
    home = "202.32.10.5"
    Callback.objects.update(came_from=[f"{home}/32"])
    callback = Callback.objects.get(case=case)
    Session.objects.filter(user=desk.sato.user).update(address=home)
    results = at_once(partial(insiders.mark, [callback]), dispatch.dispatch, dispatch.dispatch)
    refusals(list(results))
    callback.refresh_from_db()
    assert (callback.state, callback.from_staff) == (CallbackState.WAITING, [desk.sato.user.pk])


def test_a_contacts_link_is_used_once_whoever_clicks_first(desk: Desk) -> None:
    """She vouches in one tab and reports a fraud in another, while the agent hands the case back."""
    mika = contacts.accepted(desk.hanako)
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    asked = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.CONTACT, target=mika.pk)
    token = people.token_of("contact_asked")
    results = at_once(
        lambda: vouching.vouch(token=token),
        lambda: vouching.vouch(token=token),
        lambda: vouching.decline(token=token, fraud=True),
        lambda: changes.hand_back(case=case, by=desk.sato.user.pk, reason="my shift ends"),
    )
    refusals(results)
    assert [one is None for one in results[:3]].count(True) <= 1
    asked.refresh_from_db()
    assert asked.state in ("declined", "voided")
