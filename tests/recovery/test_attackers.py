"""Thieves who know what the portal looks at, and the owner's case after each of them.

They come over HTTP with browsers of their own, the password, one code and whatever they have set up since:
never in a session of hers. What must hold each time: nothing that they bound counts, what was hers does,
the plan puts hers back, and after the restore nothing of theirs is left.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from accounts.credentials import services as credentials
from accounts.doubt.selectors import address_key, authenticator_key
from accounts.models import Authenticator, CredentialChange, Identifier, Session, User
from common import clock
from common.errors import Denied
from devtools.personas import LINUX, WINDOWS, Browser
from notifications.models import Delivery
from recovery.approvals import services as approvals
from recovery.claims import services as claims
from recovery.models import Case
from recovery.restoration import services as restoration
from recovery.takeover import selectors as takeover_selectors
from tests.support import desk_scenario, people
from tests.support.agent_client import Agent
from tests.support.desk_scenario import Desk
from tests.support.http_client import Visitor
from tests.support.people import Actor

pytestmark = pytest.mark.django_db

NEARBY = Browser(WINDOWS, "60.56.12.8")
"""Her country and her kind of browser, another network."""
NEW = "tall-river-quilt-97"
HER_NEW = "hanako@mori.example"


@pytest.fixture
def town(db: None) -> Desk:
    return desk_scenario.build(taken_over=False, language="en")


class Thief(Visitor):
    """Signs in with her password and a code, then sets up what is his. Each change costs a further code."""

    def __init__(self, hanako: Actor, at: datetime, place: Browser = people.ABROAD) -> None:
        super().__init__(place, at)
        self.victim = hanako
        self.me = Actor(hanako.user, hanako.email, hanako.password, hanako.key, [])

    def comes_in(self) -> "Thief":
        self.signs_in(self.me)
        return self

    def takes_email(self, address: str = people.THIEF_EMAIL, confirms_in: Visitor | None = None) -> "Thief":
        self.asks_for_email(address)
        self.confirms(address, confirms_in or self)
        self.me.email = address
        return self

    def steps_up_again(self) -> None:
        self.wait(seconds=60)
        self.steps_up(self.me)

    def asks_for_email(self, address: str) -> None:
        self.steps_up_again()
        answer = self.post("accounts:change_email", email=address)
        assert answer.status_code == 302

    def confirms(self, address: str, browser: Visitor) -> None:
        browser.at = self.at
        page = browser.opens_link("accounts:email_link", people.token_mailed_to(address))
        assert browser.post(page).status_code in (200, 302)
        self.wait(seconds=20)

    def takes_password(self, password: str = people.THIEF_PASSWORD) -> "Thief":
        self.steps_up_again()
        answer = self.post(
            "accounts:change_password", current_password=self.me.password, new_password=password
        )
        assert answer.status_code == 302
        self.me.password = password
        return self.wait(seconds=20)  # type: ignore[return-value]

    def adds_app(self) -> "Thief":
        self.steps_up_again()
        page, key = self.opens_enrolling("accounts:totp_add")
        answer = self.post(page, code=people.code_of(key, self.at), name="Phone 2")
        assert answer.status_code == 302
        self.me.key = key
        return self.wait(seconds=60)  # type: ignore[return-value]

    def drops_her_app(self) -> "Thief":
        self.steps_up_again()
        hers = Authenticator.objects.get(user=self.victim.user, name="Phone", removed_at=None)
        answer = self.post("accounts:totp_remove", hers.pk)
        assert answer.status_code == 302
        return self.wait(seconds=20)  # type: ignore[return-value]

    def makes_codes(self) -> "Thief":
        self.steps_up_again()
        answer = self.post("accounts:recovery_codes")
        assert answer.status_code == 200
        return self.wait(seconds=20)  # type: ignore[return-value]

    def takes_everything(self) -> "Thief":
        return self.comes_in().takes_email().takes_password().adds_app().drops_her_app()


def asked(town: Desk, email: str = "hanako@example.jp") -> Case:
    case, _ = town.asks(email=email)
    return case


def shown(town: Desk) -> Case:
    """Sato calls, and she shows her app and a saved code."""
    town.on_duty(town.sato)
    case = town.talking()
    assert town.shows_app(case)
    assert town.shows_recovery_code(case)
    return case


def assert_only_hers_counts(town: Desk, case: Case) -> None:
    """Of everything that is or was bound, what was hers two months ago counts, and nothing else."""
    doubt = takeover_selectors.doubt_of(case)
    counting = {key for key in doubt.standings if doubt.counts(key)}
    old = clock.now() - timedelta(weeks=8)
    hers = {address_key(row.pk) for row in Identifier.objects.filter(user=case.account, bound_at__lt=old)}
    factors = Authenticator.objects.filter(user=case.account, bound_at__lt=old)
    hers |= {authenticator_key(row.pk) for row in factors}
    assert counting == hers


def assert_all_is_hers_again(town: Desk, case: Case) -> None:
    """She shows her app and a saved code, is restored, and nothing of his is left."""
    restoration.restore(case=shown(town), agent_id=town.sato.user.pk)
    user = User.objects.get(pk=town.hanako.user.pk)
    assert user.email == town.hanako.email
    bound = Authenticator.objects.filter(user=user, removed_at=None)
    old = clock.now() - timedelta(weeks=8)
    assert not bound.filter(bound_at__gt=old).exists()
    assert bound.filter(kind="totp").count() == 1
    assert not Session.objects.filter(user=user, ended_at=None).exists()
    letters = Delivery.objects.filter(message__in=("findings", "password_link"), case=case.pk)
    assert set(letters.values_list("address", flat=True)) == {town.hanako.email}


def confirmed_elsewhere(town: Desk) -> None:
    """He asks for the new address in his session, and opens its link in a browser that is not signed in."""
    thief = Thief(town.hanako, clock.now() - timedelta(minutes=14)).comes_in()
    thief.takes_email(confirms_in=Visitor(Browser(LINUX, "109.70.100.4")))


def one_more_change_after_eighty_hours(town: Desk) -> None:
    thief = Thief(town.hanako, clock.now() - timedelta(hours=80)).takes_everything()
    again = Thief(town.hanako, clock.now() - timedelta(minutes=14))
    again.me = thief.me
    again.client.cookies.clear()
    again.comes_in().makes_codes()


def planted_four_days_before(town: Desk) -> None:
    thief = Thief(town.hanako, clock.now() - timedelta(days=4)).comes_in().adds_app()
    again = Thief(town.hanako, clock.now() - timedelta(minutes=14))
    again.me = thief.me
    again.comes_in().takes_email().takes_password().drops_her_app()


def from_her_country_in_her_kind_of_browser(town: Desk) -> None:
    Thief(town.hanako, clock.now() - timedelta(minutes=14), NEARBY).takes_everything()


def after_a_harmless_visit(town: Desk) -> None:
    Thief(town.hanako, clock.now() - timedelta(days=8)).comes_in()
    Thief(town.hanako, clock.now() - timedelta(minutes=14)).takes_everything()


def one_change_every_seventy_three_hours(town: Desk) -> None:
    start = clock.now() - timedelta(hours=4 * 73)
    me = Thief(town.hanako, start, NEARBY).comes_in().adds_app().me
    for step, act in enumerate(("takes_email", "takes_password", "drops_her_app"), 1):
        thief = Thief(town.hanako, start + timedelta(hours=step * 73), NEARBY)
        thief.me = me
        getattr(thief.comes_in(), act)()


def changed_back(town: Desk) -> None:
    """An app in and out again, so that all looks as before; but the recovery codes in use are his."""
    thief = Thief(town.hanako, clock.now() - timedelta(hours=3)).comes_in().adds_app().makes_codes()
    thief.steps_up_again()
    his = Authenticator.objects.get(user=town.hanako.user, name="Phone 2")
    thief.post("accounts:totp_remove", his.pk)


@pytest.fixture
def moved(town: Desk) -> Desk:
    """Three weeks ago she changed her address herself, from a new place and browser; today it was taken."""
    user, at = town.hanako.user, clock.now() - timedelta(days=20)
    session = people.come_in(user, NEARBY, at)
    with people.visiting(NEARBY, at + timedelta(minutes=2), actor=user.pk, session=session):
        credentials.request_email_change(user=user, address=HER_NEW, session=session)
        credentials.confirm_email_change(token=people.token_mailed_to(HER_NEW))
    user.refresh_from_db()
    thief = Thief(town.hanako, clock.now() - timedelta(minutes=14))
    thief.me.email = HER_NEW
    thief.comes_in().takes_email()
    return town


def test_an_address_that_would_not_come_back_is_given_up_only_by_two_people(moved: Desk) -> None:
    town, sato = moved, moved.sato.user.pk
    asked(town, HER_NEW)
    case = shown(town)
    plan = takeover_selectors.plan_of(case)
    assert plan is not None
    assert not plan.gives_back_claim, "her own change is doubted too: the plan goes back to before it"
    with pytest.raises(Denied, match="second person"):
        restoration.restore(case=case, agent_id=sato)
    page = Agent(town.sato).sees("console:case", case.pk, part="side")
    assert "won’t be restored. Two people must agree to that." in page, (
        "not as if no authenticator had been shown"
    )
    wanted = approvals.request(case=case, agent_id=sato, reason="The mailbox is gone with the company.")
    approvals.decide(approval=wanted, by=town.tanaka.user.pk, approve=True)
    restoration.restore(case=case, agent_id=sato)
    assert User.objects.get(pk=town.hanako.user.pk).email == town.hanako.email


def test_she_says_that_her_own_change_was_hers_and_gets_the_address_that_she_names(moved: Desk) -> None:
    town, sato = moved, moved.sato.user.pk
    asked(town, HER_NEW)
    case = shown(town)
    hers = CredentialChange.objects.filter(user=case.account, kind="email").earliest("pk")
    claims.was_me(case=case, agent_id=sato, change=hers.pk)
    restoration.restore(case=case, agent_id=sato)
    assert User.objects.get(pk=town.hanako.user.pk).email == HER_NEW


THIEVES: list[Callable[[Desk], None]] = [
    confirmed_elsewhere,
    one_more_change_after_eighty_hours,
    planted_four_days_before,
    from_her_country_in_her_kind_of_browser,
    after_a_harmless_visit,
    one_change_every_seventy_three_hours,
    changed_back,
]


@pytest.mark.parametrize("steals", THIEVES, ids=[one.__name__ for one in THIEVES])
def test_whatever_the_thief_did_only_what_was_hers_counts_and_comes_back(
    town: Desk, steals: Callable[[Desk], None]
) -> None:
    steals(town)
    case = asked(town)
    assert case.is_takeover
    assert not Session.objects.filter(user=town.hanako.user, ended_at=None, country="NL").exists()
    assert_only_hers_counts(town, case)
    assert_all_is_hers_again(town, case)
