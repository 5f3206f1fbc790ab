"""A recovery contact vouches: asked alone, warned first, by a link that is good once, for one case."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import RecoveryContact
from common import clock, codes
from common.errors import Denied
from notifications.models import Delivery
from recovery.approvals import readiness
from recovery.approvals import services as approvals
from recovery.cases import changes
from recovery.cases import selectors as case_selectors
from recovery.evidence import policies
from recovery.evidence import services as evidence
from recovery.models import Approval, Case, Evidence
from recovery.models.evidence import Method
from recovery.takeover import selectors as takeover_selectors
from tests.support import contacts, people
from tests.support.contacts import MIKA
from tests.support.desk_scenario import Desk
from tests.support.http_client import Visitor, mails, opened

pytestmark = pytest.mark.django_db


@pytest.fixture
def mika(desk: Desk) -> RecoveryContact:
    return contacts.accepted(desk.hanako)


def talking(desk: Desk, **asks) -> Case:
    desk.asks(**asks)
    desk.on_duty(desk.sato)
    return desk.talking()


def asks_for(desk: Desk, case: Case, contact: RecoveryContact) -> Evidence:
    return evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.CONTACT, target=contact.pk)


def again(case: Case) -> Case:
    found = case_selectors.any_case(case.pk)
    assert found is not None
    return found


def passed(case: Case) -> set[str]:
    return set(readiness.readiness_of(again(case)).passed)


def her_link(place=people.OSAKA) -> tuple[Visitor, str]:
    """Mika opens the link in her own browser; returns it with the address of the page."""
    visitor = Visitor(place=place)
    return visitor, visitor.opens_link("vouch_link", people.token_of("contact_asked"))


def vouches(visitor: Visitor, page: str):
    assert visitor.post(page, statement="spoke").status_code == 200
    return visitor.post(page, statement="spoke", act="vouch")


def test_after_two_deliberate_steps_her_word_is_one_method(desk: Desk, mika: RecoveryContact) -> None:
    case = talking(desk)
    asks_for(desk, case, mika)
    visitor, page = her_link()
    assert passed(case) == set()
    assert visitor.post(page, statement="spoke").status_code == 200
    assert passed(case) == set()
    assert visitor.post(page, statement="spoke", act="vouch").status_code == 200
    assert passed(case) == {"contact"}


def test_the_page_warns_first_and_says_nothing_but_the_owners_name(desk: Desk, mika: RecoveryContact) -> None:
    case = talking(desk)
    asks_for(desk, case, mika)
    visitor, page = her_link()
    shown = visitor.get(page).content.decode()
    assert "森 花子" in shown or "Hanako" in shown
    assert shown.index("notice danger") < shown.index('name="statement"')
    for secret in (desk.hanako.email, people.THIEF_EMAIL, case.reference, "佐藤", "Sato"):
        assert secret not in shown
    mail = Delivery.objects.filter(message="contact_asked").get()
    assert set(opened(mail)) == {"owner", "link", "until"}


def test_a_mail_scanner_that_opens_the_link_does_nothing(desk: Desk, mika: RecoveryContact) -> None:
    case = talking(desk)
    asked = asks_for(desk, case, mika)
    scanner, page = her_link()
    scanner.get(page)
    asked.refresh_from_db()
    assert asked.state == "asked"


def test_who_was_told_to_press_it_is_stopped(desk: Desk, mika: RecoveryContact) -> None:
    case = talking(desk)
    asks_for(desk, case, mika)
    visitor, page = her_link()
    answer = visitor.post(page, statement="asked", act="vouch")
    assert answer.status_code == 200
    assert 'value="fraud"' in answer.content.decode()
    assert visitor.post(page, act="vouch").status_code == 422
    assert passed(case) == set()


def test_the_link_is_good_once(desk: Desk, mika: RecoveryContact) -> None:
    case = talking(desk)
    asks_for(desk, case, mika)
    token = people.token_of("contact_asked")
    visitor, page = her_link()
    other, same = her_link()
    vouches(visitor, page)
    assert other.post(same, act="fraud").status_code == 422
    assert Visitor().get("vouch_link", token).status_code == 422
    assert Case.objects.get(pk=case.pk).fraud_reported_at is None


def test_the_link_dies_after_a_day(desk: Desk, mika: RecoveryContact) -> None:
    asks_for(desk, talking(desk), mika)
    token = people.token_of("contact_asked")
    assert Visitor(at=clock.now() + timedelta(hours=25)).get("vouch_link", token).status_code == 422


def test_the_link_dies_with_the_case_in_other_hands(desk: Desk, mika: RecoveryContact) -> None:
    case = talking(desk)
    asks_for(desk, case, mika)
    visitor, page = her_link()
    changes.hand_back(case=case, by=desk.sato.user.pk, reason="my shift ends")
    assert visitor.post(page, statement="spoke", act="vouch").status_code == 422
    assert passed(case) == set()


def test_her_word_dies_with_the_case_in_other_hands(desk: Desk, mika: RecoveryContact) -> None:
    case = talking(desk)
    asks_for(desk, case, mika)
    vouches(*her_link())
    changes.hand_back(case=case, by=desk.sato.user.pk, reason="my shift ends")
    assert passed(case) == set()


def test_a_link_that_was_forwarded_to_the_caller_vouches_for_nothing(
    desk: Desk, mika: RecoveryContact
) -> None:
    """The caller persuades her to send him the link, and opens it where he asked for the call."""
    cookie = codes.token()
    case = talking(desk, browser=codes.fingerprint(cookie))
    asks_for(desk, case, mika)
    caller = Visitor(place=people.ABROAD)
    caller.client.cookies["browser"] = cookie
    page = caller.opens_link("vouch_link", people.token_of("contact_asked"))
    assert caller.post(page, statement="spoke", act="vouch").status_code == 422
    assert passed(case) == set()


def test_nor_in_a_browser_that_the_account_was_used_in(desk: Desk, mika: RecoveryContact) -> None:
    case = talking(desk)
    asks_for(desk, case, mika)
    thief = Visitor(place=people.ABROAD)
    thief.client.cookies["browser"] = cookie = codes.token()
    from accounts.models import KnownBrowser

    KnownBrowser.objects.create(user=desk.hanako.user, digest=codes.fingerprint(cookie))
    page = thief.opens_link("vouch_link", people.token_of("contact_asked"))
    assert thief.post(page, statement="spoke", act="vouch").status_code == 422
    assert passed(case) == set()


def test_nor_from_the_network_where_the_agent_sits(desk: Desk, mika: RecoveryContact) -> None:
    """An agent who reads the contact's mail opens the link beside the desk."""
    people.come_in(desk.sato.user, people.DESK, clock.now() - timedelta(minutes=1))
    case = talking(desk)
    asks_for(desk, case, mika)
    visitor, page = her_link(place=people.DESK)
    assert visitor.post(page, statement="spoke", act="vouch").status_code == 422
    assert passed(case) == set()


