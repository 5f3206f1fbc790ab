"""Suzuki, an admin, manages the staff: invites, changes roles, signs out, disables and enables again."""

from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.urls import reverse

import audit.reading
from accounts.models import PasswordLink, Session, User
from accounts.roles import Role
from accounts.staff import services as staff
from audit.reading import Entry, Filters
from common import clock
from common.errors import Denied, Stale
from notifications.models import Delivery
from tests.support import people
from tests.support.http_client import Visitor, mails, opened
from tests.support.people import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def suzuki() -> Actor:
    return joins("suzuki", "admin")


@pytest.fixture
def sato() -> Actor:
    return joins("sato", "supervisor")


def joins(name: str, role: str) -> Actor:
    long_ago = clock.now() - timedelta(weeks=3)
    return people.join(
        email=f"{name}@orikaeshi.example",
        name=name.capitalize(),
        place=people.DESK,
        at=long_ago,
        role=role,
        language="en",
        languages=("ja", "en"),
    )


@pytest.fixture
def admin(suzuki: Actor) -> Visitor:
    return Visitor(people.DESK).signs_in(suzuki)


def newest(action: str) -> Entry:
    return audit.reading.events(Filters(action=action)).entries[0]


def mails_about_access(actor: Actor) -> int:
    return mails(actor.email).count("staff_access_changed")


def told(actor: Actor) -> dict[str, Any]:
    return opened(Delivery.objects.filter(address=actor.email, message="staff_access_changed").latest("pk"))


class TestTheList:
    def test_it_shows_role_languages_and_where_they_are_signed_in(self, admin: Visitor, sato: Actor) -> None:
        people.come_in(sato.user, people.OSAKA, clock.now() - timedelta(minutes=3))
        page = admin.get("staff:people").content.decode()
        assert "Sato" in page
        assert "Supervisor" in page
        assert "Japanese, English" in page
        assert "Firefox, Mac" in page
        assert "minutes ago" in page

    def test_claimants_are_not_on_it_and_have_no_page(self, admin: Visitor) -> None:
        hanako = joins("hanako", "user")
        assert "Hanako" not in admin.get("staff:people").content.decode()
        for name in ("person", "role", "end_sessions", "disable", "enable"):
            assert admin.get(f"staff:{name}", hanako.user.pk).status_code == 404

    def test_who_works_alone_is_told_what_will_be_there(self, admin: Visitor) -> None:
        assert "No one else works here yet." in admin.get("staff:people").content.decode()


class TestInviting:
    WANTED: ClassVar[dict[str, Any]] = {
        "email": "alice@orikaeshi.example",
        "name": "Alice",
        "role": "agent",
        "languages": ["en"],
        "language": "en",
    }

    def test_they_get_a_mail_with_a_link_and_choose_a_password(self, admin: Visitor, suzuki: Actor) -> None:
        answer = admin.post("staff:invite", **self.WANTED)
        assert answer.url == reverse("staff:people")
        alice = User.objects.get(email="alice@orikaeshi.example")
        assert (alice.role, alice.languages, alice.has_usable_password()) == ("agent", ["en"], False)
        assert mails(alice.email) == ["password_link"]
        assert (newest("staff.created").actor, newest("staff.created").account) == (suzuki.user.pk, alice.pk)
        assert "Invited" in admin.get("staff:people").content.decode()
        visitor = Visitor(people.OSAKA)
        page = visitor.opens_link("accounts:password_link", people.token_mailed_to(alice.email))
        assert visitor.get(page).status_code == 200

    def test_a_second_click_makes_no_second_account(self, admin: Visitor, suzuki: Actor) -> None:
        admin.post("staff:invite", **self.WANTED)
        admin.steps_up(suzuki)
        again = admin.post("staff:invite", **self.WANTED)
        assert again.status_code == 422
        assert "This address is already used by another account." in again.content.decode()
        assert mails("alice@orikaeshi.example") == ["password_link"]

    def test_an_agent_without_a_language_would_never_be_called(self, admin: Visitor) -> None:
        answer = admin.post("staff:invite", **(self.WANTED | {"languages": []}))
        assert answer.status_code == 422
        assert "Choose at least one language" in answer.content.decode()
        assert (
            admin.post("staff:invite", **(self.WANTED | {"languages": [], "role": "admin"})).status_code
            == 302
        )

    def test_nobody_is_invited_as_an_ordinary_user(self, admin: Visitor) -> None:
        assert admin.post("staff:invite", **(self.WANTED | {"role": "user"})).status_code == 422


