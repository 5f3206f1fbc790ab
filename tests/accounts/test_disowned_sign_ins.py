"""*This was not me*, about a sign-in: every address hears of it, and the link of its notice only protects."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse

from accounts import links, selectors
from accounts.credentials import password_links
from accounts.credentials import services as credentials
from accounts.disputes import disowned_sessions
from accounts.doubt.selectors import life_of
from accounts.models import CredentialChange, DisownedSession, Freeze, PasswordLink, Session, User
from common import clock
from common.errors import Stale
from notifications.digests import services as digests
from notifications.models import Delivery
from tests.support import people
from tests.support.http_client import Visitor, mails, opened
from tests.support.people import Actor

pytestmark = pytest.mark.django_db

OLD = "hanako@example.jp"
NEW = "hanako@new.example"
PASSWORD = "tall-river-quilt-97"


def moved(hanako: Actor, days: int = 10) -> Actor:
    """She changed her address some days ago, at home: the old one is told of everything for 30 days."""
    her = Visitor(at=clock.now() - timedelta(days=days)).signs_in(hanako)
    her.post("accounts:change_email", email=NEW)
    her.post(her.opens_link("accounts:email_link", people.token_mailed_to(NEW)))
    hanako.user.refresh_from_db()
    hanako.email = NEW
    Delivery.objects.all().delete()
    return hanako


def links_in(message: str) -> dict[str, str | None]:
    """By address: the link of the newest mail of this kind."""
    return {
        mail.address: (opened(mail)["link"] or {}).get("$link")
        for mail in Delivery.objects.filter(message=message).order_by("pk")
    }


class Reader(Visitor):
    """Somebody who reads a mailbox and opens the link of a notice there, in a browser of their own."""

    def __init__(self, link: str | None) -> None:
        super().__init__(place=people.OSAKA)
        assert link
        answer = self.fetch(link)
        assert answer.status_code == 302, answer.content.decode()
        self.page = str(answer.url)

    def acts(self, act: str, **data: Any) -> Any:
        return self.post(self.page, act=act, **data)

    @property
    def status(self) -> disowned_sessions.SignInStatus:
        found = self.get(self.page).context["sign_in"]
        assert isinstance(found, disowned_sessions.SignInStatus)
        return found


def comes_in(actor: Actor) -> Visitor:
    """A stranger who has the password and one code of the app."""
    return Visitor(place=people.ABROAD).signs_in(actor)


def test_every_address_of_the_last_30_days_hears_of_a_sign_in_from_a_new_place(hanako: Actor) -> None:
    comes_in(moved(hanako))
    found = links_in("new_sign_in")
    assert set(found) == {OLD, NEW}
    assert all(found.values())


def test_an_address_of_31_days_ago_hears_nothing(hanako: Actor) -> None:
    comes_in(moved(hanako, days=31))
    assert set(links_in("new_sign_in")) == {NEW}


def test_the_address_that_a_thief_has_set_up_gets_no_link(hanako: Actor) -> None:
    people.take_over(hanako.user, clock.now() - timedelta(minutes=30))
    Delivery.objects.all().delete()
    hanako.user.refresh_from_db()
    people.come_in(hanako.user, people.OSAKA, clock.now())
    found = links_in("new_sign_in")
    assert found[people.THIEF_EMAIL] is None
    assert found[OLD]


def test_every_address_hears_of_a_wrong_code_after_the_right_password(hanako: Actor) -> None:
    thief = Visitor(place=people.ABROAD)
    thief.gives_password(moved(hanako))
    thief.post("accounts:verify", code="000000")
    assert set(links_in("failed_verification")) == {OLD, NEW}
    mail = Delivery.objects.filter(message="failed_verification").latest("pk")
    assert (opened(mail)["place"], opened(mail)["browser"]) == ({"$place": "NL"}, "Firefox, Linux")
    assert opened(mail)["signed_in"] is False


def test_wrong_passwords_cause_no_mail(hanako: Actor) -> None:
    for _ in range(9):
        Visitor(place=people.ABROAD).gives_password(hanako, "wrong-password-9")
    assert not Delivery.objects.filter(message__in=["failed_verification", "digest"]).exists()


def test_opening_the_link_shows_and_does_nothing(hanako: Actor) -> None:
    thief = comes_in(hanako)
    reader = Reader(links_in("new_sign_in")[OLD])
    assert reader.status.state == "open"
    assert thief.is_in()
    assert not Freeze.objects.exists()


def test_the_button_ends_the_session_and_freezes_for_72_hours(hanako: Actor, told: Any) -> None:
    home = Visitor(at=clock.now() - timedelta(minutes=5)).signs_in(hanako)
    thief = comes_in(hanako)
    reader = Reader(links_in("new_sign_in")[OLD])
    assert reader.acts("disown").status_code == 302
    assert not thief.is_in()
    assert home.wait(seconds=1).is_in(), "nobody else is signed out"
    (freeze,) = selectors.active_freezes(hanako.user.pk)
    assert freeze.reason == "disowned"
    assert freeze.until - freeze.placed_at == timedelta(hours=72)
    assert told("session.disowned") == ["session.disowned"]
    assert reader.status.state == "disowned"
    assert "account_frozen" in mails(OLD)


def test_while_it_lasts_nobody_changes_sign_in_details_with_the_password_and_a_code(hanako: Actor) -> None:
    comes_in(hanako)
    Reader(links_in("new_sign_in")[OLD]).acts("disown")
    again = Visitor(place=people.ABROAD, at=clock.now() + timedelta(minutes=2)).signs_in(hanako)
    answer = again.post("accounts:change_email", email="thief@mail.example")
    assert answer.status_code == 422
    assert "someone reported a sign-in" in answer.content.decode()


def test_the_link_to_a_new_password_goes_to_the_address_to_sign_in_with_alone(hanako: Actor) -> None:
    comes_in(moved(hanako))
    Reader(links_in("new_sign_in")[OLD]).acts("disown")
    assert set(links_in("password_link")) == {NEW}
    page = Reader(links_in("password_link")[NEW])
    answer = page.post(page.page, new_password=PASSWORD)
    assert answer.status_code == 302, "it works although the sign-in details are frozen"
    assert User.objects.get(pk=hanako.user.pk).check_password(PASSWORD)
    assert selectors.active_freezes(hanako.user.pk), "nothing else can be changed yet"


def test_who_has_only_the_old_mailbox_gets_no_further_than_to_protect(hanako: Actor) -> None:
    """A former partner reads the old mailbox and has nothing else."""
    comes_in(moved(hanako))
    partner = Reader(links_in("new_sign_in")[OLD])
    partner.acts("disown")
    before = User.objects.get(pk=hanako.user.pk).password
    page = partner.get(partner.page).content.decode()
    assert NEW not in page
    assert "h••••o@new.example" not in page
    for act in ("password", "confirm", "changes", "undo", "keep", ""):
        answer = partner.acts(act, factor="totp", code="000000")
        assert reverse("accounts:choose_password") not in answer.headers.get("Location", "")
    assert User.objects.get(pk=hanako.user.pk).password == before
    assert not partner.is_in()
    assert not PasswordLink.objects.exclude(user=hanako.user).exists()


def test_five_wrong_codes_and_only_the_call_is_left(hanako: Actor) -> None:
    comes_in(hanako)
    reader = Reader(links_in("new_sign_in")[OLD])
    reader.acts("disown")
    for _ in range(5):
        assert reader.acts("password", factor="recovery_code", code="0" * 16).status_code == 422
    assert reader.acts("password", factor="recovery_code", code=hanako.recovery_codes[0]).status_code == 422
    assert reader.status.tries_left == 0
    assert mails(OLD).count("evidence_failed") == 1


def test_something_older_chooses_a_new_password_at_once(hanako: Actor) -> None:
    comes_in(hanako)
    reader = Reader(links_in("new_sign_in")[OLD])
    reader.acts("disown")
    answer = reader.acts("password", factor="recovery_code", code=hanako.recovery_codes[0])
    page = reader.writes_down(answer)
    assert page.startswith(reverse("accounts:choose_password"))
    assert reader.post(page, new_password=PASSWORD).status_code == 302
    assert User.objects.get(pk=hanako.user.pk).check_password(PASSWORD)


def test_it_was_me_after_all_lifts_the_freeze_with_the_same_proof(hanako: Actor, told: Any) -> None:
    comes_in(hanako)
    reader = Reader(links_in("new_sign_in")[OLD])
    reader.acts("disown")
    reader.acts("confirm", factor="recovery_code", code=hanako.recovery_codes[0])
    assert reader.status.state == "confirmed"
    assert selectors.active_freezes(hanako.user.pk) == []
    assert told("session.confirmed") == ["session.confirmed"]
    reader.acts("disown")
    assert selectors.active_freezes(hanako.user.pk) == [], "what was answered is answered"


def test_an_app_that_the_session_has_bound_proves_nothing(hanako: Actor) -> None:
    thief = comes_in(hanako)
    thief.steps_up(hanako)
    page, key = thief.opens_enrolling("accounts:totp_add")
    thief.post(page, code=people.code_of(key, thief.at), name="Phone 2")
    assert CredentialChange.objects.filter(kind="totp_added").exists()
    reader = Reader(links_in("new_sign_in")[OLD])
    reader.acts("disown")
    answer = reader.acts("password", factor="totp", code=people.code_of(key, reader.at))
    assert answer.status_code == 422
    assert Freeze.objects.get().reason == "objection"


def test_an_app_that_is_younger_than_the_sign_in_proves_nothing(hanako: Actor) -> None:
    """The link works for 30 days: what has come since may be a stranger's by another way."""
    session = people.come_in(hanako.user, people.ABROAD, clock.now() - timedelta(days=10))
    her = Visitor(at=clock.now() - timedelta(days=5)).signs_in(hanako)
    her.steps_up(hanako)
    page, key = her.opens_enrolling("accounts:totp_add")
    her.post(page, code=people.code_of(key, her.at), name="Phone 2")
    reader = Reader(links.not_me_session(session))
    reader.acts("disown")
    answer = reader.acts("password", factor="totp", code=people.code_of(key, reader.at))
    assert answer.status_code == 422
    assert reader.acts("confirm", factor="totp", code=hanako.code(reader.at)).status_code == 302