def test_a_contact_that_is_somebody_of_the_staff_cannot_be_asked(desk: Desk) -> None:
    agents = contacts.accepted(desk.hanako, address="sato@orikaeshi.example")
    case = talking(desk)
    assert takeover_selectors.offerable(case).contacts == []
    with pytest.raises(Denied):
        asks_for(desk, case, agents)


def test_the_caller_is_no_contact_of_their_own(desk: Desk) -> None:
    """A contact asks for the account with an address of their own, which names nobody."""
    contacts.accepted(desk.hanako)
    case = talking(desk)
    Case.objects.filter(pk=case.pk).update(email=MIKA)
    case.refresh_from_db()
    assert takeover_selectors.offerable(case).contacts == []


def test_a_thief_who_named_himself_eight_days_ago_is_not_offered(desk: Desk, mika: RecoveryContact) -> None:
    his = contacts.accepted(
        desk.hanako, address="him@example.net", at=clock.now() - timedelta(days=8), place=people.ABROAD
    )
    case = talking(desk)
    assert [one.id for one in takeover_selectors.offerable(case).contacts] == [mika.pk]
    with pytest.raises(Denied):
        asks_for(desk, case, his)


def test_the_owners_contact_counts_though_the_thief_removed_her(desk: Desk, mika: RecoveryContact) -> None:
    from accounts.recovery_contacts import services

    session = people.come_in(desk.hanako.user, people.ABROAD, clock.now() - timedelta(minutes=10))
    with people.visiting(
        people.ABROAD, clock.now() - timedelta(minutes=9), actor=desk.hanako.user.pk, session=session
    ):
        services.remove(user=desk.hanako.user, contact_id=mika.pk, session=session)
    case = talking(desk)
    asks_for(desk, case, mika)
    vouches(*her_link())
    assert passed(case) == {"contact"}


