"""A dispute is not a takeover: two who both were the owner, and neither is handed the account at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

import audit.reading
from accounts import policies as account_policies
from accounts.disputes import objections
from accounts.freezes import services as freezes
from accounts.models import Authenticator, CredentialChange, Freeze, Identifier, Session, User
from accounts.rollback import services as rollback
from common import clock
from common.email_addresses import mask
from common.errors import Denied, Stale
from common.redis import client as redis_client
from notifications.models import Delivery
from recovery.approvals import readiness
from recovery.cases import changes
from recovery.disputes import services as disputes
from recovery.evidence import services as evidence
from recovery.models import Case, Dispute
from recovery.models.evidence import Method
from recovery.restoration import services as restoration
from recovery.states import CaseState, DisputeState, DutyState
from recovery.takeover import selectors as takeover_selectors
from tests.recovery.evidence.test_evidence import mailed_code
from tests.support import former_partner as former
from tests.support import people
from tests.support.agent_client import Agent
from tests.support.desk_scenario import Desk
from tests.support.former_partner import (
    NEW,
    OLD,
    Partner,
    announced,
    announced_by,
    link_mailed_to,
    proved,
    sweep_at,
)
from tests.support.http_client import Visitor, mails

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db: None) -> Desk:
    return former.build()


@pytest.fixture
def partner(desk: Desk) -> Partner:
    return Partner(desk)


def is_hers(desk: Desk) -> bool:
    """Her address, her password, her app, her sessions: all as before."""
    user = User.objects.get(pk=desk.hanako.user.pk)
    app = Authenticator.objects.filter(user=user, kind="totp", removed_at=None)
    return user.email == NEW and user.has_usable_password() and app.exists()


def is_his(desk: Desk) -> bool:
    user = User.objects.get(pk=desk.hanako.user.pk)
    return user.email == OLD and not user.has_usable_password()


def due(dispute: Dispute) -> Any:
    return dispute.due_at + timedelta(seconds=1)


class Reader(Visitor):
    """Whoever opened the link that one mailbox got, signed in to nothing."""

    def __init__(self, mailbox: str) -> None:
        super().__init__(people.ON_THE_WAY)
        self.page = self.opens_link("dispute_link", link_mailed_to(mailbox))

    def contests(self, factor: str, code: str) -> Any:
        return self.post(self.page, factor=factor, code=code)


def decides(supervisor: Agent, dispute: Dispute, **typed: str) -> Any:
    return supervisor.shows_factor().clicks("board:dispute", dispute.pk, **typed)


@pytest.fixture
def tanaka(desk: Desk) -> Agent:
    return Agent(desk.tanaka)


@pytest.fixture
def suzuki(db: None) -> Agent:
    return Agent(former.colleague("suzuki"))


# The former partner


def test_the_former_partner_asks_with_all_he_has_and_is_not_given_the_account(
    desk: Desk, partner: Partner
) -> None:
    case = proved(partner)
    sato = Agent(desk.sato)
    page = sato.sees("console:case", case.pk)
    assert "There may be two owners" in page
    assert "Announce the restore" in page
    sato.clicks("console:restore", case.pk)
    assert is_hers(desk)
    with pytest.raises(Denied, match="two owners"):
        restoration.restore(case=case, agent_id=desk.sato.user.pk)
    assert is_hers(desk)


def test_it_is_announced_to_every_address_and_waits_for_72_hours(desk: Desk, partner: Partner) -> None:
    before = Session.objects.filter(user=desk.hanako.user, ended_at=None).count()
    case, sato = proved(partner), Agent(desk.sato)
    page = sato.sees("console:announce", case.pk)
    plan = page[page.index("After the restore") : page.index("Until then, neither side")]
    assert plan.index(mask(NEW)) < plan.index(mask(OLD)), "now, then after"
    dispute = announced_by(sato, case)
    assert "dispute_announced" in mails(OLD)
    assert "dispute_announced" in mails(NEW)
    assert dispute.due_at == dispute.announced_at + timedelta(hours=72)
    assert dispute.case.state == CaseState.DISPUTED
    assert dispute.case.closed_at is None
    assert desk.sato.user.duty.state == DutyState.WRAP_UP
    assert Session.objects.filter(user=desk.hanako.user, ended_at=None).count() == before
    assert sweep_at(dispute.due_at - timedelta(minutes=1)) == 0
    assert is_hers(desk)


def test_his_page_says_when_it_is_decided_and_that_all_were_told(desk: Desk, partner: Partner) -> None:
    announced(partner)
    page = partner.page()
    assert "Your request will be decided after" in page
    assert "e-mailed every address on the account" in page
    assert "Withdraw the request" in page


def test_meanwhile_she_signs_in_and_uses_it_and_nothing_can_be_changed(desk: Desk, partner: Partner) -> None:
    announced(partner)
    hanako = Visitor()
    hanako.signs_in(desk.hanako)
    assert "Someone else has asked for this account" in hanako.get("accounts:check_up").content.decode()
    with pytest.raises(Denied):
        account_policies.check_can_change_credentials(desk.hanako.user.pk)


def test_she_contests_with_her_app_by_the_link_signed_out_and_keeps_the_account(
    desk: Desk, partner: Partner, tanaka: Agent, suzuki: Agent
) -> None:
    dispute = announced(partner)
    reader = Reader(NEW)
    assert "Someone has asked for this account" in reader.get(reader.page).content.decode()
    assert Dispute.objects.get().state == DisputeState.ANNOUNCED
    assert reader.contests("totp", desk.hanako.code(reader.at)).status_code == 302
    dispute.refresh_from_db()
    assert (dispute.state, dispute.contested_how) == (DisputeState.CONTESTED, "link")
    app = Authenticator.objects.get(user=desk.hanako.user, kind="totp", removed_at=None)
    assert dispute.contested_item == f"factor:{app.pk}"
    assert sweep_at(due(dispute)) == 0
    assert is_hers(desk)
    assert "Two people are reviewing your request" in partner.page()

    page = tanaka.sees("board:dispute", dispute.pk)
    assert "Code by e-mail" in page
    assert "Phone" in page
    assert "The caller says it wasn’t them" in page
    decides(tanaka, dispute, act="propose", outcome="stays", reason="Her app is as old as the account.")
    assert is_hers(desk)
    assert Case.objects.get(pk=dispute.case_id).state == CaseState.DISPUTED
    decides(suzuki, dispute, act="confirm", outcome="stays")

    dispute.refresh_from_db()
    case = Case.objects.get(pk=dispute.case_id)
    assert (dispute.state, case.state, case.refusal) == ("stays", "refused", "disputed")
    assert is_hers(desk)
    assert CredentialChange.objects.get(user=desk.hanako.user, kind="email").state == "kept"
    assert not Freeze.objects.active().filter(user=desk.hanako.user).exists()
    assert "dispute_news" in mails(NEW)
    assert "dispute_news" in mails(OLD)
    assert "stays with" in partner.page()


def test_she_contests_signed_in_with_a_fresh_second_factor(desk: Desk, partner: Partner) -> None:
    dispute = announced(partner)
    hanako = Visitor()
    hanako.signs_in(desk.hanako)
    assert "Contest the request" in hanako.get("dispute_mine").content.decode()
    hanako.wait(minutes=10)
    assert "sign-in/verify" in hanako.post("dispute_mine").url
    hanako.steps_up(desk.hanako)
    assert hanako.post("dispute_mine").status_code == 302
    dispute.refresh_from_db()
    assert (dispute.state, dispute.contested_how) == (DisputeState.CONTESTED, "signed_in")
    assert dispute.contested_item.startswith("factor:")
    assert sweep_at(due(dispute)) == 0
    assert is_hers(desk)


def test_who_holds_only_a_mailbox_contests_with_nothing_and_is_led_to_a_call(
    desk: Desk, partner: Partner
) -> None:
    announced(partner)
    reader = Reader(NEW)
    assert "Ask us for a call" in reader.get(reader.page).content.decode()
    for code in ("", "000000"):
        assert reader.contests("totp", code).status_code == 422
    assert Dispute.objects.get().state == DisputeState.ANNOUNCED


def test_wrong_codes_by_his_link_use_up_none_of_her_tries(desk: Desk, partner: Partner) -> None:
    announced(partner)
    his, hers = Reader(OLD), Reader(NEW)
    for _try in range(5):
        his.contests("totp", "000000")
    answer = his.contests("totp", desk.hanako.code(his.at))
    assert answer.status_code == 422
    assert "Too many wrong codes" in answer.content.decode()
    assert hers.contests("totp", desk.hanako.code(hers.at)).status_code == 302
    assert Dispute.objects.get().state == DisputeState.CONTESTED


def test_a_link_of_another_kind_or_an_invented_one_opens_nothing(desk: Desk, partner: Partner) -> None:
    announced(partner)
    visitor = Visitor()
    assert visitor.get("dispute_link", "1-1:abc").status_code == 422
    assert visitor.get("dispute").status_code == 422


def test_an_agent_contests_for_a_caller_who_has_shown_enough(desk: Desk, partner: Partner) -> None:
    dispute = announced(partner)
    case, _capability = desk.asks(email=NEW, number="+819011112222")
    desk.on_duty(desk.alice)
    case.callback.__class__.objects.filter(pk=case.callback.pk).update(language="en")
    case = desk.talking(desk.alice)
    with pytest.raises(Denied):
        disputes.contest_in_call(case=case, agent_id=desk.alice.user.pk)
    assert desk.shows_app(case, desk.alice)
    assert desk.shows_recovery_code(case, desk.alice)
    alice = Agent(desk.alice)
    assert "Contest on behalf of the caller" in alice.sees("console:case", case.pk)
    with pytest.raises(Denied, match="until it’s decided"):
        restoration.restore(case=case, agent_id=desk.alice.user.pk)
    alice.clicks("console:contest", case.pk)
    dispute.refresh_from_db()
    assert (dispute.state, dispute.contested_how) == (DisputeState.CONTESTED, "in_call")


# He tries again


def test_he_withdraws_and_asks_hourly_and_nobody_is_told_or_frozen_again(
    desk: Desk, partner: Partner
) -> None:
    dispute = announced(partner)
    assert "withdraw" in partner.get("status_cancel").content.decode().lower()
    partner.post("status_cancel")
    dispute.refresh_from_db()
    assert (dispute.state, dispute.case.state) == (DisputeState.WITHDRAWN, CaseState.WITHDRAWN)
    assert not Freeze.objects.active().filter(user=desk.hanako.user).exists()
    told, frozen = len(mails(NEW)), Freeze.objects.count()
    for _hour in range(3):
        redis_client().flushdb()
        partner.asks()
        partner.post("status_cancel")
    assert len(mails(NEW)) == told
    assert Freeze.objects.count() == frozen
    assert not Freeze.objects.active().filter(user=desk.hanako.user).exists()
    desk.sato.user.duty.__class__.objects.filter(agent=desk.sato.user).update(
        state=DutyState.FREE, wrap_up_until=None
    )
    redis_client().flushdb()
    case = proved(partner)
    with pytest.raises(Denied, match="This was announced earlier"):
        disputes.announce(case=case, agent_id=desk.sato.user.pk)
    assert Dispute.objects.count() == 1
    assert sweep_at(due(dispute)) == 0
    assert is_hers(desk)


def test_he_objects_by_the_old_notices_link_and_is_handed_nothing(desk: Desk, partner: Partner) -> None:
    change = CredentialChange.objects.get(user=desk.hanako.user, kind="email")
    announced(partner)
    notice = Delivery.objects.filter(message="credential_changed", address=OLD).latest("pk")
    reader = Visitor(people.OSAKA)
    reader.page = reader.opens_link("not_me_link", people.token_in(notice))  # type: ignore[attr-defined]
    reader.post(reader.page, act="object")  # type: ignore[attr-defined]
    change.refresh_from_db()
    assert change.state == "objected"
    answer = reader.post(reader.page, act="undo", factor="recovery_code", code=partner.codes.pop())  # type: ignore[attr-defined]
    assert answer.status_code == 422
    assert is_hers(desk)
    assert Dispute.objects.get().state == DisputeState.ANNOUNCED


def test_no_other_case_about_the_account_is_restored_meanwhile(desk: Desk, partner: Partner) -> None:
    dispute = announced(partner)
    again = Partner(desk)
    again.codes = partner.codes
    with pytest.raises(Denied, match="dispute about this account"):
        restore_in_another(desk, again)
    assert Dispute.objects.get() == dispute
    assert is_hers(desk)


def restore_in_another(desk: Desk, again: Partner) -> None:
    desk.on_duty(desk.alice)
    again.asks(number="+818055559999")
    case = desk.talking(desk.alice)
    desk.shows(case, Method.RECOVERY_CODE, again.codes.pop(), desk.alice)
    (address,) = [one for one in takeover_selectors.offerable(case).addresses if one.value == OLD]
    asked = evidence.ask(case=case, agent_id=desk.alice.user.pk, method=Method.EMAIL_CODE, target=address.id)
    assert evidence.answer(case=case, evidence_id=asked.pk, typed=mailed_code(OLD))
    disputes.announce(case=case, agent_id=desk.alice.user.pk)


# Nobody contests


def test_uncontested_the_true_owner_gets_her_account_after_72_hours_exactly_once(
    desk: Desk, partner: Partner
) -> None:
    """Seen from the portal it is the same: a thief has used her own browser, and the old owner asks."""
    dispute = announced(partner)
    assert sweep_at(due(dispute)) == 1
    dispute.refresh_from_db()
    case = Case.objects.get(pk=dispute.case_id)
    assert (dispute.state, case.state) == (DisputeState.GIVEN, CaseState.RESTORED)
    assert is_his(desk)
    assert "password_link" in mails(OLD)
    assert "password_link" not in mails(NEW)
    assert "findings" not in mails()
    assert mails(OLD).count("dispute_news") == mails(NEW).count("dispute_news") == 1
    assert sweep_at(due(dispute) + timedelta(hours=1)) == 0
    assert mails(OLD).count("password_link") == 1
    assert Identifier.objects.get(value=NEW).rejected
    assert "Your account is yours again" in partner.page()
    assert "e-mailed you a summary of everything we" not in partner.page()


def test_when_the_address_belongs_to_somebody_else_by_now_people_decide(desk: Desk, partner: Partner) -> None:
    dispute = announced(partner)
    kenji = people.join(email="kenji@example.com", name="Kenji", place=people.OSAKA, at=clock.now())
    Identifier.objects.filter(user=kenji.user).update(value=OLD)
    assert sweep_at(due(dispute)) == 0
    dispute.refresh_from_db()
    assert (dispute.state, dispute.contested_how) == (DisputeState.CONTESTED, "not_as_approved")
    assert is_hers(desk)


def test_when_she_has_confirmed_the_change_meanwhile_it_is_not_restored(desk: Desk, partner: Partner) -> None:
    dispute = announced(partner)
    change = CredentialChange.objects.get(user=desk.hanako.user, kind="email")
    objections.keep_all(user_id=desk.hanako.user.pk, changes=[change.pk])
    assert sweep_at(due(dispute)) == 0
    dispute.refresh_from_db()
    assert dispute.state == DisputeState.CONTESTED
    assert is_hers(desk)


def test_a_takeover_in_the_meantime_is_not_restored_as_a_dispute(desk: Desk, partner: Partner) -> None:
    dispute = announced(partner)
    freezes.lift(user_id=desk.hanako.user.pk, how="proved", tell=False)
    people.take_over(desk.hanako.user, clock.now() - timedelta(minutes=1))
    assert sweep_at(due(dispute)) == 0
    dispute.refresh_from_db()
    assert (dispute.state, dispute.contested_how) == (DisputeState.CONTESTED, "not_as_approved")


def test_a_restore_that_fails_for_an_unknown_reason_is_tried_later(
    desk: Desk, partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispute = announced(partner)

    def breaks(**_kwargs: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(rollback, "restore", breaks)
        assert sweep_at(due(dispute)) == 0
    assert Dispute.objects.get().state == DisputeState.ANNOUNCED
    assert sweep_at(due(dispute)) == 0
    assert sweep_at(due(dispute) + timedelta(minutes=11)) == 1


# Who may announce and decide


def test_it_is_announced_only_with_a_second_persons_approval(desk: Desk, partner: Partner) -> None:
    partner.asks()
    case = partner.is_called()
    partner.shows_all_he_has(case)
    with pytest.raises(Denied, match="second person"):
        disputes.announce(case=case, agent_id=desk.sato.user.pk)
    former.approved(desk, case)
    Agent(desk.sato).clicks("console:announce", case.pk)
    assert Dispute.objects.get().approved_by == desk.tanaka.user


def test_her_app_too_needs_a_second_person_in_a_dispute(desk: Desk, partner: Partner) -> None:
    partner.asks()
    case = partner.is_called()
    partner.shows_all_he_has(case)
    desk.shows_app(case)
    assert readiness.readiness_of(case).needs_second_person


def test_a_takeover_is_restored_and_never_announced(desk: Desk) -> None:
    people.take_over(desk.hanako.user, clock.now() - timedelta(minutes=14))
    desk.asks(email=NEW)
    desk.on_duty(desk.sato)
    case = desk.talking()
    desk.shows_app(case)
    desk.shows_recovery_code(case)
    with pytest.raises(Denied, match="isn’t a dispute"):
        disputes.announce(case=case, agent_id=desk.sato.user.pk)
    restoration.restore(case=case, agent_id=desk.sato.user.pk)


@pytest.fixture
def contested(desk: Desk, partner: Partner) -> Dispute:
    announced(partner)
    reader = Reader(NEW)
    reader.contests("totp", desk.hanako.code(reader.at))
    return Dispute.objects.get()


def test_one_person_alone_decides_nothing(desk: Desk, contested: Dispute, tanaka: Agent) -> None:
    decides(tanaka, contested, act="propose", outcome="given", reason="He was first.")
    decides(tanaka, contested, act="confirm", outcome="given")
    assert Dispute.objects.get().state == DisputeState.PROPOSED
    assert is_hers(desk)


def test_it_waits_for_one_supervisor_and_then_for_another(
    contested: Dispute, tanaka: Agent, suzuki: Agent
) -> None:
    assert 'data-decisions="1"' in tanaka.sees("console:desk", part="decisions")
    decides(tanaka, contested, act="propose", outcome="given", reason="He was first.")
    assert 'data-decisions="0"' in tanaka.sees("console:desk", part="decisions")
    assert 'data-decisions="1"' in suzuki.sees("console:desk", part="decisions")


def test_a_supervisor_who_worked_the_case_cannot_decide(desk: Desk, partner: Partner, tanaka: Agent) -> None:
    boss = former.colleague("boss")
    partner.asks()
    desk.on_duty(boss)
    case = desk.talking(boss)
    changes.hand_back(case=case, by=boss.user.pk, reason="Too busy")
    boss.user.duty.__class__.objects.filter(agent=boss.user).update(state=DutyState.OFF, wrap_up_until=None)
    case = partner.is_called()
    partner.shows_all_he_has(case)
    former.approved(desk, case)
    dispute = disputes.announce(case=case, agent_id=desk.sato.user.pk)
    reader = Reader(NEW)
    reader.contests("totp", desk.hanako.code(reader.at))
    chief = Agent(boss)
    decides(chief, dispute, act="propose", outcome="given", reason="I talked to him.")
    assert Dispute.objects.get().state == DisputeState.CONTESTED
    decides(tanaka, dispute, act="propose", outcome="given", reason="He was first.")
    decides(chief, dispute, act="confirm", outcome="given")
    assert Dispute.objects.get().state == DisputeState.PROPOSED
    assert is_hers(desk)


def test_two_people_give_it_to_the_claimant_and_both_sides_are_told(
    desk: Desk, contested: Dispute, tanaka: Agent, suzuki: Agent
) -> None:
    decides(tanaka, contested, act="propose", outcome="given", reason="Her app was stolen.")
    decides(suzuki, contested, act="confirm", outcome="given")
    contested.refresh_from_db()
    assert contested.state == DisputeState.GIVEN
    assert is_his(desk)
    assert mails(NEW)[-2:] == ["dispute_news", "address_removed"]
    done = [one.action for one in audit.reading.of_case(contested.case_id)]
    assert {"dispute.announced", "dispute.contested", "dispute.proposed", "dispute.confirmed"} <= set(done)
    assert "case.restored" in done


def test_the_second_person_may_not_confirm_and_it_is_decided_anew(
    desk: Desk, contested: Dispute, tanaka: Agent, suzuki: Agent
) -> None:
    decides(tanaka, contested, act="propose", outcome="given", reason="He was first.")
    decides(suzuki, contested, act="reject", **{"reject-reason": "Her app is older."})
    contested.refresh_from_db()
    assert (contested.state, contested.outcome, contested.decided_by) == ("contested", "", None)
    decides(suzuki, contested, act="propose", outcome="stays", reason="Her app is older.")
    decides(tanaka, contested, act="confirm", outcome="given")
    assert Dispute.objects.get().state == DisputeState.PROPOSED
    decides(tanaka, contested, act="confirm", outcome="stays")
    assert Dispute.objects.get().state == DisputeState.STAYS
    assert is_hers(desk)


def test_an_agent_cannot_end_it_as_disputed_by_hand(desk: Desk, partner: Partner) -> None:
    partner.asks()
    case = partner.is_called()
    Agent(desk.sato).clicks("console:refuse", case.pk, **{"refuse-reason": "disputed"})
    case.refresh_from_db()
    assert case.state == CaseState.WORKING


def test_what_is_contested_once_is_contested(desk: Desk, contested: Dispute) -> None:
    with pytest.raises(Stale):
        disputes.contest_signed_in(user_id=desk.hanako.user.pk, factor="totp")


@pytest.mark.parametrize(
    "wrong",
    [
        {"due_at": F("announced_at") + timedelta(hours=71)},
        {"approved_by": F("announced_by")},
        {"contested_at": None},
        {"outcome": "stays"},
        {"state": "given", "ended_at": F("announced_at")},
        {"state": "stays", "ended_at": F("announced_at")},
        {"ended_at": F("announced_at")},
        {"outcome": "stays", "reason": "x", "decided_at": F("announced_at"), "decided_by": F("announced_by")},
        {"outcome": "stays", "reason": "x", "decided_at": F("announced_at"), "decided_by": F("account")},
        {
            "outcome": "stays",
            "reason": "x",
            "decided_at": F("announced_at"),
            "decided_by": F("approved_by"),
            "seconded_by": F("approved_by"),
        },
    ],
)
def test_the_database_refuses_what_may_not_be(contested: Dispute, wrong: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Dispute.objects.filter(pk=contested.pk).update(**wrong)