def test_what_the_session_changed_is_objected_to_and_undone_where_each_change_is(hanako: Actor) -> None:
    at = clock.now() - timedelta(minutes=14)
    people.take_over(hanako.user, at)
    reader = Reader(links_in("new_sign_in")[OLD])
    assert len(reader.status.changed) == 3
    reader.acts("disown")
    session = Session.objects.get(pk=reader.status.session.id)
    states = CredentialChange.objects.filter(session=session.pk).values_list("state", flat=True)
    assert set(states) == {"objected"}
    assert Freeze.objects.get().reason == "objection"
    assert "password_link" not in mails(), "the address to sign in with is the thief's"
    answer = reader.acts("changes")
    assert answer.url.startswith(reverse("not_me"))
    undone = reader.post(answer.url, act="undo", factor="totp", code=hanako.code(reader.at))
    assert undone.url.startswith(reverse("accounts:choose_password"))
    assert User.objects.get(pk=hanako.user.pk).email == OLD


def test_where_each_change_was_objected_to_no_second_freeze_is_placed(hanako: Actor) -> None:
    people.take_over(hanako.user, clock.now() - timedelta(minutes=14))
    for change in CredentialChange.objects.filter(user=hanako.user).order_by("-pk")[:3]:
        page = Visitor(place=people.OSAKA)
        page.post(page.opens_link("not_me_link", links.not_me_token(change.pk)), act="object")
    freezes, told = Freeze.objects.count(), mails(OLD).count("account_frozen")
    Reader(links_in("new_sign_in")[OLD]).acts("disown")
    assert (Freeze.objects.count(), mails(OLD).count("account_frozen")) == (freezes, told)


