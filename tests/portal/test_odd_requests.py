"""Requests that no page of ours sends: answered with a plain page, never with a fault of ours."""

from datetime import timedelta
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.test.client import RequestFactory
from django.urls import reverse

from accounts import links
from accounts.credentials import password_links
from accounts.enums import LinkReason
from accounts.models import CredentialChange
from accounts.sign_up import services as sign_up
from common import clock
from portal.requests import PageHandler
from recovery.models import Case
from tests.support.http_client import Visitor
from tests.support.people import HOME, Actor, join

pytestmark = pytest.mark.django_db

HELP = "/help/taken-over/check/"
FORM = {"when": "now", "email": "hanako@example.jp", "number": "090-1234-5678", "language": "ja"}
ENCODED = "when=now&email=hanako%40example.jp&number=09012345678&language=ja"


@pytest.fixture
def hanako() -> Actor:
    return join(
        email="hanako@example.jp",
        name="Hanako",
        place=HOME,
        at=clock.now() - timedelta(days=9),
        language="en",
    )


COOKIES = ("session", "case", "asking", "csrf", "language", "tz", "theme", "messages")


@pytest.mark.parametrize(
    "value", [r'"\000\000"', r'"\001"', "\x00", "é", "\xff\xfe", '"', "a" * 8000, "=;=", "%00"], ids=ascii
)
def test_a_cookie_that_we_never_set_is_as_none(value):
    for path in ("/help/", "/status/", "/account/sign-in/", "/live/case/"):
        usual = Client().get(path).status_code
        for name in COOKIES:
            answer = Client().get(path, headers={"Cookie": f"{name}={value}"})
            assert answer.status_code == usual, (path, name)


@pytest.mark.parametrize(
    "kind",
    [
        "application/x-www-form-urlencoded; charset=rot13",
        "application/x-www-form-urlencoded; charset=hex",
        "application/x-www-form-urlencoded; charset=utf-7",
        "application/x-www-form-urlencoded; charset=nothing-known",
        "application/x-www-form-urlencoded; charset=latin-1",
        "application/x-www-form-urlencoded; charset=unicode_escape",
        "multipart/form-data; boundary=x; charset=rot13",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "multipart/form-data; boundary=" + "x" * 300,
        "multipart/form-data; boundary=é",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_body_that_is_no_form_in_utf_8_does_nothing(kind, method):
    answer = Client().generic(method, HELP, ENCODED, kind)
    assert answer.status_code < 500
    assert method == "GET" or answer.status_code in (400, 422)
    assert not Case.objects.exists()


def test_the_charset_of_every_browser_is_taken():
    kind = "application/x-www-form-urlencoded; charset=UTF-8"
    assert Client().post(HELP, data=ENCODED, content_type=kind).status_code == 302


@pytest.mark.parametrize("kind", ["application/json", "text/plain; a", "", ";", "a/b/c", "text/xml"])
def test_a_body_of_another_kind_is_an_empty_form(kind):
    assert Client().post(HELP, data=ENCODED, content_type=kind).status_code == 422


def answered(**environment: Any) -> int:
    """The status that a server gets from the application, whose own way of reading requests this is."""
    handler = PageHandler()
    request = handler.request_class(RequestFactory().get(HELP).environ | environment)
    return int(handler.get_response(request).status_code)


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain; a*=rot13''%41",
        "text/plain; a*=nothing''%41",
        "text/plain; charset*=utf-16''%ff",
        "text/plain; charset=a\x00b",
        "text/plain; charset=\xff",
        "text/plain; charset",
        "text/plain; =;=;*=",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_content_type_that_cannot_be_read_gets_an_answer(kind, method):
    assert answered(REQUEST_METHOD=method, CONTENT_TYPE=kind) < 500


def test_too_many_fields_and_too_long_bodies_are_refused():
    assert Client().post(HELP, {f"field{n}": "" for n in range(1500)}).status_code == 400
    assert Client().post(HELP, FORM | {"note": "a" * 100_000}).status_code in (400, 413)
    assert not Case.objects.exists()


@pytest.mark.parametrize("length", ["-1", "abc", "1e9", "99999999999999999999", ""])
def test_a_length_that_is_none_gets_an_answer(length):
    assert answered(REQUEST_METHOD="POST", CONTENT_LENGTH=length, **{"wsgi.input": BytesIO(b"")}) < 500


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Accept-Language", "x" * 5000),
        ("Accept-Language", "en;q=nan,\x00;q=1"),
        ("User-Agent", "Foo\x00Bot/1.0 \xff"),
        ("Host", "exa\x00mple"),
        ("X-Forwarded-For", "\x00, unknown"),
        ("Referer", "http://[::1"),
        ("Origin", "null"),
        ("HX-Request", "\xff"),
        ("HX-Current-URL", "http://[::1"),
        ("HX-Current-URL-URI-AutoEncoded", "\xff"),
        ("If-None-Match", '"\x00'),
        ("If-Modified-Since", "never"),
        ("Last-Event-ID", "\x00"),
        ("Range", "bytes=a-"),
        ("Accept-Encoding", "gzip;q=x"),
    ],
)
def test_an_odd_header_breaks_no_page(name, value):
    for path in ("/help/", "/account/sign-in/", "/static/css/tokens.css", "/static/%00"):
        answer = Client().get(path, headers={name: value})
        answer.close()
        assert answer.status_code < 500, path


