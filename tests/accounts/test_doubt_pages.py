"""The owner's side of a doubt: what a stranger's request does to her, and how she settles it herself."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from accounts import links, selectors
from accounts.authenticators import selectors as authenticators
from accounts.doubt.selectors import doubt_about
from accounts.freezes import services as freeze
from accounts.models import Authenticator, CredentialChange, Freeze, Session, User
from common import clock
from devtools.personas import IPHONE, LINUX, MAC, Browser
from recovery.models import Case
from recovery.takeover import protect
from tests.permissions.test_refused_forms import complaints, refused_forms
from tests.support import people
from tests.support.http_client import Visitor, mails
from tests.support.people import Actor

pytestmark = pytest.mark.django_db

PHONE_AT_HOME = Browser(IPHONE, people.HOME.address)
JOURNEY = Browser(MAC, "145.100.33.8")
PAGE = "accounts:doubt"
NEW = "tall-river-quilt-97"


class Stranger(Visitor):
    """Knows her e-mail address, and nothing else."""

    def __init__(self, number: int = 7, at: datetime | None = None) -> None:
        super().__init__(place=Browser(LINUX, f"91.198.{number}.9"), at=at)
        self.number = number

    def asks(self, email: str = "hanako@example.jp") -> None:
        """For a call, and the portal protects whom it is about."""
        self.post(
            "help_check",
            "taken_over",
            when="now",
            email=email,
            number=f"090-1234-{5600 + self.number}",
            language="ja",
        )
        with clock.pretend(self.at):
            protect.protect_waiting()

    def cancels(self) -> None:
        answer = self.post("status_cancel")
        assert answer.status_code == 302, answer.content.decode()


def ago(**length: float) -> datetime:
    return clock.now() - timedelta(**length)


def app_of(actor: Actor) -> Authenticator:
    return Authenticator.objects.filter(user=actor.user, kind="totp", removed_at=None).latest("pk")


def replaces_app(visitor: Visitor, actor: Actor) -> Actor:
    """Re-binds the app on the pages, in place of the one that she has. Returns her with the new one."""
    address, key = visitor.opens_enrolling("accounts:totp_replace", app_of(actor).pk)
    answer = visitor.post(address, code=people.code_of(key, visitor.at), name="New phone")
    assert answer.status_code == 302, answer.content.decode()
    visitor.wait(seconds=60)
    return replace(actor, key=key)


def adds_app(visitor: Visitor) -> str:
    address, key = visitor.opens_enrolling("accounts:totp_add")
    answer = visitor.post(address, code=people.code_of(key, visitor.at), name="Another")
    assert answer.status_code == 302, answer.content.decode()
    visitor.wait(seconds=60)
    return key


def changes_email(visitor: Visitor, address: str) -> None:
    assert visitor.post("accounts:change_email", email=address).status_code == 302
    page = visitor.opens_link("accounts:email_link", people.token_mailed_to(address))
    assert visitor.post(page).status_code == 200


def answers(visitor: Visitor, act: str, code: str, **more: Any) -> Any:
    groups = [group.id for group in visitor.get(PAGE).context["question"].groups]
    return visitor.post(PAGE, **{"groups": groups, "act": act, "code": code, **more})


def freezes(actor: Actor) -> list[str]:
    return [one.reason for one in selectors.active_freezes(actor.user.pk)]


@pytest.fixture
def at_home(hanako: Actor) -> Visitor:
    """Her laptop, in which she has signed in for weeks; her notices came long ago."""
    visitor = Visitor(place=people.HOME, at=ago(days=20)).signs_in(hanako)
    visitor.at = clock.now()
    return visitor


@pytest.fixture
def abroad(hanako: Actor, at_home: Visitor) -> tuple[Visitor, Actor]:
    """On a journey, in a new browser, she has re-bound her app four hours ago."""
    visitor = Visitor(place=JOURNEY, at=ago(hours=4)).signs_in(hanako)
    hers = replaces_app(visitor, hanako)
    visitor.at = clock.now()
    return visitor, hers


def asked_and_kept_out(visitor: Visitor, hers: Actor, stranger: Stranger | None = None) -> Any:
    """A stranger asks for a call; she is signed out, and her new app is refused."""
    (stranger or Stranger()).asks()
    visitor.wait(minutes=5)
    assert not visitor.is_in()
    assert visitor.gives_password(hers).status_code == 302
    return visitor.post("accounts:verify", code=hers.code(visitor.at), next="/account/methods/")


# A healthy owner whom strangers ask about


def test_a_new_phone_at_home_is_left_alone_however_often_a_stranger_asks(
    hanako: Actor, at_home: Visitor
) -> None:
    phone = Visitor(place=PHONE_AT_HOME, at=ago(hours=2)).signs_in(hanako)
    hers = replaces_app(phone, hanako)
    mailed = mails(hanako.email)
    for turn in range(4):
        phone.at = ago(minutes=100 - 20 * turn)
        for number in range(3):
            Stranger(10 * turn + number, at=phone.at).asks()
        assert phone.wait(seconds=5).is_in()
    assert Case.objects.filter(account=hanako.user).exclude(protected_at=None).count() == 12
    assert not Freeze.objects.exists()
    assert mails(hanako.email) == mailed
    again = Visitor(place=PHONE_AT_HOME).signs_in(hers)
    assert again.is_in()


def test_her_check_up_asks_quietly_to_confirm_what_is_weakly_doubted(hanako: Actor, at_home: Visitor) -> None:
    phone = Visitor(place=PHONE_AT_HOME, at=ago(hours=5)).signs_in(hanako)
    hers = replaces_app(phone, hanako)
    page = phone.get("accounts:check_up")
    assert page.context["todo"][0].link == reverse(PAGE)
    assert not page.context["doubt"].is_strong
    phone.wait(minutes=2)
    assert answers(phone, "confirm", hers.code(phone.at)).status_code == 422
    confirmed = answers(phone, "confirm", hanako.recovery_codes[0])
    assert phone.writes_down(confirmed) == reverse("accounts:check_up")
    assert not phone.get("accounts:check_up").context["doubt"].groups


def test_an_owner_restored_three_days_ago_is_left_alone_by_hourly_requests(
    hanako: Actor, at_home: Visitor
) -> None:
    with clock.pretend(ago(days=4)):
        people.take_over(hanako.user, clock.now())
        change = CredentialChange.objects.filter(user=hanako.user, kind="email").latest("pk")
    reader = Visitor(place=people.HOME, at=ago(days=3, hours=3))
    reader.client = at_home.client
    page = reader.opens_link("not_me_link", links.not_me_token(change.pk))
    reader.post(page, act="object")
    chosen = reader.post(page, act="undo", factor="totp", code=hanako.code(reader.at))
    assert reader.post(chosen.url, new_password=NEW).status_code == 302
    restored = replace(hanako, password=NEW)
    reader.wait(minutes=2).signs_in(restored)
    reader.at = ago(hours=2)
    reader.signs_in(restored)
    mailed = mails(hanako.email)
    placed = Freeze.objects.count()
    for turn in range(5):
        reader.at = ago(minutes=100 - 20 * turn)
        Stranger(turn, at=reader.at).asks()
        assert reader.wait(seconds=5).is_in()
    assert Freeze.objects.count() == placed
    assert freezes(hanako) == []
    assert mails(hanako.email) == mailed


def test_a_member_of_staff_with_a_new_laptop_keeps_the_desk(db: None) -> None:
    sato = people.join(
        email="sato@orikaeshi.example", name="Sato", place=people.DESK, at=ago(days=60), role="agent",
        languages=("ja",),
    )  # fmt: skip
    Visitor(place=people.DESK, at=ago(days=20)).signs_in(sato)
    laptop = Visitor(place=JOURNEY, at=ago(minutes=20)).signs_in(sato)
    assert laptop.post("accounts:recovery_codes").status_code == 200
    laptop.at = clock.now()
    assert doubt_about(sato.user.pk).is_strong
    mailed = mails(sato.email)
    Stranger().asks(sato.email)
    assert laptop.get("console:desk").status_code == 200
    assert not Freeze.objects.exists()
    assert mails(sato.email) == mailed


# Kept out, and how she gets in


@pytest.mark.parametrize("older", ["recovery code", "older app"])
def test_who_is_kept_out_settles_it_with_something_older_once_and_for_all(
    older: str, hanako: Actor, abroad: tuple[Visitor, Actor]
) -> None:
    visitor, hers = abroad
    refused = asked_and_kept_out(visitor, hers)
    assert refused.status_code == 422
    lead = f"{reverse(PAGE)}?next=/account/methods/"
    assert lead in refused.content.decode()
    page = visitor.fetch(lead)
    (group,) = page.context["question"].groups
    assert [one.change.kind for one in group.changes] == ["totp_replaced"]
    assert "From a country where this account has never been used" in page.content.decode()

    visitor.wait(minutes=1)
    code = hanako.recovery_codes[0] if older == "recovery code" else hanako.code(visitor.at)
    answer = answers(visitor, "confirm", code, next="/account/methods/")
    then = visitor.writes_down(answer) if older == "recovery code" else answer.url
    assert then == f"{reverse('accounts:verify')}?next=%2Faccount%2Fmethods%2F"
    assert freezes(hanako) == []
    visitor.wait(minutes=1)
    assert visitor.gives_code(hers).status_code == 302
    assert visitor.is_in()

    mailed, placed = mails(hanako.email), Freeze.objects.count()
    for number in range(20, 24):
        Stranger(number, at=visitor.at).asks()
    assert visitor.wait(minutes=1).is_in()
    assert (Freeze.objects.count(), mails(hanako.email)) == (placed, mailed)
    assert doubt_about(hanako.user.pk).changes == ()


def test_who_is_kept_out_may_undo_and_then_chooses_a_password(
    hanako: Actor, abroad: tuple[Visitor, Actor]
) -> None:
    visitor, hers = abroad
    asked_and_kept_out(visitor, hers)
    answer = answers(visitor, "undo", hanako.recovery_codes[0])
    then = visitor.writes_down(answer)
    assert then.startswith(reverse("accounts:choose_password"))
    assert visitor.post(then, new_password=NEW).status_code == 302
    owner = replace(hanako, password=NEW)
    visitor.wait(minutes=2).gives_password(owner)
    assert visitor.post("accounts:verify", code=hers.code(visitor.at)).status_code == 422
    visitor.wait(minutes=1)
    assert visitor.gives_code(owner).status_code == 302


def test_the_app_that_is_doubted_settles_nothing(hanako: Actor, abroad: tuple[Visitor, Actor]) -> None:
    visitor, hers = abroad
    asked_and_kept_out(visitor, hers)
    for act in ("confirm", "undo"):
        visitor.wait(minutes=1)
        assert answers(visitor, act, hers.code(visitor.at)).status_code == 422
    assert freezes(hanako) == ["call"]


def test_a_wrong_code_is_told_keeps_the_page_and_at_last_has_to_wait(
    hanako: Actor, abroad: tuple[Visitor, Actor]
) -> None:
    visitor, hers = abroad
    asked_and_kept_out(visitor, hers)
    told = mails(hanako.email).count("evidence_failed")
    answer = answers(visitor, "confirm", "0000-0000-0000-0000", next="/account/methods/")
    assert answer.status_code == 422
    assert 'value="0000-0000-0000-0000"' in answer.content.decode()
    assert 'value="/account/methods/"' in answer.content.decode()
    assert mails(hanako.email).count("evidence_failed") == told + 1
    for _ in range(4):
        answers(visitor, "confirm", "0000000000000000")
    answer = answers(visitor, "confirm", hanako.recovery_codes[0])
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    # Her own browser counts apart, and the notice's few tries are not used up.
    assert CredentialChange.objects.get(kind="totp_replaced").evidence_failures == 0
    laptop = Visitor(place=people.HOME)
    laptop.gives_password(hanako)
    laptop.post("accounts:verify", code=hers.code(laptop.at))
    assert answers(laptop, "confirm", hanako.recovery_codes[0]).status_code == 302


def test_the_password_alone_does_not_show_the_page(hanako: Actor, abroad: tuple[Visitor, Actor]) -> None:
    thief = Visitor(place=people.ABROAD)
    thief.gives_password(hanako)
    for answer in (thief.get(PAGE), thief.post(PAGE, act="confirm", code=hanako.recovery_codes[0])):
        assert answer.url.startswith(reverse("accounts:verify"))
    assert CredentialChange.objects.get(kind="totp_replaced").state == "applied"
    assert Visitor().get(PAGE).url.startswith(reverse("accounts:sign_in"))


def test_with_nothing_older_left_the_page_leads_to_a_call(
    hanako: Actor, abroad: tuple[Visitor, Actor]
) -> None:
    visitor, hers = abroad
    asked_and_kept_out(visitor, hers)
    Authenticator.objects.filter(user=hanako.user).exclude(pk=app_of(hers).pk).update(
        removed_at=ago(days=31), device=None
    )
    page = visitor.get(PAGE)
    assert page.context["question"].factors == ()
    assert reverse("help") in page.content.decode()
    assert 'name="act"' not in page.content.decode()
    told = mails(hanako.email)
    assert answers(visitor, "confirm", "0000000000000000").status_code == 422
    assert mails(hanako.email) == told


@pytest.mark.parametrize("placed_by", ["call", "objection"])
@pytest.mark.parametrize(
    "refusing",
    ["accounts:change_password", "accounts:change_email", "accounts:recovery_codes", "accounts:totp_add"],
)
def test_a_page_that_refuses_a_change_leads_there_whatever_froze_it(
    refusing: str, placed_by: str, hanako: Actor, at_home: Visitor, abroad: tuple[Visitor, Actor]
) -> None:
    if placed_by == "call":
        Stranger().asks()
    else:
        change = CredentialChange.objects.get(kind="totp_replaced")
        reader = Visitor()
        reader.post(reader.opens_link("not_me_link", links.not_me_token(change.pk)), act="object")
    at_home.gives_password(hanako)
    assert at_home.post("accounts:verify_recovery_code", code=hanako.recovery_codes[0]).status_code == 302
    typed = {
        "accounts:change_password": {"current_password": hanako.password, "new_password": NEW},
        "accounts:change_email": {"email": "new@example.jp"},
    }
    if refusing == "accounts:totp_add":
        address, key = at_home.opens_enrolling(refusing)
        answer = at_home.post(address, code=people.code_of(key, at_home.at), name="")
    else:
        answer = at_home.post(refusing, **typed.get(refusing, {}))
    assert answer.status_code == 422
    assert reverse(PAGE) in answer.content.decode()
    check_up = at_home.get("accounts:check_up").content.decode()
    assert reverse(PAGE) in check_up
    assert "From a country where this account has never been used" in check_up


def test_a_freeze_with_nothing_doubted_leads_nowhere(hanako: Actor, at_home: Visitor) -> None:
    freeze.freeze_after_restore(user=hanako.user, case=None)
    at_home.signs_in(hanako)
    answer = at_home.post("accounts:change_email", email="new@example.jp")
    assert answer.status_code == 422
    assert reverse(PAGE) not in answer.content.decode()
    page = at_home.get(PAGE)
    assert page.context["question"].groups == ()


def test_what_only_an_objection_speaks_against_is_not_undone_here(hanako: Actor, at_home: Visitor) -> None:
    at_home.signs_in(hanako)
    assert at_home.post("accounts:recovery_codes").status_code == 200
    change = CredentialChange.objects.filter(user=hanako.user, kind="recovery_codes").latest("pk")
    partner = Visitor(place=people.OSAKA)
    partner.post(partner.opens_link("not_me_link", links.not_me_token(change.pk)), act="object")
    at_home.wait(minutes=2).signs_in(hanako)
    answer = answers(at_home.wait(minutes=1), "undo", hanako.code(at_home.at))
    assert answer.status_code == 422
    assert "a code alone can’t undo it" in answer.content.decode()
    assert answers(at_home.wait(minutes=1), "confirm", hanako.code(at_home.at)).status_code == 302
    assert freezes(hanako) == []


# Two sessions of one thief


@pytest.fixture
def two_sessions(hanako: Actor, at_home: Visitor) -> tuple[Visitor, Visitor, str]:
    """He knows her password and has read two codes off her phone: A adds an app, B changes the e-mail."""
    a = Visitor(place=people.ABROAD, at=ago(hours=2)).signs_in(hanako)
    key = adds_app(a)
    b = Visitor(place=people.ABROAD, at=ago(minutes=30)).signs_in(hanako)
    changes_email(b, people.THIEF_EMAIL)
    a.at = b.at = clock.now()
    return a, b, key


def test_an_objection_to_one_session_of_the_thief_ends_the_other_and_his_app_settles_nothing(
    hanako: Actor, two_sessions: tuple[Visitor, Visitor, str]
) -> None:
    a, b, key = two_sessions
    change = CredentialChange.objects.get(user=hanako.user, kind="email")
    owner = Visitor(place=people.HOME)
    page = owner.opens_link("not_me_link", links.not_me_token(change.pk))
    shown = owner.get(page)
    assert [one.kind for one in shown.context["dispute"].others] == ["totp_added"]
    assert "these will be undone too" in shown.content.decode()
    assert "From a country where this account has never been used" in shown.content.decode()
    owner.post(page, act="object")
    assert not a.is_in()
    assert not b.is_in()

    thief = replace(hanako, email=people.THIEF_EMAIL, key=key)
    a.wait(minutes=1)
    assert a.gives_password(thief).status_code == 302
    refused = a.gives_code(thief)
    assert refused.status_code == 422
    assert reverse(PAGE) in refused.content.decode()
    a.wait(minutes=1)
    assert answers(a, "confirm", people.code_of(key, a.at)).status_code == 422
    a.wait(minutes=1)
    for act in ("keep", "undo"):
        assert a.post(a.opens_link("not_me_link", links.not_me_token(change.pk)), act=act, factor="totp",
                      code=people.code_of(key, a.at)).status_code == 422  # fmt: skip
    assert freezes(hanako) == ["objection"]

    owner.wait(minutes=5)
    answer = owner.post(page, act="undo", factor="totp", code=hanako.code(owner.at))
    assert answer.url.startswith(reverse("accounts:choose_password"))
    assert [
        one.name for one in authenticators.bound_authenticators(hanako.user.pk) if one.kind == "totp"
    ] == ["Phone"]
    assert User.objects.get(pk=hanako.user.pk).email == "hanako@example.jp"


def test_of_two_sessions_she_says_which_was_hers(hanako: Actor, at_home: Visitor) -> None:
    """Nothing that she does not tick is settled."""
    journey = Visitor(place=JOURNEY, at=ago(days=3)).signs_in(hanako)
    hers = replaces_app(journey, hanako)
    thief = Visitor(place=people.ABROAD, at=ago(hours=1)).signs_in(hers)
    thief.post("accounts:recovery_codes")
    asked_and_kept_out(journey, hers, Stranger())
    mine, his = (group.id for group in journey.get(PAGE).context["question"].groups)
    with refused_forms() as wrong:
        answer = journey.post(PAGE, act="confirm", code=hanako.code(journey.at))
    assert answer.status_code == 422
    assert not list(complaints(answer, wrong))
    answer = journey.post(PAGE, groups=[mine], act="confirm", code=hanako.code(journey.wait(minutes=1).at))
    assert answer.url.startswith(reverse(PAGE))
    states = dict(CredentialChange.objects.filter(at__gte=ago(days=4)).values_list("kind", "state"))
    assert states == {"totp_replaced": "kept", "recovery_codes": "applied"}
    (left,) = journey.get(PAGE).context["question"].groups
    assert left.id == his


# What the thief does while the case waits


def test_a_stolen_session_that_made_changes_from_abroad_ends(hanako: Actor, at_home: Visitor) -> None:
    at_home.at = ago(minutes=40)
    at_home.signs_in(hanako)
    at_home.at = ago(minutes=38)
    thief = Visitor(place=people.ABROAD, at=ago(minutes=38))
    name = settings.SESSION_COOKIE_NAME
    thief.client.cookies[name] = at_home.client.cookies[name].value
    changes_email(thief, people.THIEF_EMAIL)
    thief.at = clock.now()
    assert thief.is_in()
    Stranger().asks()
    assert not thief.is_in()
    assert freezes(hanako) == ["call"]


@pytest.mark.parametrize("later", [timedelta(minutes=61), timedelta(hours=30)])
def test_while_her_case_waits_the_thief_who_comes_back_gets_nowhere(
    later: timedelta, hanako: Actor, at_home: Visitor
) -> None:
    key = people.take_over(hanako.user, ago(hours=32))
    asked = ago(hours=31)
    Stranger(at=asked).asks()
    thief = replace(hanako, email=people.THIEF_EMAIL, password=people.THIEF_PASSWORD, key=key)
    visitor = Visitor(place=people.ABROAD, at=asked + later)
    assert visitor.gives_password(thief).status_code == 302
    assert visitor.gives_code(thief).status_code == 422
    assert not visitor.is_in()
    visitor.wait(minutes=1)
    assert answers(visitor, "confirm", people.code_of(key, visitor.at)).status_code == 422
    # Nor with a code of hers that he has copied: it lets him in, but nothing of the account changes.
    assert visitor.post("accounts:verify_recovery_code", code=hanako.recovery_codes[0]).status_code == 302
    for page, typed in (
        ("accounts:change_email", {"email": "again@mail.example"}),
        ("accounts:change_password", {"current_password": people.THIEF_PASSWORD, "new_password": NEW}),
        ("accounts:recovery_codes", {}),
    ):
        assert visitor.post(page, **typed).status_code == 422


# How long a freeze lasts


def test_it_ends_with_the_case_and_the_owners_own_request_takes_it_up_again(
    hanako: Actor, abroad: tuple[Visitor, Actor]
) -> None:
    """A stranger who asks, cancels and lets go has not used the freeze up."""
    stranger = Stranger(at=ago(hours=3))
    stranger.asks()
    assert freezes(hanako) == ["call"]
    stranger.cancels()
    assert freezes(hanako) == []
    owner = Stranger(8, at=ago(hours=2))
    owner.asks()
    assert freezes(hanako) == ["call"]
    owner.cancels()
    assert freezes(hanako) == []


def test_asking_again_renews_nothing_and_sends_no_second_mail(
    hanako: Actor, abroad: tuple[Visitor, Actor]
) -> None:
    Stranger(1, at=ago(hours=3)).asks()
    (first,) = selectors.active_freezes(hanako.user.pk)
    told = mails(hanako.email)
    assert told.count("account_frozen") == 1
    for number in range(2, 6):
        Stranger(number, at=ago(hours=2)).asks()
    assert selectors.active_freezes(hanako.user.pk) == [first]
    assert mails(hanako.email) == told


def test_after_eight_days_it_is_over_and_is_not_placed_again(hanako: Actor, at_home: Visitor) -> None:
    journey = Visitor(place=JOURNEY, at=ago(days=10)).signs_in(hanako)
    hers = replaces_app(journey, hanako)
    Stranger(1, at=ago(days=9)).asks()
    assert Freeze.objects.count() == 1
    assert freezes(hanako) == []
    Stranger(2).asks()
    assert freezes(hanako) == []
    assert Visitor(place=JOURNEY).signs_in(hers).is_in()


# The notice of a freeze


def test_the_link_of_the_freezes_mail_lifts_it_with_something_older(
    hanako: Actor, abroad: tuple[Visitor, Actor]
) -> None:
    Stranger().asks()
    visitor = Visitor(place=people.HOME)
    page = visitor.opens_link("not_me_link", people.token_mailed_to(hanako.email))
    shown = visitor.get(page)
    assert shown.context["dispute"].state == "open"
    assert "It was me: lift the protection" in shown.content.decode()
    hers = abroad[1]
    assert visitor.post(page, act="keep", factor="totp", code=hers.code(visitor.at)).status_code == 422
    visitor.wait(minutes=1)
    assert visitor.post(page, act="keep", factor="totp", code=hanako.code(visitor.at)).status_code == 302
    assert freezes(hanako) == []
    assert Session.objects.filter(user=hanako.user, ended_at=None).exists()


def test_without_a_freeze_the_link_confirms_nothing(hanako: Actor, abroad: tuple[Visitor, Actor]) -> None:
    change = CredentialChange.objects.get(kind="totp_replaced")
    visitor = Visitor(place=people.HOME)
    page = visitor.opens_link("not_me_link", links.not_me_token(change.pk))
    assert visitor.post(page, act="keep", factor="totp", code=hanako.code(visitor.at)).status_code == 422
    change.refresh_from_db()
    assert change.state == "applied"