class TestTheRole:
    def test_more_rights_come_at_once_and_nobody_is_signed_out(
        self, admin: Visitor, suzuki: Actor, sato: Actor
    ) -> None:
        alice = joins("alice", "agent")
        hers = Visitor(people.OSAKA).signs_in(alice)
        assert hers.get("board:overview").status_code == 404
        admin.post("staff:role", alice.user.pk, role="supervisor", was="agent")
        assert hers.get("board:overview").status_code == 200
        event = newest("staff.role_changed")
        assert (event.actor, event.account) == (suzuki.user.pk, alice.user.pk)
        assert event.details == {"from_role": "agent", "to_role": "supervisor", "sessions_ended": 0}
        assert (told(alice)["what"], told(alice)["role"]) == ("role", "supervisor")

    def test_where_rights_are_lost_their_sessions_end(self, admin: Visitor, sato: Actor) -> None:
        his = Visitor(people.OSAKA).signs_in(sato)
        admin.post("staff:role", sato.user.pk, role="agent", was="supervisor")
        assert not his.is_in()
        assert not Session.objects.filter(user=sato.user, ended_at=None).exists()
        assert newest("session.ended").details["reason"] == "role"

    def test_an_old_page_changes_nothing(self, admin: Visitor, suzuki: Actor, sato: Actor) -> None:
        admin.post("staff:role", sato.user.pk, role="agent", was="supervisor")
        admin.steps_up(suzuki)
        late = admin.post("staff:role", sato.user.pk, role="admin", was="supervisor")
        assert late.url == reverse("staff:person", args=[sato.user.pk])
        assert "Their role has changed in the meantime." in admin.get(late.url).content.decode()
        assert User.objects.get(pk=sato.user.pk).role == "agent"

    def test_the_same_role_is_no_change(self, admin: Visitor, sato: Actor) -> None:
        answer = admin.post("staff:role", sato.user.pk, role="supervisor", was="supervisor")
        assert answer.status_code == 422
        assert mails_about_access(sato) == 0

    def test_staff_never_become_ordinary_users(self, admin: Visitor, sato: Actor) -> None:
        assert admin.post("staff:role", sato.user.pk, role="user", was="supervisor").status_code == 422


