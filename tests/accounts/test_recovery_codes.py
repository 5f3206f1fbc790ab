"""Recovery codes: long enough, good once, replaced wherever they are used, printed, checked once a year."""

from datetime import timedelta
from math import log2
from typing import Any

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.urls import reverse

from accounts.authenticators import registry
from accounts.authenticators import selectors as authenticators
from accounts.authenticators.recovery_codes import replacement, services
from accounts.authenticators.throttling import DESK
from accounts.models import Authenticator, CredentialChange, RecoveryCode
from accounts.tasks import remind
from common import clock, codes
from notifications.models import Delivery
from tests.support import people
from tests.support.http_client import Visitor, mails, opened
from tests.support.people import Actor

pytestmark = pytest.mark.django_db


def signs_in_by_code(hanako: Actor, code: str, visitor: Visitor | None = None) -> tuple[Visitor, Any]:
    visitor = visitor or Visitor()
    visitor.gives_password(hanako)
    answer = visitor.post("accounts:verify_recovery_code", code=code, next="/account/sessions/")
    assert answer.status_code == 302, answer.content.decode()
    return visitor, answer


def shown_on(page) -> str:
    (one,) = page.context["fresh"]
    return str(one.code)


def held(hanako: Actor) -> int:
    (codes_held,) = [
        one for one in authenticators.bound_authenticators(hanako.user.pk) if one.kind == "recovery_codes"
    ]
    return codes_held.id


def test_what_is_kept_of_a_code_is_the_hash_of_at_least_64_random_bits(hanako: Actor) -> None:
    secret_signs = replacement.LENGTH - replacement.SELECTOR
    assert secret_signs * log2(len(set(codes.ALPHABET))) >= 64
    for code in hanako.recovery_codes:
        row = RecoveryCode.objects.get(authenticator=held(hanako), selector=code[: replacement.SELECTOR])
        assert code[replacement.SELECTOR :] not in row.digest
        assert identify_hasher(row.digest).verify(code[replacement.SELECTOR :], row.digest)
    assert len({code[: replacement.SELECTOR] for code in hanako.recovery_codes}) == 10


def test_after_a_sign_in_by_a_code_the_fresh_one_is_shown_first_and_signs_in_next_time(hanako: Actor) -> None:
    visitor, answer = signs_in_by_code(hanako, hanako.recovery_codes[0])
    fresh = shown_on(visitor.get(answer.url))
    assert fresh not in hanako.recovery_codes
    assert visitor.writes_down(answer) == "/account/sessions/"
    other, _answer = signs_in_by_code(hanako, fresh, Visitor(at=visitor.at))
    assert other.is_in()
    other.post("accounts:sign_out")
    other.gives_password(hanako)
    assert other.post("accounts:verify_recovery_code", code=fresh).status_code == 422


def test_loading_the_page_again_or_going_back_does_not_lose_the_code(hanako: Actor) -> None:
    visitor, answer = signs_in_by_code(hanako, hanako.recovery_codes[0])
    fresh = shown_on(visitor.get(answer.url))
    visitor.get("accounts:sessions")
    assert shown_on(visitor.get(answer.url)) == fresh
    page = visitor.get(answer.url)
    assert page.headers["Cache-Control"] == "no-store"
    visitor.writes_down(answer)
    # The back button after that leads on, and so does a second click.
    assert visitor.get(answer.url).status_code in (302, 422)
    assert visitor.post(answer.url).status_code in (302, 422)


def test_the_fresh_code_is_in_no_address_no_title_no_event_and_no_mail(hanako: Actor, told) -> None:
    visitor, answer = signs_in_by_code(hanako, hanako.recovery_codes[0])
    page = visitor.get(answer.url)
    fresh = shown_on(page)
    title = page.content.decode().partition("<title>")[2].partition("</title>")[0]
    assert fresh not in answer.url
    assert not any(part in title for part in (fresh, fresh[:4]))
    assert fresh not in str(told())
    assert not any(fresh in str(opened(mail)) for mail in Delivery.objects.exclude(params=None))
    assert fresh.encode() not in bytes(RecoveryCode.objects.get(sealed__isnull=False).sealed or b"")


def test_who_knows_only_the_pages_address_sees_no_code(hanako: Actor) -> None:
    _visitor, answer = signs_in_by_code(hanako, hanako.recovery_codes[0])
    assert Visitor().get(answer.url).status_code == 422
    assert Visitor().post(answer.url).status_code == 422
    assert RecoveryCode.objects.filter(sealed__isnull=False).exists()


def test_a_step_up_by_a_code_shows_the_fresh_one_too(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako).wait(minutes=6)
    answer = visitor.post(
        "accounts:verify_recovery_code", code=hanako.recovery_codes[0], next="/account/password/"
    )
    assert shown_on(visitor.get(answer.url))
    assert visitor.writes_down(answer) == "/account/password/"


def test_a_sign_in_by_the_app_leads_past_no_code(hanako: Actor) -> None:
    visitor = Visitor()
    visitor.gives_password(hanako)
    assert visitor.gives_code(hanako).url == "/"
    assert not RecoveryCode.objects.filter(sealed__isnull=False).exists()


def test_a_browser_that_is_closed_too_early_loses_nothing(hanako: Actor) -> None:
    signs_in_by_code(hanako, hanako.recovery_codes[0])
    later = Visitor(at=clock.now() + timedelta(days=2)).signs_in(hanako)
    todo = later.get("accounts:check_up").context["todo"]
    assert todo[0].link == reverse("accounts:fresh_codes")
    page = later.get("accounts:fresh_codes")
    fresh = shown_on(page)
    assert later.post("accounts:fresh_codes", code=page.context["fresh"][0].id).status_code == 302
    assert later.get("accounts:fresh_codes").status_code == 302
    todo = later.get("accounts:check_up").context["todo"]
    assert reverse("accounts:fresh_codes") not in [one.link for one in todo]
    assert services.among([held(hanako)], fresh, DESK)