def test_a_wrong_code_has_nothing_to_freeze_and_leads_to_a_new_password(hanako: Actor) -> None:
    thief = Visitor(place=people.ABROAD)
    thief.gives_password(hanako)
    thief.post("accounts:verify", code="000000")
    reader = Reader(links_in("failed_verification")[OLD])
    assert reader.status.got_in is False
    reader.acts("disown")
    assert selectors.active_freezes(hanako.user.pk) == []
    assert set(links_in("password_link")) == {OLD}
    assert thief.wait(seconds=60).gives_code(hanako).url.startswith(reverse("accounts:sign_in")), (
        "it has ended"
    )
    assert "Nobody got in" in reader.get(reader.page).content.decode()


def test_a_step_up_that_fails_is_told_as_such(hanako: Actor) -> None:
    her = Visitor().signs_in(hanako)
    her.post("accounts:verify", code="000000")
    mail = Delivery.objects.filter(message="failed_verification").latest("pk")
    assert opened(mail)["signed_in"] is True


def test_who_comes_back_after_being_disowned_is_told_of_again(hanako: Actor) -> None:
    comes_in(hanako)
    Reader(links_in("new_sign_in")[OLD]).acts("disown")
    told = mails(OLD).count("new_sign_in")
    Visitor(place=people.ABROAD, at=clock.now() + timedelta(minutes=2)).signs_in(hanako)
    assert mails(OLD).count("new_sign_in") == told + 1


