"""Two links in two tabs of one browser: each page acts for its own, and none leaves a trace on the server."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session as Stored
from django.test import override_settings
from django.urls import reverse

from accounts import link_token, links
from accounts.credentials import services as credentials
from accounts.disputes import objections
from accounts.models import Authenticator, CredentialChange, PendingEmail, User
from accounts.sign_up import services as sign_up
from audit.models import Event
from common import clock
from tests.support import people
from tests.support.http_client import Visitor
from tests.support.people import Actor

pytestmark = pytest.mark.django_db

NEW = "tall-river-quilt-97"
OPENINGS = (
    "accounts:password_link",
    "accounts:sign_up_link",
    "accounts:email_link",
    "accounts:stop_email_link",
    "not_me_link",
)
PAGES = (
    "accounts:choose_password",
    "accounts:sign_up_details",
    "accounts:confirm_email",
    "accounts:stop_email",
    "not_me",
)


def password_link(actor: Actor) -> str:
    people.forgets_password(actor.email)
    return people.token_mailed_to(actor.email)


def change_of(actor: Actor) -> CredentialChange:
    return CredentialChange.objects.filter(user=actor.user).latest("pk")


def has_password(actor: Actor, password: str) -> bool:
    return User.objects.get(pk=actor.user.pk).check_password(password)


def test_the_form_of_the_first_password_link_sets_the_first_password(hanako: Actor, kenji: Actor) -> None:
    browser = Visitor()
    first = browser.opens_link("accounts:password_link", password_link(hanako))
    second = browser.opens_link("accounts:password_link", password_link(kenji))
    assert browser.get(first).context["address"] == hanako.email
    assert browser.get(second).context["address"] == kenji.email
    assert browser.post(first, new_password=NEW).url == reverse("accounts:sign_in")
    assert has_password(hanako, NEW)
    assert has_password(kenji, kenji.password)
    assert browser.post(second, new_password=NEW).url == reverse("accounts:sign_in")
    assert has_password(kenji, NEW)


def test_a_refused_password_leaves_the_page_with_its_own_link(hanako: Actor, kenji: Actor) -> None:
    browser = Visitor()
    first = browser.opens_link("accounts:password_link", password_link(hanako))
    browser.opens_link("accounts:password_link", password_link(kenji))
    refused = browser.post(first, new_password="short")
    assert (refused.status_code, refused.context["address"]) == (422, hanako.email)
    assert (
        '<form method="post" class="form" novalidate>' in refused.content.decode()
    )  # posts to where it stands


def test_the_form_of_the_first_sign_up_makes_the_first_account(db: None) -> None:
    browser = Visitor()
    first = browser.opens_link("accounts:sign_up_link", sign_up.make_token("aoi@example.jp"))
    browser.opens_link("accounts:sign_up_link", sign_up.make_token("mika@example.jp"))
    assert browser.get(first).context["address"] == "aoi@example.jp"
    assert browser.post(first, name="Aoi", new_password=NEW).status_code == 302
    assert User.objects.get().email == "aoi@example.jp"


def test_the_form_of_the_first_new_address_confirms_the_first(hanako: Actor, kenji: Actor) -> None:
    tokens = []
    for actor in (hanako, kenji):
        session = people.come_in(actor.user, people.HOME, clock.now())
        credentials.request_email_change(user=actor.user, address=f"new.{actor.email}", session=session)
        tokens.append(people.token_mailed_to(f"new.{actor.email}"))
    browser = Visitor()
    first, _second = (browser.opens_link("accounts:email_link", token) for token in tokens)
    assert browser.get(first).context["new"] == "new.hanako@example.jp"
    assert browser.post(first).context["address"] == "new.hanako@example.jp"
    assert PendingEmail.objects.get(user=kenji.user).state == "pending"


def test_the_button_of_the_first_notice_objects_to_the_first_change(hanako: Actor, kenji: Actor) -> None:
    CredentialChange.objects.update(at=clock.now() - timedelta(days=1))
    browser = Visitor()
    first, second = (
        browser.opens_link("not_me_link", links.not_me_token(change_of(actor).pk))
        for actor in (hanako, kenji)
    )
    assert browser.post(first, act="object").url == first
    assert change_of(hanako).state == "objected"
    assert change_of(kenji).state == "applied"
    assert browser.get(second).context["dispute"].state == "open"
    assert browser.get(first).context["dispute"].state == "objected"


def test_the_history_opens_the_page_of_the_change_that_was_pressed(hanako: Actor) -> None:
    browser = Visitor().signs_in(hanako)
    older, newer = CredentialChange.objects.filter(user=hanako.user).order_by("pk")[:2]
    CredentialChange.objects.update(at=clock.now() - timedelta(days=1))
    first = browser.post("accounts:object", older.pk).url
    browser.post("accounts:object", newer.pk)
    browser.post(first, act="object")
    assert CredentialChange.objects.get(pk=older.pk).state == "objected"
    assert CredentialChange.objects.get(pk=newer.pk).state == "applied"


def test_undoing_leads_to_the_password_of_the_account_that_was_undone(hanako: Actor, kenji: Actor) -> None:
    people.take_over(hanako.user, clock.now() - timedelta(minutes=14))
    change = CredentialChange.objects.get(user=hanako.user, kind="email")
    objections.object_to(change_id=change.pk)
    browser = Visitor()
    notice = browser.opens_link("not_me_link", links.not_me_token(change.pk))
    page = browser.post(notice, act="undo", factor="totp", code=hanako.code(browser.at)).url
    browser.opens_link("accounts:password_link", password_link(kenji))
    assert browser.get(notice).status_code == 422  # used up, and forgotten here
    assert browser.post(page, new_password=NEW).status_code == 302
    assert has_password(hanako, NEW)
    assert has_password(kenji, kenji.password)


def test_the_id_in_the_address_opens_nothing_elsewhere(hanako: Actor) -> None:
    token = password_link(hanako)
    page = Visitor().opens_link("accounts:password_link", token)
    assert token not in page
    stranger = Visitor()
    for answer in (stranger.get(page), stranger.post(page, new_password=NEW)):
        assert answer.status_code == 422
        assert "Open it again from the e-mail" in answer.content.decode()
    assert has_password(hanako, hanako.password)


@pytest.mark.parametrize("name", PAGES)
def test_an_address_that_names_no_link_says_what_to_do(hanako: Actor, name: str) -> None:
    browser = Visitor()
    browser.opens_link("accounts:password_link", password_link(hanako))
    for where in (reverse(name), f"{reverse(name)}?link=0123456789ab"):
        for answer in (browser.get(where), browser.post(where, new_password=NEW)):
            assert answer.status_code == 422
            assert "Open it again from the e-mail" in answer.content.decode()
    assert has_password(hanako, hanako.password)


def test_a_cookie_under_the_name_of_another_link_does_not_count(hanako: Actor, kenji: Actor) -> None:
    browser = Visitor()
    page = browser.opens_link("accounts:password_link", password_link(hanako))
    (name,) = [name for name in browser.client.cookies if name.startswith("link-")]
    browser.client.cookies[name] = f"1.{password_link(kenji)}"
    assert browser.get(page).status_code == 422


@pytest.mark.parametrize("kept", ["", ".", "x", "9" * 5000, "1.\x00", "\ud800"])
def test_a_broken_cookie_is_no_link(db: None, kept: str) -> None:
    browser = Visitor()
    raw = f"link-abc={kept}".encode(errors="surrogatepass").decode("latin-1")
    answer = browser.fetch(reverse("accounts:choose_password"), {"link": "abc"}, HTTP_COOKIE=raw)
    assert answer.status_code == 422


def test_the_cookie_is_out_of_reach_of_scripts_and_lasts_an_hour(hanako: Actor) -> None:
    browser = Visitor()
    browser.opens_link("accounts:password_link", password_link(hanako))
    (cookie,) = [value for name, value in browser.client.cookies.items() if name.startswith("link-")]
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"], cookie["max-age"]) == ("Lax", "/", 3600)


@override_settings(SECURE=True)
def test_over_https_it_belongs_to_this_host_alone(hanako: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_token, "COOKIE", "__Host-link-")
    browser = Visitor()
    page = browser.opens_link("accounts:password_link", password_link(hanako))
    (name,) = [name for name in browser.client.cookies if "link" in name]
    assert name.startswith("__Host-link-")
    assert browser.client.cookies[name]["secure"]
    browser.post(page, new_password=NEW)
    forgotten = browser.client.cookies[name]
    assert (forgotten.value, bool(forgotten["secure"]), forgotten["max-age"]) == ("", True, 0)


def test_a_browser_keeps_the_five_links_that_it_opened_last(db: None) -> None:
    browser = Visitor()
    pages = []
    for number in range(7):
        token = sign_up.make_token(f"aoi{number}@example.jp")
        pages.append(browser.wait(seconds=1).opens_link("accounts:sign_up_link", token))
        for name in [name for name, one in browser.client.cookies.items() if one["max-age"] == 0]:
            del browser.client.cookies[name]
    assert len([name for name in browser.client.cookies if name.startswith("link-")]) == link_token.MAX_TOKENS
    assert [browser.get(page).status_code for page in pages] == [422] * 2 + [200] * 5


def test_a_used_link_is_forgotten(hanako: Actor) -> None:
    browser = Visitor()
    page = browser.opens_link("accounts:password_link", password_link(hanako))
    browser.post(page, new_password=NEW)
    (cookie,) = [one for name, one in browser.client.cookies.items() if name.startswith("link-")]
    assert (cookie.value, cookie["max-age"]) == ("", 0)


def traces() -> tuple[int, int]:
    return Stored.objects.count(), Event.objects.count()


def test_a_hundred_and_fifty_invented_links_leave_nothing_behind(db: None) -> None:
    before = traces()
    for number in range(150):
        browser = Visitor()
        answer = browser.get(OPENINGS[number % 4], f"invented-{number}")
        assert answer.status_code == 422
        assert re.search("This link (doesn’t work|no longer works)", answer.content.decode())
        assert not [name for name in browser.client.cookies if name == "session" or "link" in name]
    assert traces() == before


def test_opening_a_good_link_leaves_nothing_on_the_server_either(hanako: Actor) -> None:
    token = password_link(hanako)
    before = traces()
    browser = Visitor()
    browser.get(browser.opens_link("accounts:password_link", token))
    assert traces() == before
    assert "session" not in browser.client.cookies


# The key of a code app waits under the id that its page carries


def pages_of(visitor: Visitor) -> list[tuple[str, str]]:
    bound = Authenticator.objects.filter(kind="totp", removed_at=None).latest("pk")
    return [
        visitor.opens_enrolling("accounts:totp_add"),
        visitor.opens_enrolling("accounts:totp_add"),
        visitor.opens_enrolling("accounts:totp_replace", bound.pk),
    ]


def bind(visitor: Visitor, page: str, key: str) -> Any:
    return visitor.post(page, code=people.code_of(key, visitor.at), name="Tablet")


def test_each_tab_shows_a_key_of_its_own_in_words_and_picture(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    pages = pages_of(visitor)
    assert len({key for _page, key in pages}) == 3
    pictures = set()
    for page, key in pages:
        shown = visitor.get(page)
        assert shown.context["key"].replace(" ", "") == key
        (picture,) = re.findall(r'<img class="qr" src="([^"]+)"', shown.content.decode())
        assert picture.endswith(page.partition("?")[2])
        pictures.add(visitor.get(picture).content)
    assert len(pictures) == 3


@pytest.mark.parametrize("tab", [0, 1, 2])
def test_each_tab_binds_the_key_that_it_shows_and_no_other(hanako: Actor, tab: int) -> None:
    visitor = Visitor().signs_in(hanako)
    pages = pages_of(visitor)
    page, key = pages[tab]
    other = pages[tab - 1][1]
    assert bind(visitor, page, other).status_code == 422
    assert bind(visitor, page, key).status_code == 302
    visitor.wait(seconds=60)
    again = Visitor(at=visitor.at)
    again.gives_password(hanako)
    assert again.post("accounts:verify", code=people.code_of(other, again.at)).status_code == 422
    assert again.post("accounts:verify", code=people.code_of(key, again.at)).status_code == 302


def test_two_tabs_of_enrolling_bind_once(db: None) -> None:
    user = sign_up.create(email="mika@example.jp", name="Mika", password=people.PASSWORD, how="imported")
    visitor = Visitor()
    visitor.gives_password(Actor(user, user.email, people.PASSWORD, "", []))
    (first, key), (second, other) = (visitor.opens_enrolling("accounts:enrol_totp") for _tab in range(2))
    assert bind(visitor, first, key).status_code == 200
    assert bind(visitor, second, other).url == reverse("accounts:methods")
    assert Authenticator.objects.filter(user=user, kind="totp").count() == 1


@pytest.mark.parametrize("where", ["/account/methods/add/", "/account/methods/add/?key=unknown"])
def test_a_page_whose_key_is_gone_binds_nothing_and_says_so(hanako: Actor, where: str) -> None:
    visitor = Visitor().signs_in(hanako)
    answer = visitor.post(where, code="123456", name="Tablet")
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "Scan the new one." in shown
    assert 'value="Tablet"' in shown
    (action,) = re.findall(r'<form method="post" action="(\?key=[^"]+)"', shown)
    key = answer.context["key"].replace(" ", "")
    assert bind(visitor, f"/account/methods/add/{action}", key).status_code == 302


def test_a_session_holds_a_few_keys_and_the_newest_stay(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    pages = [visitor.opens_enrolling("accounts:totp_add") for _tab in range(7)]
    held = [name for name, _key in visitor.client.session.items() if name.startswith("totp_key:")]
    assert len(held) == 5
    assert bind(visitor, pages[0][0], pages[0][1]).status_code == 422
    assert bind(visitor, pages[6][0], pages[6][1]).status_code == 302
