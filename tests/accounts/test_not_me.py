"""*This was not me*: the link alone never hands the account over, a factor from before undoes the theft."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import links, selectors
from accounts.authenticators.recovery_codes import services as recovery_codes
from accounts.credentials import services as credentials
from accounts.disputes import objections
from accounts.enums import Factor
from accounts.models import Authenticator, CredentialChange, Session, User
from audit.models import Event
from common import clock
from common.errors import Denied, Stale
from notifications.models import Delivery
from tests.permissions.test_refused_forms import complaints, refused_forms
from tests.support import people
from tests.support.http_client import Visitor, mails, opened
from tests.support.people import Actor

pytestmark = pytest.mark.django_db

NEW = "tall-river-quilt-97"


class Reader(Visitor):
    """Whoever opened the link of a notice, in a browser of their own."""

    def __init__(self, token: str) -> None:
        super().__init__(place=people.ON_THE_WAY)
        self.page = self.opens_link("not_me_link", token)


class Theft:
    def __init__(self, hanako: Actor) -> None:
        self.at = clock.now() - timedelta(minutes=14)
        self.key = people.take_over(hanako.user, self.at)
        self.email, self.password, self.factor = CredentialChange.objects.filter(
            user=hanako.user, at__gte=self.at
        ).order_by("pk")

    def link(self) -> str:
        """The link in the notice that came to her old address when it was replaced."""
        for mail in Delivery.objects.filter(
            message="credential_changed", address="hanako@example.jp"
        ).order_by("-pk"):
            link = (opened(mail)["link"] or {}).get("$link", "/none")
            token = link.rstrip("/").rsplit("/", 1)[1]
            if links.read_not_me(token) == self.email.pk:
                return str(token)
        raise AssertionError("no notice")

    def opened(self) -> Reader:
        return Reader(self.link())


@pytest.fixture
def theft(hanako: Actor) -> Theft:
    return Theft(hanako)


def test_opening_the_link_shows_and_does_nothing(hanako: Actor, theft: Theft) -> None:
    visitor = theft.opened()
    answer = visitor.get(visitor.page)
    assert answer.status_code == 200
    assert answer.context["dispute"].state == "open"
    assert selectors.active_freezes(hanako.user.pk) == []
    assert Session.objects.filter(user=hanako.user, ended_at=None).exists()


def test_the_button_ends_the_strangers_sessions_and_freezes(hanako: Actor, theft: Theft, told) -> None:
    older = people.come_in(hanako.user, people.HOME, theft.at - timedelta(hours=1))
    visitor = theft.opened()
    visitor.post(visitor.page, act="object")
    assert visitor.get(visitor.page).context["dispute"].state == "objected"
    assert Session.objects.get(pk=theft.email.session).end_reason == "objection"
    assert Session.objects.get(pk=older).ended_at is None
    (frozen,) = selectors.active_freezes(hanako.user.pk)
    assert frozen.reason == "objection"
    assert frozen.until > clock.now() + timedelta(hours=71)
    assert {"objection.made", "freeze.placed", "session.ended"} <= set(told())
    assert mails("hanako@example.jp")[-1] == "account_frozen"
    assert "account_frozen" not in mails(people.THIEF_EMAIL)


def test_she_is_told_until_when_it_is_frozen_by_which_clock(hanako: Actor, theft: Theft) -> None:
    visitor = theft.opened()
    visitor.post(visitor.page, act="object")
    text = visitor.get(visitor.page).content.decode()
    assert re.search(
        r"until\s+<span class=.nowrap.><time [^>]*>\d+ \w+ \d{4}, \d\d:\d\d [A-Z]+</time></span>", text
    )


def test_her_old_code_app_beats_the_thief(hanako: Actor, theft: Theft) -> None:
    visitor = theft.opened()
    visitor.post(visitor.page, act="object")
    answer = visitor.post(visitor.page, act="undo", factor="totp", code=hanako.code(visitor.at))
    assert answer.url.startswith(reverse("accounts:choose_password"))
    assert visitor.post(answer.url, new_password=NEW).url == reverse("accounts:sign_in")
    assert not visitor.is_in()
    assert visitor.gives_password(hanako, NEW).status_code == 302
    visitor.wait(seconds=60)
    assert visitor.gives_code(hanako).status_code == 302
    assert visitor.is_in()
    assert User.objects.get(pk=hanako.user.pk).email == "hanako@example.jp"
    event = Event.objects.get(action="objection.undone", account=hanako.user.pk)
    assert event.actor == hanako.user.pk
    assert visitor.fetch(f"/not-me/{theft.link()}/").status_code == 302
    assert visitor.get(visitor.page).context["dispute"].state == "undone"


def test_a_recovery_code_from_before_does_it_too(hanako: Actor, theft: Theft) -> None:
    recovery_codes.create(user=User.objects.get(pk=hanako.user.pk))
    visitor = theft.opened()
    visitor.post(visitor.page, act="object")
    answer = visitor.post(visitor.page, act="undo", factor="recovery_code", code=hanako.recovery_codes[1])
    assert visitor.writes_down(answer).startswith(reverse("accounts:choose_password"))


def test_who_holds_only_the_old_mailbox_gets_nothing(hanako: Actor, theft: Theft) -> None:
    visitor = theft.opened()
    visitor.post(visitor.page, act="object")
    assert visitor.post(visitor.page, act="undo", factor="totp", code="123456").status_code == 422
    assert visitor.get("accounts:choose_password").status_code == 422
    assert not visitor.is_in()
    assert User.objects.get(pk=hanako.user.pk).email == people.THIEF_EMAIL
    assert mails("hanako@example.jp")[-1] == "evidence_failed"


def test_what_the_thief_brought_proves_nothing(hanako: Actor, theft: Theft) -> None:
    """Nor for the last change, which came after the thief's own code app was bound."""
    with people.visiting(people.ABROAD, clock.now(), actor=hanako.user.pk, session=theft.email.session):
        codes = recovery_codes.create(user=User.objects.get(pk=hanako.user.pk)).codes
    last = CredentialChange.objects.filter(user=hanako.user).latest("pk")
    objections.object_to(change_id=last.pk)
    stolen = people.code_of(theft.key, clock.now())
    assert objections.undo_objected(change_id=last.pk, factor=Factor.TOTP, code=stolen) is None
    assert objections.undo_objected(change_id=last.pk, factor=Factor.RECOVERY_CODE, code=codes[0]) is None