class TestAccess:
    def test_who_is_disabled_is_out_at_once_and_cannot_come_back(
        self, admin: Visitor, suzuki: Actor, sato: Actor
    ) -> None:
        his = Visitor(people.OSAKA).signs_in(sato)
        admin.post("staff:disable", sato.user.pk)
        assert not his.is_in()
        assert Visitor(people.OSAKA).gives_password(sato).status_code != 302
        event = newest("staff.disabled")
        assert (event.actor, event.account) == (suzuki.user.pk, sato.user.pk)
        assert (event.details["from_access"], event.details["to_access"]) == ("enabled", "disabled")
        assert told(sato)["what"] == "disabled"
        assert "Disabled" in admin.get("staff:people").content.decode()

    def test_links_mailed_before_stay_dead_when_the_account_is_enabled_again(
        self, admin: Visitor, suzuki: Actor, sato: Actor
    ) -> None:
        people.forgets_password(sato.email)
        admin.post("staff:disable", sato.user.pk)
        admin.steps_up(suzuki)
        admin.post("staff:enable", sato.user.pk)
        assert not PasswordLink.objects.filter(user=sato.user, void_at=None, used_at=None).exists()
        assert told(sato)["what"] == "enabled"
        assert Visitor(people.OSAKA).signs_in(sato).is_in()

    def test_a_second_click_says_so_and_sends_no_second_mail(
        self, admin: Visitor, suzuki: Actor, sato: Actor
    ) -> None:
        for act, words in (("disable", "is already disabled"), ("enable", "isn’t disabled")):
            admin.steps_up(suzuki).post(f"staff:{act}", sato.user.pk)
            again = admin.steps_up(suzuki).post(f"staff:{act}", sato.user.pk)
            assert words in admin.get(again.url).content.decode()
        assert mails_about_access(sato) == 2

    def test_signing_them_out_leaves_the_account_as_it_is(self, admin: Visitor, sato: Actor) -> None:
        his = Visitor(people.OSAKA).signs_in(sato)
        admin.post("staff:end_sessions", sato.user.pk)
        assert not his.is_in()
        assert newest("staff.sessions_ended").details["sessions_ended"] >= 1
        assert told(sato)["what"] == "sessions"
        assert Visitor(people.OSAKA, his.at).signs_in(sato).is_in()

    def test_one_session_ends_and_the_others_go_on(self, admin: Visitor, sato: Actor) -> None:
        stolen, his = Visitor(people.ABROAD).signs_in(sato), Visitor(people.OSAKA)
        his.at = stolen.at
        his.signs_in(sato)
        listed = admin.get("staff:person", sato.user.pk).content.decode()
        address = reverse("staff:end_session", args=[sato.user.pk, stolen.row.pk])
        assert address in listed
        assert "Sign" in admin.get(address).content.decode()
        assert stolen.is_in()
        admin.post(address)
        assert not stolen.is_in()
        assert his.is_in()
        assert newest("staff.sessions_ended").details["sessions_ended"] == 1
        assert told(sato)["what"] == "session"

    def test_a_session_that_has_ended_is_said_to_have(
        self, admin: Visitor, suzuki: Actor, sato: Actor
    ) -> None:
        stolen = Visitor(people.ABROAD).signs_in(sato)
        address = reverse("staff:end_session", args=[sato.user.pk, stolen.row.pk])
        admin.post(address)
        for again in (admin.post, admin.get):
            admin.steps_up(suzuki)
            assert "This session has already ended." in admin.get(again(address).url).content.decode()
        assert mails_about_access(sato) == 1

    def test_nor_does_it_end_one_of_somebody_else(
        self, admin: Visitor, suzuki: Actor, sato: Actor, hanako: Actor
    ) -> None:
        hers = Visitor().signs_in(hanako)
        admin.post("staff:end_session", sato.user.pk, hers.row.pk)
        assert hers.is_in()
        admin.steps_up(suzuki)
        assert admin.post("staff:end_session", hanako.user.pk, hers.row.pk).status_code == 404
        assert hers.is_in()

    def test_signing_out_nobody_is_no_event_and_no_mail(self, admin: Visitor, sato: Actor) -> None:
        admin.post("staff:end_sessions", sato.user.pk)
        admin.post("staff:end_sessions", sato.user.pk)
        assert mails_about_access(sato) == 1


class TestWho:
    @pytest.mark.parametrize("act", ["role", "end_sessions", "disable", "enable"])
    def test_nobody_manages_themselves(self, admin: Visitor, suzuki: Actor, act: str) -> None:
        for answer in (
            admin.get(f"staff:{act}", suzuki.user.pk),
            admin.post(f"staff:{act}", suzuki.user.pk, role="agent", was="admin"),
        ):
            assert answer.url == reverse("staff:person", args=[suzuki.user.pk])
        page = admin.get("staff:person", suzuki.user.pk).content.decode()
        assert "You can’t change your own access." in page
        assert reverse("staff:disable", args=[suzuki.user.pk]) not in page
        assert (User.objects.get(pk=suzuki.user.pk).role, admin.is_in()) == ("admin", True)

    @pytest.mark.parametrize("act", ["role", "end_sessions", "disable", "enable"])
    def test_a_fresh_second_factor_is_asked_for_first(self, admin: Visitor, sato: Actor, act: str) -> None:
        admin.wait(minutes=6)
        answer = admin.post(f"staff:{act}", sato.user.pk, role="agent", was="supervisor")
        assert answer.url.startswith(reverse("accounts:verify"))
        assert User.objects.get(pk=sato.user.pk).role == "supervisor"
        assert mails_about_access(sato) == 0

    def test_an_admin_who_was_disabled_a_moment_ago_disables_nobody(self, suzuki: Actor, sato: Actor) -> None:
        other = joins("ito", "admin")
        staff.disable(actor_id=other.user.pk, person_id=suzuki.user.pk)
        with pytest.raises(Denied):
            staff.disable(actor_id=suzuki.user.pk, person_id=other.user.pk)
        with pytest.raises(Denied):
            staff.change_role(
                actor_id=suzuki.user.pk, person_id=sato.user.pk, role=Role.AGENT, was="supervisor"
            )
        assert User.objects.get(pk=other.user.pk).is_active

    def test_a_claimants_account_is_not_managed(self, suzuki: Actor) -> None:
        hanako = joins("hanako", "user")
        with pytest.raises(Stale):
            staff.disable(actor_id=suzuki.user.pk, person_id=hanako.user.pk)
