"""The gate: what is not marked is closed; staff pages do not exist for others."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import get_resolver, path, reverse

from accounts.access import access_of, needs
from accounts.credentials import well_known
from accounts.disputes.views import not_me
from accounts.middleware import AccessMiddleware
from accounts.pages import views as overview
from accounts.urls import urlpatterns
from audit.models import Event
from tests.support import people
from tests.support.http_client import Visitor
from tests.support.people import Actor

pytestmark = pytest.mark.django_db


def unmarked(_request: object) -> HttpResponse:
    return HttpResponse("secret")


@needs("audit.review")
def for_admins(_request: object) -> HttpResponse:
    return HttpResponse("trail")


class Extra:
    """The portal's addresses and two more, whose views only the gate protects."""

    urlpatterns = [
        *get_resolver("devtools.urls").url_patterns,
        path("test/unmarked/", unmarked),
        path("test/admins/", for_admins),
    ]


PUBLIC = {
    "sign_in",
    "passkey_challenge",
    "verify_passkey_alone",
    "signed_out",
    "sign_up",
    "sign_up_sent",
    "sign_up_link",
    "sign_up_details",
    "password_strength",
    "forgot",
    "forgot_sent",
    "password_link",
    "choose_password",
    "email_link",
    "confirm_email",
    "stop_email_link",
    "stop_email",
    "enrolment",
    "enrolment_link",
    "fresh_code",
    "notice_link",
    "confirm_notice",
    "contact_link",
    "contact",
}
PASSWORD_ONLY = {
    "doubt",
    "enrolment_sent",
    "verify",
    "verify_passkey",
    "verify_totp",
    "verify_recovery_code",
    "sign_out",
}
ENROLLING = {"enrol", "enrol_passkey", "enrol_totp", "qr"}
FRESH = {
    "passkey_add",
    "passkey_remove",
    "totp_add",
    "totp_replace",
    "totp_remove",
    "recovery_codes",
    "fresh_codes",
    "notice_address",
    "remove_notice",
    "add_contact",
    "remove_contact",
    "change_password",
    "change_email",
}


def test_the_marks_are_exactly_these() -> None:
    marks: dict[str, set[str]] = {
        "public": set(),
        "password_only": set(),
        "enrolling": set(),
        "verified": set(),
    }
    for pattern in urlpatterns:
        marks[access_of(pattern.callback)].add(str(pattern.name))
    assert marks["public"] == PUBLIC
    assert marks["password_only"] == PASSWORD_ONLY
    assert marks["enrolling"] == ENROLLING
    assert {p.name for p in urlpatterns if getattr(p.callback, "fresh", False)} == FRESH
    for view in (not_me.page, not_me.open_link, well_known.change_password, overview.set_language):
        assert access_of(view) == "public"


@override_settings(ROOT_URLCONF=Extra)
def test_a_view_that_nobody_marked_is_closed(hanako: Actor) -> None:
    visitor = Visitor()
    assert visitor.fetch("/test/unmarked/").url.startswith(reverse("accounts:sign_in"))
    visitor.gives_password(hanako)
    assert visitor.fetch("/test/unmarked/").url.startswith(reverse("accounts:verify"))
    visitor.gives_code(hanako)
    assert visitor.fetch("/test/unmarked/").status_code == 200


@override_settings(ROOT_URLCONF=Extra)
def test_a_page_for_admins_does_not_exist_for_others_and_the_try_is_recorded(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    assert visitor.fetch("/test/admins/").status_code == 404
    event = Event.objects.filter(action="access.denied").latest("id")
    assert (event.actor, event.outcome, event.details) == (
        hanako.user.pk,
        "denied",
        {"path": "/test/admins/"},
    )
    admin = people.join(
        email="okada@desk.example",
        name="Okada",
        place=people.DESK,
        at=visitor.at.replace(year=2025),
        role="admin",
    )
    assert Visitor(at=visitor.at).signs_in(admin).fetch("/test/admins/").status_code == 200


@override_settings(ROOT_URLCONF=Extra)
def test_a_fragment_sends_the_whole_page_to_sign_in(hanako: Actor) -> None:
    answer = Visitor().fetch("/test/unmarked/", HTTP_HX_REQUEST="true")
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == reverse("accounts:sign_in")


def test_a_session_made_past_our_own_door_is_nobody(hanako: Actor) -> None:
    visitor = Visitor()
    visitor.client.force_login(hanako.user, backend="django.contrib.auth.backends.ModelBackend")
    assert visitor.get("accounts:check_up").url.startswith(reverse("accounts:sign_in"))


def test_the_gate_asks_the_view_and_not_the_path() -> None:
    request = RequestFactory().get("/account/sign-in/")
    request.user = type("Anonymous", (), {"is_authenticated": False})()
    gate = AccessMiddleware(lambda _request: HttpResponse())
    assert gate.process_view(request, unmarked, [], {}) is not None