def test_a_thief_cannot_lift_her_freeze_by_objecting_to_a_change_of_their_own(
    hanako: Actor, theft: Theft
) -> None:
    """They came back in another session, changed a little, and got a link for that: it must not help them."""
    with clock.pretend(clock.now() - timedelta(minutes=2)):
        session = people.come_in(User.objects.get(pk=hanako.user.pk), people.ABROAD, clock.now())
        with people.visiting(people.ABROAD, clock.now(), actor=hanako.user.pk, session=session):
            recovery_codes.create(user=User.objects.get(pk=hanako.user.pk))
    bait = CredentialChange.objects.filter(user=hanako.user).latest("pk")
    objections.object_to(change_id=theft.email.pk)
    objections.object_to(change_id=bait.pk)
    stolen = people.code_of(theft.key, clock.now())
    assert objections.undo_objected(change_id=bait.pk, factor=Factor.TOTP, code=stolen) is None
    assert not objections.keep(change_id=bait.pk, factor=Factor.TOTP, code=stolen)
    assert "objection" in [one.reason for one in selectors.active_freezes(hanako.user.pk)]
    assert objections.undo_objected(change_id=bait.pk, factor=Factor.TOTP, code=hanako.code()) is not None
    assert User.objects.get(pk=hanako.user.pk).email == "hanako@example.jp"


def test_five_wrong_codes_and_only_the_call_is_left(hanako: Actor, theft: Theft) -> None:
    visitor = theft.opened()
    visitor.post(visitor.page, act="object")
    for _ in range(5):
        visitor.post(visitor.page, act="undo", factor="recovery_code", code="0000000000000000")
    answer = visitor.post(visitor.page, act="undo", factor="recovery_code", code=hanako.recovery_codes[0])
    assert answer.status_code == 422
    assert answer.context["dispute"].tries_left == 0
    assert reverse("help") in answer.content.decode()
    assert User.objects.get(pk=hanako.user.pk).email == people.THIEF_EMAIL
    assert mails("hanako@example.jp").count("evidence_failed") == 1, "the others come in one digest"