def test_what_was_disowned_never_becomes_usual(hanako: Actor) -> None:
    comes_in(hanako)
    Reader(links_in("new_sign_in")[OLD]).acts("disown")
    session = DisownedSession.objects.get().session_id
    assert [one.id for one in life_of(hanako.user.pk).sessions if one.disowned] == [str(session)]


def test_the_link_is_good_for_30_days(hanako: Actor) -> None:
    session = people.come_in(hanako.user, people.ABROAD, clock.now() - timedelta(days=31))
    reader = Reader(links.not_me_session(session))
    assert reader.status.state == "too_old"
    assert reader.acts("disown").status_code == 422
    assert not DisownedSession.objects.exists()


def test_two_clicks_do_it_once(hanako: Actor) -> None:
    comes_in(hanako)
    reader = Reader(links_in("new_sign_in")[OLD])
    reader.acts("disown")
    assert reader.acts("disown").status_code == 422
    with pytest.raises(Stale):
        disowned_sessions.disown(session_id=reader.status.session.id)
    assert Freeze.objects.count() == 1


@pytest.mark.parametrize("token", ["wrong", "x:y", "9d0c5bb5c1c54a2f9f0a1f3a1b2c3d4e:forged"])
def test_a_forged_link_opens_nothing(token: str) -> None:
    assert Visitor().get("not_me_session_link", token).status_code == 422


def test_a_link_about_a_change_does_not_open_a_sign_in(hanako: Actor) -> None:
    session = people.come_in(hanako.user, people.ABROAD, clock.now())
    assert Visitor().get("not_me_link", links.not_me_session_token(session)).status_code == 422
    assert Visitor().get("not_me_session_link", links.not_me_token(1)).status_code == 422


def test_her_history_tells_it_as_somebody_elses(hanako: Actor) -> None:
    comes_in(hanako)
    Reader(links_in("new_sign_in")[OLD]).acts("disown")
    her = Visitor(at=clock.now() + timedelta(minutes=5)).signs_in(hanako)
    page = her.get("accounts:history").content.decode()
    assert "Someone signed in to your account with" in page
    assert "A sign-in was reported as “This was not me”" in page


