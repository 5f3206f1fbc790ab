"""Codes as people type them: any script's digits, slips that cost no try, a word about a wrong clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import links
from accounts.authenticators.totp import services as totp
from accounts.disputes import objections
from accounts.models import Authenticator, AuthenticatorFailures, CredentialChange, User
from accounts.sign_up import services as sign_up
from audit.models import Event
from common import clock, codes
from common.redis import client as redis_client
from recovery.claimant.access import CAPABILITY_COOKIE
from recovery.evidence import services as evidence
from recovery.models import CallAttempt, Evidence
from recovery.models.evidence import Method
from tests.support import desk_scenario, people
from tests.support.http_client import Visitor
from tests.support.people import Actor

pytestmark = pytest.mark.django_db

SCRIPTS = {
    "arabic": "٠١٢٣٤٥٦٧٨٩",
    "persian": "۰۱۲۳۴۵۶۷۸۹",
    "devanagari": "०१२३४५६७८९",
    "full width": "０１２３４５６７８９",
    "bengali": "০১২৩৪৫৬৭৮৯",
}
NO_CODES = {
    "nothing": "",
    "five digits": "12345",
    "seven digits": "1234567",
    "letters": "abcdef",
    "five digits and a letter": "12345a",
    "a fraction": "12345½",
    "circled": "①②③④⑤x",
    "a recovery code": "0123-4567-89ab-cdef",
    "far too long": "1" * 41,
}


def written(code: str, digits: str) -> str:
    return code.translate(str.maketrans("0123456789", digits))


@pytest.mark.parametrize("digits", SCRIPTS.values(), ids=SCRIPTS)
def test_the_digits_of_every_script_are_digits(digits: str) -> None:
    assert codes.typed(f" {digits[:3]}-{digits[3:]} ") == "0123456789"


# The doors at which a code is asked for. Each says how many tries it has counted so far.


@dataclass
class Door:
    answer: Callable[[str], Any]
    failures: Callable[[], int]
    right: Callable[[], str]
    was_right: Callable[[Any], bool] = lambda answer: answer.status_code == 302


def failures_of(actor: Actor) -> int:
    counted = AuthenticatorFailures.objects.filter(authenticator__user=actor.user)
    tries = sum(counted.values_list("count", flat=True))
    return tries + Event.objects.filter(outcome="failed").count()


def signing_in(hanako: Actor) -> Door:
    visitor = Visitor()
    visitor.gives_password(hanako)
    return Door(
        lambda typed: visitor.post("accounts:verify", code=typed),
        lambda: failures_of(hanako),
        lambda: hanako.code(visitor.at),
    )


def stepping_up(hanako: Actor) -> Door:
    visitor = Visitor().signs_in(hanako)
    return Door(
        lambda typed: visitor.post("accounts:verify", code=typed),
        lambda: failures_of(hanako),
        lambda: hanako.code(visitor.at),
    )


def adding(hanako: Actor) -> Door:
    visitor = Visitor().signs_in(hanako)
    page, key = visitor.opens_enrolling("accounts:totp_add")
    return Door(
        lambda typed: visitor.post(page, code=typed),
        lambda: failures_of(hanako),
        lambda: people.code_of(key, visitor.at),
    )


def enrolling(hanako: Actor) -> Door:
    user = sign_up.create(email="mika@example.jp", name="Mika", password=people.PASSWORD, how="imported")
    visitor = Visitor()
    visitor.gives_password(Actor(user, user.email, people.PASSWORD, "", []))
    page, key = visitor.opens_enrolling("accounts:enrol_totp")
    return Door(
        lambda typed: visitor.post(page, code=typed),
        lambda: failures_of(hanako),
        lambda: people.code_of(key, visitor.at),
        was_right=lambda answer: "codes" in (answer.context or {}),
    )


def not_me(hanako: Actor) -> Door:
    people.take_over(hanako.user, clock.now() - timedelta(minutes=14))
    change = CredentialChange.objects.get(user=hanako.user, kind="email")
    objections.object_to(change_id=change.pk)
    visitor = Visitor()
    page = visitor.opens_link("not_me_link", links.not_me_token(change.pk))

    def failures() -> int:
        change.refresh_from_db()
        return failures_of(hanako) + change.evidence_failures

    return Door(
        lambda typed: visitor.post(page, act="undo", factor="totp", code=typed),
        failures,
        lambda: hanako.code(visitor.at),
    )


def on_the_status_page(_hanako: Actor) -> Door:
    desk = desk_scenario.build(language="en")
    return _asked(desk, Method.TOTP, desk.hanako.code)


def _asked(desk: desk_scenario.Desk, method: Method, right: Callable[[], str]) -> Door:
    browser = Client()
    _case, browser.cookies[CAPABILITY_COOKIE] = desk.asks(language="en")
    desk.on_duty(desk.sato)
    asked = evidence.ask(case=desk.talking(), agent_id=desk.sato.user.pk, method=method)

    def failures() -> int:
        asked.refresh_from_db()
        return failures_of(desk.hanako) + asked.failures

    return Door(
        lambda typed: browser.post(f"/status/evidence/{asked.pk}/", {"answer": typed}),
        failures,
        right,
        was_right=lambda answer: Evidence.objects.get(pk=asked.pk).state == "passed",
    )


def on_the_phone(_hanako: Actor) -> Door:
    desk = desk_scenario.build(taken_over=False, language="en")
    case, _capability = desk.asks()
    desk.on_duty(desk.sato)
    case = desk.accepted()
    attempt = desk.calls(case)
    sato = Visitor().signs_in(desk.sato)
    sato.post("console:outcome", case.pk, outcome="answered")

    def failures() -> int:
        attempt.refresh_from_db()
        return attempt.read_out_failures

    return Door(
        lambda typed: sato.post("console:read_out", case.pk, code=typed),
        failures,
        lambda: attempt.read_out,
        was_right=lambda answer: CallAttempt.objects.get(pk=attempt.pk).read_out_confirmed_at is not None,
    )


APP_DOORS = [signing_in, stepping_up, adding, enrolling, not_me, on_the_status_page]
DOORS = [*APP_DOORS, on_the_phone]


@pytest.fixture
def door(request: pytest.FixtureRequest) -> Door:
    build: Callable[[Actor], Door] = request.param
    hanako = None
    if build not in (on_the_status_page, on_the_phone):  # they bring people of their own
        hanako = request.getfixturevalue("hanako")
    return build(hanako)  # type: ignore[arg-type]


at_each_door = pytest.mark.parametrize("door", DOORS, indirect=True, ids=lambda build: build.__name__)
at_each_door_of_an_app = pytest.mark.parametrize(
    "door", APP_DOORS, indirect=True, ids=lambda build: build.__name__
)


@at_each_door
def test_what_is_no_code_costs_no_try_and_the_right_one_may_be_in_any_digits(door: Door) -> None:
    before = door.failures()
    for typed in NO_CODES.values():
        answer = door.answer(typed)
        assert not door.was_right(answer)
    assert door.failures() == before
    assert door.was_right(door.answer(written(door.right(), SCRIPTS["arabic"])))
    assert door.failures() == before


@at_each_door_of_an_app
def test_a_slip_is_explained_beside_the_field(door: Door) -> None:
    for name, typed in NO_CODES.items():
        answer = door.answer(typed)
        assert answer.status_code == 422
        words = {
            "nothing": "Enter the code.",
            "a recovery code": "This looks like a recovery code.",
            "far too long": "at most 40 characters",
        }
        assert words.get(name, "The code has 6 digits. Check it and try again.") in answer.content.decode()


@pytest.mark.parametrize("typed", ["123456", "0123-4567-89ab-cde", "0123-4567-89ab-cdeu", "ア" * 16])
def test_what_is_no_recovery_code_costs_no_try(hanako: Actor, typed: str) -> None:
    visitor = Visitor()
    visitor.gives_password(hanako)
    answer = visitor.post("accounts:verify_recovery_code", code=typed)
    assert answer.status_code == 422
    assert "A recovery code has 16 letters and digits." in answer.content.decode()
    assert failures_of(hanako) == 0


def test_a_recovery_code_survives_being_copied_by_hand(hanako: Actor) -> None:
    code = next(one for one in hanako.recovery_codes if set(one) & {"0", "1"})
    by_hand = code.replace("0", "O").replace("1", "l").upper()
    typed = written(by_hand, SCRIPTS["full width"])
    visitor = Visitor()
    visitor.gives_password(hanako)
    assert visitor.post("accounts:verify_recovery_code", code=typed).status_code == 302


def test_a_recovery_code_at_the_sign_in_points_to_its_own_page(hanako: Actor) -> None:
    visitor = Visitor()
    visitor.gives_password(hanako)
    page = visitor.post("accounts:verify", code=hanako.recovery_codes[0]).content.decode()
    assert "Choose “Use a recovery code instead” below." in page
    assert reverse("accounts:verify_recovery_code") in page
    assert visitor.post("accounts:verify_recovery_code", code=hanako.recovery_codes[0]).status_code == 302


def test_no_phone_offers_the_code_of_a_message_for_a_recovery_code(hanako: Actor) -> None:
    visitor = Visitor()
    visitor.gives_password(hanako)
    page = visitor.get("accounts:verify_recovery_code").content.decode()
    assert "one-time-code" not in page
    assert 'autocomplete="off"' in page


# The clock of the phone

OTHER_TIME = "your phone’s clock may be wrong"


@pytest.mark.parametrize("off", [timedelta(minutes=-3), timedelta(minutes=3), timedelta(minutes=-9)], ids=str)
def test_a_phone_whose_clock_is_wrong_is_told_so_at_the_second_code(hanako: Actor, off: timedelta) -> None:
    visitor = Visitor()
    visitor.gives_password(hanako)
    said = []
    for _try in range(2):
        answer = visitor.post("accounts:verify", code=hanako.code(visitor.at + off))
        assert answer.status_code == 422
        said.append(OTHER_TIME in answer.content.decode())
        visitor.wait(seconds=35)
    assert said == [False, True]
    assert set(AuthenticatorFailures.objects.values_list("count", flat=True)) == {2}
    assert visitor.gives_code(hanako).status_code == 302


def test_in_japanese_too(hanako: Actor) -> None:
    User.objects.update(language="ja")
    visitor = Visitor()
    visitor.gives_password(hanako)
    for _try in range(2):
        answer = visitor.post("accounts:verify", code=hanako.code(visitor.at - timedelta(minutes=3)))
    assert "時計" in answer.content.decode()


def test_the_same_at_the_other_doors(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    page, key = visitor.opens_enrolling("accounts:totp_add")
    for _try in range(2):
        answer = visitor.post(page, code=people.code_of(key, visitor.at - timedelta(minutes=3)))
    assert OTHER_TIME in answer.content.decode()
    door = not_me(hanako)
    for _try in range(2):
        answer = door.answer(hanako.code(clock.now() - timedelta(minutes=3)))
    assert OTHER_TIME in answer.content.decode()


def test_the_same_on_the_status_page(db: None) -> None:
    desk = desk_scenario.build(language="en")
    door = _asked(desk, Method.TOTP, desk.hanako.code)
    for _try in range(2):
        answer = door.answer(desk.hanako.code(clock.now() - timedelta(minutes=3)))
    assert OTHER_TIME in answer.content.decode()


@pytest.mark.parametrize(
    "minutes", [(-3, 3), (-3, None, -3), (-3, -8), (-11, -11), (0, 0)], ids=lambda given: str(given)
)
def test_codes_that_do_not_tell_of_one_clock_tell_nothing(
    hanako: Actor, minutes: tuple[int | None, ...]
) -> None:
    visitor = Visitor()
    visitor.gives_password(hanako)
    wrong = no_code_of(hanako, visitor)
    for off in minutes:
        code = wrong if off is None else hanako.code(visitor.at + timedelta(minutes=off))
        if off == 0:
            Authenticator.objects.filter(user=hanako.user).update(last_step=2**31)  # used already
        answer = visitor.post("accounts:verify", code=code)
        assert OTHER_TIME not in answer.content.decode()


def no_code_of(actor: Actor, visitor: Visitor) -> str:
    """Six digits that the app shows at no time near."""
    near = {actor.code(visitor.at + timedelta(seconds=30 * step)) for step in range(-25, 26)}
    return next(code for number in range(100) if (code := f"{number:06d}") not in near)


def test_without_redis_a_wrong_code_is_wrong_and_nothing_more(
    hanako: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(totp, "client", lambda: redis_client().__class__(port=1))
    visitor = Visitor()
    visitor.gives_password(hanako)
    for _try in range(2):
        answer = visitor.post("accounts:verify", code=hanako.code(visitor.at - timedelta(minutes=3)))
        assert answer.status_code == 422
        assert OTHER_TIME not in answer.content.decode()