def test_it_was_me_after_all_lifts_the_freeze_with_the_same_proof(hanako: Actor, theft: Theft) -> None:
    visitor = theft.opened()
    visitor.post(visitor.page, act="object")
    visitor.post(visitor.page, act="keep", factor="totp", code="000000")
    assert selectors.active_freezes(hanako.user.pk)
    visitor.post(visitor.page, act="keep", factor="totp", code=hanako.code(visitor.at))
    assert selectors.active_freezes(hanako.user.pk) == []
    assert visitor.get(visitor.page).context["dispute"].state == "kept"
    assert User.objects.get(pk=hanako.user.pk).email == people.THIEF_EMAIL


def test_a_refused_code_is_announced_at_the_form_where_it_was_typed(hanako: Actor, theft: Theft) -> None:
    reader = theft.opened()
    reader.post(reader.page, act="object")
    with refused_forms() as wrong:
        answer = reader.post(reader.page, act="undo", factor="totp", code="12")
    assert wrong
    assert not list(complaints(answer, wrong))


def test_nothing_is_undone_before_somebody_objects(hanako: Actor, theft: Theft) -> None:
    with pytest.raises(Denied):
        objections.undo_objected(change_id=theft.email.pk, factor=Factor.TOTP, code=hanako.code())


def test_the_button_works_once(hanako: Actor, theft: Theft) -> None:
    objections.object_to(change_id=theft.email.pk)
    with pytest.raises(Stale):
        objections.object_to(change_id=theft.email.pk)
    assert len(selectors.active_freezes(hanako.user.pk)) == 1


def test_after_thirty_days_the_link_only_leads_to_the_call(hanako: Actor, theft: Theft) -> None:
    visitor = theft.opened()
    visitor.wait(days=31)
    visitor.client.cookies.clear()
    visitor.fetch(f"/not-me/{theft.link()}/")
    assert visitor.get(visitor.page).context["dispute"].state == "too_old"
    assert visitor.post(visitor.page, act="object").status_code == 422
    assert selectors.active_freezes(hanako.user.pk) == []


def test_a_link_that_was_made_up_shows_nothing(hanako: Actor, theft: Theft) -> None:
    for token in ("1", f"{theft.email.pk}:abc", theft.link()[:-1] + "x"):
        visitor = Visitor()
        assert visitor.fetch(f"/not-me/{token}/").status_code == 422
        assert visitor.get("not_me").status_code == 422
        assert visitor.post("not_me", act="object").status_code == 422
    assert selectors.active_freezes(hanako.user.pk) == []


def test_only_addresses_from_before_get_the_link(hanako: Actor, theft: Theft) -> None:
    def links_to(address: str) -> list[bool]:
        rows = Delivery.objects.filter(
            message="credential_changed", address=address, created_at__gte=theft.at
        )
        return [opened(row)["link"] is not None for row in rows.order_by("pk")]

    assert links_to("hanako@example.jp") == [True, True, True]
    assert links_to(people.THIEF_EMAIL) == [False, False, False]


def test_from_the_history_the_same_page_opens(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    visitor.post("accounts:change_password", current_password=hanako.password, new_password=NEW)
    change = CredentialChange.objects.filter(user=hanako.user).latest("pk")
    page = visitor.get("accounts:history")
    assert reverse("accounts:object", args=[change.pk]) in page.content.decode()
    answer = visitor.post("accounts:object", change.pk)
    assert visitor.get(answer.url).context["dispute"].change.id == change.pk


def test_a_change_by_a_link_is_doubted_from_its_own_moment(hanako: Actor) -> None:
    people.forgets_password(hanako.email)
    credentials.choose_password_by_link(token=people.token_mailed_to(hanako.email), password=NEW)
    change = CredentialChange.objects.filter(user=hanako.user).latest("pk")
    objections.object_to(change_id=change.pk)
    assert objections.undo_objected(change_id=change.pk, factor=Factor.TOTP, code=hanako.code()) is not None
    assert Authenticator.objects.filter(user=hanako.user, kind="totp", removed_at=None).count() == 1