def test_the_owner_finds_it_from_her_account_too(hanako: Actor) -> None:
    comes_in(hanako)
    Reader(links_in("new_sign_in")[OLD]).acts("disown")
    her = Visitor(at=clock.now() + timedelta(minutes=5)).signs_in(hanako)
    assert "Review the sign-in" in her.get("accounts:methods").content.decode()
    page = her.post("accounts:review_sign_in").url
    her.post(page, act="confirm", factor="recovery_code", code=hanako.recovery_codes[0])
    assert "Review the sign-in" not in her.get("accounts:methods").content.decode()


def test_a_forgotten_password_is_told_to_the_other_addresses_with_place_and_browser(hanako: Actor) -> None:
    moved(hanako)
    thief = Visitor(place=people.ABROAD)
    thief.post("accounts:forgot", email=NEW)
    password_links.answer_waiting()
    assert mails(NEW) == ["password_link"]
    assert mails(OLD) == ["password_link_asked"]
    for message in ("password_link", "password_link_asked"):
        values = opened(Delivery.objects.get(message=message))
        assert (values["place"], values["browser"]) == ({"$place": "NL"}, "Firefox, Linux")
    assert "link" not in opened(Delivery.objects.get(message="password_link_asked"))


def test_an_asked_for_address_is_told_to_all_and_stopped_by_the_owners_alone(hanako: Actor) -> None:
    people.take_over(hanako.user, clock.now() - timedelta(minutes=30))
    Delivery.objects.all().delete()
    hanako.user.refresh_from_db()
    session = Session.objects.filter(user=hanako.user, ended_at=None).latest("started_at")
    with people.visiting(people.ABROAD, clock.now(), actor=hanako.user.pk, session=session.pk):
        credentials.request_email_change(user=hanako.user, address="third@mail.example", session=session.pk)
    found = links_in("email_change_asked")
    assert found[OLD]
    assert found[people.THIEF_EMAIL] is None


def wrong_codes(actor: Actor, count: int) -> None:
    """What a stranger with the password can do: sessions one after the other, from network after network."""
    for number in range(count):
        thief = Visitor(place=people.ABROAD)
        thief.meta["REMOTE_ADDR"] = f"145.{number % 250}.{number // 250 + 1}.7"
        thief.gives_password(actor)
        thief.post("accounts:verify", code="000000")


def test_mail_bombing_does_not_hide_the_change_that_matters(hanako: Actor) -> None:
    """200 wrong codes and 50 requests for a password: a handful of mails, and the change alone at once."""
    moved(hanako)
    began = clock.now()
    wrong_codes(hanako, 200)
    for number in range(50):
        asker = Visitor(place=people.ABROAD)
        asker.meta["REMOTE_ADDR"] = f"145.7.{number}.9"
        asker.post("accounts:forgot", email=NEW)
    password_links.answer_waiting()
    people.take_over(hanako.user, clock.now())
    with clock.pretend(clock.now() + timedelta(hours=1, minutes=5)):
        digests.send_due()

    read = mails(OLD)
    assert read.count("failed_verification") == 1
    assert read.count("password_link_asked") == 1
    assert read.count("digest") == 1
    assert read.count("credential_changed") == 3
    assert read.index("credential_changed") < read.index("digest")
    assert len(read) <= 12
    first = Delivery.objects.filter(address=OLD, message="credential_changed").earliest("pk")
    assert first.due_at - began < timedelta(minutes=10)
    assert mails(NEW).count("password_link") <= 5


def test_the_session_of_another_is_not_named_by_a_guess(hanako: Actor) -> None:
    assert links.read_not_me_session("x") is None
    assert disowned_sessions.status_of(UUID(int=1)) is None