def test_an_unreadable_browser_signs_in_and_its_name_is_kept_without_control_characters(hanako):
    browser = Visitor()
    browser.meta["HTTP_USER_AGENT"] = "Mozilla/5.0 (compatible; Foo\x00\x1bBot/1.0; +http://a.example)"
    browser.signs_in(hanako)
    assert browser.row.browser.isprintable()


@pytest.mark.parametrize("query", ["part=%00", "seen=%ff%00", "next=/%00", "next=%ff", "next=/" + "a" * 9000])
@pytest.mark.parametrize("path", ["/account/sign-in/", "/help/", "/status/"])
def test_odd_queries_break_no_page(query, path):
    assert Client().get(f"{path}?{query}").status_code < 500


def test_a_way_on_that_is_too_long_is_left_aside(hanako):
    browser = Visitor()
    answer = browser.post(
        "accounts:sign_in", email=hanako.email, password=hanako.password, next="/" + "a" * 20_000
    )
    assert answer.status_code == 302
    assert len(answer.url) < 100


# Forms that have grown old


def grown_old(browser: Client, path: str, fields: dict[str, str], **headers: str) -> Any:
    return browser.post(path, fields, headers={"Origin": "http://testserver", **headers})


class Form(HTMLParser):
    """The one form of a page, read as a browser does."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.fields[""] = given.get("action") or ""
        if tag == "input":
            self.fields[given["name"] or ""] = given["value"] or ""


def fields_of(answer: Any) -> dict[str, str]:
    """What the page would send again, and under "" where to."""
    form = Form()
    form.feed(answer.content.decode())
    return form.fields


def test_a_help_form_from_before_a_sign_in_in_another_tab_is_sent_again(hanako):
    browser = Visitor(enforce_csrf_checks=True)
    old = browser.get("help_call", "taken-over").context["csrf_token"]
    token = browser.get("accounts:sign_in").context["csrf_token"]
    answer = browser.post(
        "accounts:sign_in", email=hanako.email, password=hanako.password, csrfmiddlewaretoken=str(token)
    )
    assert answer.status_code == 302
    refused = grown_old(
        browser.client, HELP, {**FORM, "email": '"><b>@example.jp', "csrfmiddlewaretoken": str(old)}
    )
    assert refused.status_code == 403
    assert "We kept what you" in refused.content.decode()
    again = fields_of(refused)
    assert again[""] == HELP
    assert again["email"] == '"><b>@example.jp'
    assert again["number"] == FORM["number"]
    sent = {name: value for name, value in again.items() if name}
    assert browser.client.post(HELP, sent).status_code == 422
    assert browser.client.post(HELP, sent | {"email": FORM["email"]}).status_code == 302
    assert Case.objects.get().email == FORM["email"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_to_a_form_from_elsewhere_nothing_is_shown_and_nothing_offered(origin):
    refused = grown_old(Client(enforce_csrf_checks=True), HELP, FORM, Origin=origin)
    assert refused.status_code == 403
    assert "hanako@example.jp" not in refused.content.decode()
    assert "<form" not in refused.content.decode()
    assert not Case.objects.exists()


def test_passwords_and_codes_are_not_shown_again():
    refused = grown_old(
        Client(enforce_csrf_checks=True),
        "/account/sign-in/",
        {"email": "hanako@example.jp", "password": "midnight-lantern", "code": "482913", "answer": "771204"},
    )
    page = refused.content.decode()
    assert "hanako@example.jp" in page
    for secret in ("midnight-lantern", "482913", "771204"):
        assert secret not in page


# Scanners of mails


def test_who_checks_links_by_head_uses_none_of_them_up(hanako):
    change = CredentialChange.objects.filter(user=hanako.user).latest("pk")
    for name, token in (
        ("accounts:sign_up_link", sign_up.make_token("new@example.jp")),
        ("accounts:password_link", password_links.make(hanako.user, LinkReason.FORGOT)),
        ("not_me_link", links.not_me_token(change.pk)),
    ):
        path = reverse(name, args=[token])
        assert Client().head(path).status_code == Client().get(path).status_code == 302
        reader = Visitor()
        assert reader.fetch(reader.fetch(path).url).status_code == 200