def test_a_stolen_session_without_a_fresh_factor_does_not_see_it(hanako: Actor) -> None:
    signs_in_by_code(hanako, hanako.recovery_codes[0])
    stolen = Visitor().signs_in(hanako).wait(minutes=6)
    assert stolen.get("accounts:fresh_codes").url.startswith(reverse("accounts:verify"))
    assert stolen.post("accounts:fresh_codes").url.startswith(reverse("accounts:verify"))
    assert RecoveryCode.objects.filter(sealed__isnull=False).exists()


def test_a_code_of_an_old_set_opens_nothing_that_waits_in_the_new_one(hanako: Actor) -> None:
    """Who holds a copy of the old list proves something by it, and must not be shown a code that signs in."""
    visitor = Visitor().signs_in(hanako)
    new = visitor.post("accounts:recovery_codes").context["codes"]
    assert services.among([held(hanako)], new[0], DESK)
    old = Authenticator.objects.get(user=hanako.user, kind="recovery_codes", removed_at__isnull=False)
    with clock.pretend(clock.now() + timedelta(minutes=1)):
        assert services.among([old.pk], hanako.recovery_codes[3], DESK)
    assert replacement.token(hanako.user.pk) == ""


def test_the_desk_hands_over_the_code_that_was_made(hanako: Actor) -> None:
    assert services.among([held(hanako)], hanako.recovery_codes[0], DESK)
    fresh = registry.by_factor("recovery_code").replace_used(hanako.user.pk)
    assert fresh is not None
    assert services.among([held(hanako)], fresh, DESK)
    assert not services.among([held(hanako)], fresh, DESK)
    assert RecoveryCode.objects.filter(authenticator=held(hanako), used_at=None).count() == 10


def test_her_addresses_hear_that_a_code_was_used_but_not_during_the_call(hanako: Actor) -> None:
    assert services.among([held(hanako)], hanako.recovery_codes[1], DESK)
    assert "spare_code_used" not in mails()
    signs_in_by_code(hanako, hanako.recovery_codes[0])
    assert mails(hanako.email).count("spare_code_used") == 1


def test_the_thiefs_address_hears_of_no_code(hanako: Actor) -> None:
    people.take_over(hanako.user, clock.now() - timedelta(minutes=14))
    visitor = Visitor()
    change = CredentialChange.objects.get(user=hanako.user, kind="email")
    token = people.token_in(
        Delivery.objects.filter(pk__in=change.notices, address=hanako.email).earliest("pk")
    )
    page = visitor.opens_link("not_me_link", token)
    visitor.post(page, act="object")
    answer = visitor.post(page, act="undo", factor="recovery_code", code=hanako.recovery_codes[0])
    fresh = shown_on(visitor.get(answer.url))
    assert visitor.writes_down(answer).startswith(reverse("accounts:choose_password"))
    assert "spare_code_used" in mails(hanako.email)
    assert "spare_code_used" not in mails(people.THIEF_EMAIL)
    assert services.among([held(hanako)], fresh, DESK)
    change.refresh_from_db()
    assert change.state == "undone"


def test_the_printed_sheet_says_whose_codes_they_are_and_of_when(hanako: Actor) -> None:
    page = Visitor().signs_in(hanako).post("accounts:recovery_codes")
    sheet = page.content.decode().partition("on-paper")[2].partition("</section>")[0]
    assert hanako.email not in sheet
    assert "@" in sheet
    assert str(clock.now().year) in sheet


def a_year_on() -> timedelta:
    return timedelta(days=366)


def test_after_a_year_she_is_asked_once_and_her_answer_holds_for_another(hanako: Actor, told) -> None:
    remind()
    assert "spare_codes_check" not in mails()
    at = clock.now() + a_year_on()
    with clock.pretend(at):
        remind()
        remind()
        assert mails(hanako.email).count("spare_codes_check") == 1
    visitor = Visitor(at=at).signs_in(hanako)
    assert reverse("accounts:check_codes") in [
        one.link for one in visitor.get("accounts:check_up").context["todo"]
    ]
    assert visitor.get("accounts:check_codes").status_code == 200
    assert visitor.post("accounts:check_codes").url == reverse("accounts:check_up")
    assert "credential.recovery_codes.checked" in told()
    assert reverse("accounts:check_codes") not in [
        one.link for one in visitor.get("accounts:check_up").context["todo"]
    ]
    with clock.pretend(at + timedelta(days=360)):
        remind()
        assert mails(hanako.email).count("spare_codes_check") == 1
    with clock.pretend(at + a_year_on()):
        remind()
        assert mails(hanako.email).count("spare_codes_check") == 2


def test_who_has_used_one_lately_is_not_asked(hanako: Actor) -> None:
    with clock.pretend(clock.now() + timedelta(days=300)):
        assert services.among([held(hanako)], hanako.recovery_codes[0], DESK)
    with clock.pretend(clock.now() + a_year_on()):
        remind()
        assert "spare_codes_check" not in mails()


def test_a_set_that_was_replaced_is_asked_about_no_more(hanako: Actor) -> None:
    with clock.pretend(clock.now() + timedelta(days=300)):
        services.create(user=hanako.user)
    with clock.pretend(clock.now() + a_year_on()):
        remind()
        assert "spare_codes_check" not in mails()
