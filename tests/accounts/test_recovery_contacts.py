"""People whom an owner trusts: named, asked, told, removed; nobody is one without having agreed."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.doubt.selectors import doubt_about
from accounts.due_changes import services as due_changes
from accounts.models import RecoveryContact
from accounts.recovery_contacts.selectors import contacts_of, contacts_that_count
from accounts.rollback import services as rollback
from common import clock
from tests.support import contacts, people
from tests.support.contacts import MIKA
from tests.support.http_client import Visitor, mails
from tests.support.people import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_home(hanako: Actor) -> Visitor:
    return Visitor().signs_in(hanako)


def adds(visitor: Visitor, name: str = "Mika Ito", email: str = MIKA, note: str = "my sister") -> int:
    return int(posts(visitor, "accounts:add_contact", name=name, email=email, note=note).status_code)


def posts(visitor: Visitor, page: str, /, *args: int, **data: str):
    """With a code of the app for each change."""
    answer = visitor.post(page, *args, **data)
    if answer.status_code == 302 and "/sign-in/" in answer.url:
        assert visitor.actor is not None
        visitor.steps_up(visitor.actor)
        answer = visitor.post(page, *args, **data)
    return answer


def page_of(visitor: Visitor) -> str:
    return visitor.opens_link("accounts:contact_link", people.token_of("contact_invited"))


def counting(hanako: Actor, at=None) -> list[str]:
    at = at or clock.now()
    doubt = doubt_about(hanako.user.pk, asked_at=at)
    found = contacts_that_count(hanako.user.pk, doubt, asked_at=at, asked_by=hanako.email)
    return [one.address for one in found]


def test_she_names_somebody_who_accepts_and_counts_a_week_later(
    hanako: Actor, at_home: Visitor, told
) -> None:
    assert adds(at_home) == 302
    assert mails(hanako.email)[-1] == "credential_changed"
    mika = Visitor(place=people.OSAKA, at=at_home.at)
    page = page_of(mika)
    shown = mika.get(page).content.decode()
    assert "Hanako" in shown
    assert hanako.email not in shown
    assert mika.post(page, act="accept").status_code == 302
    assert told("contact") == ["contact.accepted"]
    assert mails(hanako.email)[-1] == "contact_answered"
    (seen,) = contacts_of(hanako.user.pk)
    assert not seen.counts
    assert counting(hanako, at_home.at + timedelta(days=6)) == []
    assert counting(hanako, at_home.at + timedelta(days=8)) == [MIKA]


def test_opening_the_link_alone_accepts_nothing(hanako: Actor, at_home: Visitor) -> None:
    adds(at_home)
    scanner = Visitor(place=people.OSAKA, at=at_home.at)
    scanner.get(page_of(scanner))
    assert RecoveryContact.objects.get().state == "invited"
    assert counting(hanako, clock.now() + timedelta(days=30)) == []


def test_who_declines_never_counts_and_cannot_change_their_mind_by_the_link(
    hanako: Actor, at_home: Visitor
) -> None:
    adds(at_home)
    mika = Visitor(place=people.OSAKA, at=at_home.at)
    page = page_of(mika)
    mika.post(page, act="decline")
    mika.post(page, act="accept")
    assert RecoveryContact.objects.get().state == "declined"


def test_who_resigns_by_the_same_link_counts_no_more(hanako: Actor) -> None:
    contacts.accepted(hanako)
    assert counting(hanako) == [MIKA]
    mika = Visitor(place=people.OSAKA)
    page = page_of(mika)
    assert mika.post(page, act="resign").status_code == 302
    assert counting(hanako) == []
    assert mails(hanako.email)[-1] == "contact_answered"


def test_an_invitation_expires_and_can_be_sent_again(hanako: Actor, at_home: Visitor) -> None:
    adds(at_home)
    old = people.token_of("contact_invited")
    late = Visitor(place=people.OSAKA, at=at_home.at + timedelta(days=15))
    assert late.get(late.opens_link("accounts:contact_link", old)).status_code == 422
    again = Visitor(at=at_home.at + timedelta(days=15)).signs_in(hanako)
    (contact,) = contacts_of(hanako.user.pk)
    assert again.post("accounts:invite_contact", contact.id).status_code == 302
    assert late.get("accounts:contact_link", old).status_code == 422
    assert late.wait(minutes=5).post(page_of(late), act="accept").status_code == 302
    assert RecoveryContact.objects.get().state == "accepted"


def test_five_are_the_most_and_nobody_twice_and_not_herself(hanako: Actor, at_home: Visitor) -> None:
    assert adds(at_home, email=" HANAKO@example.jp") == 422
    assert adds(at_home) == 302
    assert adds(at_home, email="MIKA@example.net") == 422
    for number in range(4):
        assert adds(at_home, email=f"friend{number}@example.net") == 302
    assert adds(at_home, email="sixth@example.net") == 422
    assert "five" in at_home.get("accounts:contacts").content.decode()


def test_adding_and_removing_need_a_fresh_second_factor(hanako: Actor, at_home: Visitor) -> None:
    adds(at_home)
    (contact,) = contacts_of(hanako.user.pk)
    at_home.wait(minutes=6)
    assert at_home.post("accounts:add_contact", name="X", email="x@example.net").url.startswith(
        reverse("accounts:verify")
    )
    assert at_home.post("accounts:remove_contact", contact.id).url.startswith(reverse("accounts:verify"))
    assert len(contacts_of(hanako.user.pk)) == 1


def test_nobody_sees_or_removes_the_contacts_of_another(hanako: Actor, kenji: Actor) -> None:
    mine = contacts.accepted(hanako)
    his = Visitor(place=people.OSAKA).signs_in(kenji)
    for page in ("accounts:remove_contact", "accounts:invite_contact"):
        assert his.post(page, mine.pk).status_code == 404
    assert MIKA not in his.get("accounts:contacts").content.decode()


def test_a_removed_contact_is_told_and_counts_for_thirty_days(hanako: Actor) -> None:
    mika = contacts.accepted(hanako)
    at_home = Visitor().signs_in(hanako)
    assert posts(at_home, "accounts:remove_contact", mika.pk).status_code == 302
    assert mails(MIKA)[-1] == "contact_removed"
    assert contacts_of(hanako.user.pk) == []
    assert counting(hanako, at_home.at + timedelta(days=29)) == [MIKA]
    assert counting(hanako, at_home.at + timedelta(days=31)) == []


def test_a_thief_who_named_himself_eight_days_ago_does_not_count(hanako: Actor) -> None:
    contacts.accepted(
        hanako, address="thief@example.net", at=clock.now() - timedelta(days=8), place=people.ABROAD
    )
    assert counting(hanako) == []
    restored = rollback.restore(user_id=hanako.user.pk)
    assert "contact_out" in [step.kind for step in restored.steps]
    assert contacts_of(hanako.user.pk) == []
    assert RecoveryContact.objects.get().rejected


def test_a_thief_who_removes_her_contacts_gains_nothing(hanako: Actor) -> None:
    mika = contacts.accepted(hanako)
    thief = Visitor(place=people.ABROAD).signs_in(hanako)
    assert posts(thief, "accounts:remove_contact", mika.pk).status_code == 302
    with clock.pretend(thief.at + timedelta(days=3)):
        assert counting(hanako) == [MIKA]
        restored = rollback.restore(user_id=hanako.user.pk)
    assert "contact_back" in [step.kind for step in restored.steps]
    assert [one.name for one in contacts_of(hanako.user.pk)] == ["Mika Ito"]


def test_a_thief_does_not_push_hers_out_by_filling_the_list(hanako: Actor) -> None:
    mika = contacts.accepted(hanako)
    thief = Visitor(place=people.ABROAD).signs_in(hanako)
    posts(thief, "accounts:remove_contact", mika.pk)
    for number in range(5):
        adds(thief, email=f"his{number}@example.net")
    with clock.pretend(thief.at + timedelta(minutes=5)):
        rollback.restore(user_id=hanako.user.pk)
    assert [one.address for one in contacts_of(hanako.user.pk)] == [MIKA]


def test_somebody_on_the_staff_and_her_own_addresses_vouch_for_nothing(hanako: Actor) -> None:
    people.join(
        email="sato@orikaeshi.example",
        name="Sato",
        place=people.DESK,
        at=clock.now() - timedelta(days=60),
        role="agent",
        languages=("ja",),
    )
    contacts.accepted(hanako, address="sato@orikaeshi.example")
    assert counting(hanako) == []


def test_a_strangers_mailbox_is_not_flooded_with_invitations(hanako: Actor, at_home: Visitor) -> None:
    adds(at_home)
    (contact,) = contacts_of(hanako.user.pk)
    for _ in range(12):
        at_home.post("accounts:invite_contact", contact.id)
    assert mails(MIKA).count("contact_invited") <= 5


def test_what_she_wrote_beside_a_name_is_in_no_mail_and_no_event(hanako: Actor, at_home: Visitor) -> None:
    from audit.models import Event

    adds(at_home, note="lives next door")
    assert "next door" not in str(list(Event.objects.values_list("details", flat=True)))
    assert "Mika" not in str(list(Event.objects.values_list("details", flat=True)))


def test_what_a_risky_session_asks_for_waits_a_day(hanako: Actor, settings) -> None:
    settings.GUARD_RISKY_SESSIONS = True
    mika = contacts.accepted(hanako)
    thief = Visitor(place=people.ABROAD).signs_in(hanako)
    assert adds(thief, email="his@example.net") == 302
    assert posts(thief, "accounts:remove_contact", mika.pk).status_code == 302
    assert [one.address for one in contacts_of(hanako.user.pk)] == [MIKA]
    assert "contact_invited" not in mails("his@example.net")
    with clock.pretend(thief.at + timedelta(hours=25)):
        due_changes.apply_due()
        assert [one.address for one in contacts_of(hanako.user.pk)] == ["his@example.net"]
        assert "contact_invited" in mails("his@example.net")
        assert counting(hanako, clock.now() + timedelta(days=8)) == [MIKA]