def test_contacts_are_asked_one_at_a_time_and_not_all_of_them(desk: Desk, mika: RecoveryContact) -> None:
    more = [contacts.accepted(desk.hanako, address=f"friend{number}@example.net") for number in range(4)]
    case = talking(desk)
    asks_for(desk, case, mika)
    first, page = her_link()
    for contact in more[: policies.CONTACTS_A_CASE - 1]:
        asks_for(desk, case, contact)
    assert first.post(page, statement="spoke", act="vouch").status_code == 422
    assert Evidence.objects.filter(case=case, state="asked").count() == 1
    with pytest.raises(Denied):
        asks_for(desk, case, more[-1])


def test_two_who_vouch_are_still_one_method(desk: Desk, mika: RecoveryContact) -> None:
    other = contacts.accepted(desk.hanako, address="jun@example.net")
    case = talking(desk)
    for contact in (mika, other):
        asks_for(desk, case, contact)
        vouches(*her_link())
    assert passed(case) == {"contact"}
    assert not readiness.readiness_of(again(case)).suffices


def test_the_owner_hears_of_each_asking_and_the_thief_does_not(desk: Desk, mika: RecoveryContact) -> None:
    asks_for(desk, talking(desk), mika)
    assert mails("hanako@example.jp")[-1] == "contact_was_asked"
    assert "contact_was_asked" not in mails(people.THIEF_EMAIL)


def test_who_does_not_vouch_is_not_asked_again(desk: Desk, mika: RecoveryContact) -> None:
    case = talking(desk)
    asked = asks_for(desk, case, mika)
    visitor, page = her_link()
    assert visitor.post(page, act="decline").status_code == 200
    asked.refresh_from_db()
    assert asked.state == "declined"
    assert passed(case) == set()


def test_a_reported_fraud_marks_the_case_and_takes_back_what_was_approved(
    desk: Desk, mika: RecoveryContact
) -> None:
    case = talking(desk)
    desk.shows_app(case)
    desk.shows_recovery_code(case)
    assert not readiness.readiness_of(again(case)).needs_second_person
    asks_for(desk, case, mika)
    visitor, page = her_link()
    assert visitor.post(page, act="fraud").status_code == 200
    ready = readiness.readiness_of(again(case))
    assert ready.needs_second_person
    assert mails("hanako@example.jp")[-1] == "fraud_reported"
    approvals.request(
        case=Case.objects.get(pk=case.pk), agent_id=desk.sato.user.pk, reason="She explained it to me."
    )
    assert Approval.objects.get(case=case).state == "requested"


def test_nobody_is_asked_before_the_caller_has_read_out_the_code(desk: Desk, mika: RecoveryContact) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.accepted()
    with pytest.raises(Denied):
        asks_for(desk, case, mika)
    assert "contact_asked" not in mails()


def test_the_callers_page_says_that_a_contact_is_asked_and_not_which(
    desk: Desk, mika: RecoveryContact
) -> None:
    from recovery.claimant.presenters.act import asked_of

    case = talking(desk)
    asks_for(desk, case, mika)
    act = asked_of(again(case))
    assert act.contact_asked
    assert act.questions == ()


def test_what_the_caller_types_into_their_own_page_vouches_for_nothing(
    desk: Desk, mika: RecoveryContact
) -> None:
    from common.errors import Stale

    case = talking(desk)
    asked = asks_for(desk, case, mika)
    with pytest.raises(Stale):
        evidence.answer(case=case, evidence_id=asked.pk, typed=people.token_of("contact_asked"))
    assert passed(case) == set()


def test_the_agent_chooses_among_masked_names(desk: Desk, mika: RecoveryContact) -> None:
    case = talking(desk)
    (option,) = takeover_selectors.offerable(case).contacts
    assert option.name == "M… I…"
    assert reverse("vouch") == "/vouch/"
