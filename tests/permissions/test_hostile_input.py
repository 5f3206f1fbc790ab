"""Hostile text in every field of every form, every query, every cookie and every header that is read.

The doors are the table of addresses, the fields are what each door's form says when it is asked: a new
page or form is covered as soon as it stands there, and a form that no door leads to fails.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import timedelta
from itertools import cycle
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django import forms
from django.apps import apps
from django.db import connection, transaction
from django.http import HttpResponse
from django.urls import reverse
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from accounts import links
from accounts.credentials import password_links
from accounts.enrolment import services as enrolment
from accounts.enums import LinkReason
from accounts.models import CredentialChange, Session
from accounts.sign_up import services as sign_up
from common import clock, codes
from common.redis import client as redis_client
from portal.views import NEVER_SHOWN
from recovery.cases import admission
from recovery.claimant.access import CAPABILITY_COOKIE
from recovery.claimant.forms.moment import MomentForm
from recovery.evidence import services as evidence
from recovery.models import Case, Duty
from recovery.models.evidence import Method
from tests.permissions.test_urls import TABLE, World, world
from tests.support import contacts, people
from tests.support.desk_scenario import Desk
from tests.support.http_client import Visitor
from tests.support.people import PASSWORD, THIEF_PASSWORD

__all__ = ["world"]

OURS = ("accounts", "audit", "recovery")

# A value that each field takes, so that the one hostile value is not hidden behind another refusal.
GOOD = {
    "email": "kenji@example.com",
    "password": PASSWORD,
    "current_password": PASSWORD,
    "new_password": THIEF_PASSWORD,
    "code": "123456",
    "answer": "123456",
    "name": "Kenji",
    "language": "ja",
    "zone": "Asia/Tokyo",
    "when": "later",
    "number": "090-1234-5678",
    "reference": "K7QM-3XFD-9T2W",
    "factor": "totp",
    "act": "undo",
    "next": "/account/",
    "outcome": "answered",
    "method": "totp",
    "target": "1",
    "text": "They called from home.",
    "reason": "It was asked for.",
    "approval-reason": "The phone is lost.",
    "hand-back-reason": "The line is bad.",
    "refuse-reason": "not_shown",
    "decision": "approve",
    "noticed": "not_mine",
    "since": "days",
    "change": "1",
    "sessions": "00000000-0000-4000-8000-000000000000",
    "lost": "1",
    "knows_password": "on",
    "statement": "spoke",
}
ASIDE = ("act", "next", "language", "now", "csrfmiddlewaretoken", "new_password", "name")
"""Read without a form, by one page or another."""
QUERIES = ("next", "part", "seen", "head", "act", "call", "changes", "before", "after", "to", "page")
COOKIES = ("session", "csrf", "case", "asking", "language", "tz", "theme", "messages")
HEADERS = (
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Authorization",
    "Content-Type",
    "HX-Boosted",
    "HX-Current-URL",
    "HX-Request",
    "HX-Target",
    "HX-Trigger",
    "Host",
    "If-Modified-Since",
    "If-None-Match",
    "Last-Event-ID",
    "Origin",
    "Range",
    "Referer",
    "User-Agent",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
)

HARMFUL = [
    "\x00",
    "\x1b[31m\x07",
    "\r\nBcc: a@example.jp",
    "\x85\u2028",
    "\u202e\u2066",
    "\u200b\u00ad\u3164",
    "\ud800",
    "\udcff\udc00",
    "\u0301" * 60,
    "ﷺ" * 40,
    "\u0958" * 40,
    "ﷺ" * 3000,
    "a" * 10_000,
    "9" * 400,
    "-1",
    "٠١٢٣٤٥",
    "०१२३४५",
    "①𝟘²",
    "ıİſ\u212aß",
    "%s%(x)s%n{0}{x.y}",
    "{{ 7|add:7 }}{% now %}",
    "'; DROP TABLE accounts_user; --",
    '"><script>alert(1)</script>',
    "../../etc/passwd",
    "//evil.example/",
    "2026-13-45T99:99",
    "9999-12-31T23:59",
    "nan",
    "\U0001f469\u200d\U0001f527",
]


def examples(count: int) -> Any:
    """So many, and the first that fails is told as it is: to make it smaller would take minutes."""
    return settings(max_examples=count, phases=[Phase.generate])


def around(good: str, harm: str) -> list[str]:
    return [harm, good + harm, harm + good, good[: len(good) // 2] + harm + good[len(good) // 2 :]]


hostile = st.tuples(
    st.sampled_from(HARMFUL) | st.text(st.characters(), max_size=30), st.integers(min_value=0, max_value=3)
)


many = st.lists(hostile, min_size=13, max_size=13)


def as_bytes(text: str) -> bytes:
    """As a browser out of order, or a hand, would send it."""
    return text.encode("utf-8", "surrogatepass")


@contextmanager
def forms_asked() -> Iterator[dict[type[forms.Form], set[str]]]:
    """The forms that are filled while it lasts, and the names of their fields on the page."""
    asked: dict[type[forms.Form], set[str]] = {}
    clean = forms.BaseForm.full_clean

    def spied(form: Any) -> None:
        if form.is_bound:
            asked.setdefault(type(form), set()).update(form.add_prefix(name) for name in form.fields)
        clean(form)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forms.BaseForm, "full_clean", spied)
        yield asked


def known_forms(base: type[Any] = forms.Form) -> set[type[forms.Form]]:
    found = {one for one in base.__subclasses__() if one.__module__.startswith(OURS)}
    return found.union(*(known_forms(one) for one in base.__subclasses__()))


WITHOUT_SIGNING_IN = ("anonymous", "holder of links", "imported person", "waiting", "talking")


ASKED = admission.Asked(
    *("kenji@example.com", "+819012345678", "taken_over", "en", "Asia/Tokyo", None),
    noticed=("not_mine",),
    since="days",
    said="Orders that I did not make.",
)


def asks_a_contact(desk: Desk, case: int) -> str:
    """A recovery contact of Hanako is asked to vouch; returns what is in their link."""
    mika = contacts.accepted(desk.hanako)
    row = Case.objects.get(pk=case)
    evidence.ask(case=row, agent_id=desk.sato.user.pk, method=Method.CONTACT, target=mika.pk)
    return people.token_of("contact_asked")


def imports_somebody() -> str:
    """An account from another system, whose owner has asked for the link; returns what is in it."""
    kei = sign_up.create(email="kei@example.jp", name="Kei", password=people.PASSWORD)
    kei.imported_at = clock.now()
    kei.save(update_fields=["imported_at"])
    enrolment.mail(kei)
    return people.token_mailed_to(kei.email)


class House:
    """The world of the table, and browsers that hold what each page wants: a link, a case, a fresh factor."""

    def __init__(self, world: World) -> None:
        self.world = world
        desk = world.desk
        roles = ("anonymous", "password given", "user", "agent with the case", "supervisor", "admin")
        self.browsers = {role: world.visitor(role) for role in roles}
        kenji = world.kenji.user
        change = CredentialChange.objects.filter(user=kenji).latest("pk").pk
        session = Session.objects.filter(user=kenji, ended_at=None).earliest("started_at").pk
        holder, self.pages = Visitor(), dict[str, str]()
        for name, token in (
            ("accounts:sign_up_link", sign_up.make_token("new@example.jp")),
            ("accounts:password_link", password_links.make(kenji, LinkReason.FORGOT)),
            ("not_me_link", links.not_me_token(change)),
            ("not_me_session_link", links.not_me_session_token(session)),
            ("help_link", admission.make_token(ASKED)),
            ("vouch_link", asks_a_contact(desk, world.case)),
        ):
            # The page of a link has the link's id in its address.
            page = holder.opens_link(name, token)
            self.pages[urlsplit(page).path] = page
        self.browsers["holder of links"] = holder
        # A browser keeps a few links only.
        imported = self.browsers["imported person"] = Visitor()
        page = imported.opens_link("accounts:enrolment_link", imports_somebody())
        self.pages[urlsplit(page).path] = page
        _case, capability = desk.asks(email="w@example.jp", number="+819011112222")
        self.browsers["waiting"] = Visitor()
        self.browsers["waiting"].client.cookies[CAPABILITY_COOKIE] = capability
        Case.objects.filter(pk=world.case).update(capability=codes.fingerprint("in hand"))
        case = Case.objects.get(pk=world.case)
        asked = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.TOTP)
        world.arguments["status_answer"] = [asked.pk]
        # That a page is open is noted again and again, whatever else is refused.
        Duty.objects.update(seen_at=clock.now() + timedelta(hours=1))
        self.browsers["talking"] = Visitor()
        self.browsers["talking"].client.cookies[CAPABILITY_COOKIE] = "in hand"
        self.tables = [
            model._meta.db_table
            for app in ("accounts", "recovery", "notifications")
            for model in apps.get_app_config(app).get_models()
            if model._meta.db_table != "accounts_session"
        ]

    def kept(self) -> tuple[Any, ...]:
        """What the tables of the domain hold, in short."""
        sums = ", ".join(
            f"(SELECT count(*)::text || sum(hashtext(t::text))::text FROM {table} t)" for table in self.tables
        )
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {sums}")
            return tuple(cursor.fetchone())

    def send(
        self, role: str, method: str, path: str, body: dict[str, str], *, whole: bool = False, **meta: Any
    ) -> HttpResponse:
        """One request that leaves nothing behind. ``whole``: refused means that nothing was written."""
        visitor = self.browsers[role]
        cookies = deepcopy(visitor.client.cookies)
        redis_client().flushdb()
        encoded = urlencode([(name, as_bytes(value)) for name, value in body.items()]).encode()
        with transaction.atomic():
            before = self.kept() if whole else ()
            with clock.pretend(visitor.at):
                answer: Any = visitor.client.generic(
                    method,
                    path,
                    **{
                        "data": encoded,
                        "content_type": "application/x-www-form-urlencoded",
                        **visitor.meta,
                        **meta,
                    },
                )
            shown = {name: value[:200] for name, value in body.items()}
            # Rightly: there is no worker, and this client opens no streams.
            if answer.status_code != 503 or not path.startswith((reverse("readyz"), "/live/")):
                assert answer.status_code < 500, (method, path, shown)
            if whole and answer.status_code >= 400:
                assert self.kept() == before, (method, path, shown, answer.status_code)
            transaction.set_rollback(True)
        visitor.client.cookies = cookies
        return answer

    def path(self, name: str) -> str:
        path = self.world.path(name)
        return self.pages.get(path, path)

    def good(self, name: str) -> str:
        if name == "due_at":
            return f"{clock.now() + timedelta(hours=30):%Y-%m-%dT%H:%M}"
        return GOOD.get(name, "")

    def doors(self) -> Iterator[tuple[str, str, dict[type[forms.Form], set[str]]]]:
        """Who may post where, and which forms are read there."""
        for name, reach in TABLE.items():
            path = self.path(name)
            for role in WITHOUT_SIGNING_IN if "anonymous" in reach else reach & set(self.browsers):
                body = {one: self.good(one) for one in [*GOOD, "due_at"]}
                if name == "help_check":
                    del body["change"]  # it leads back to an answer
                with forms_asked() as asked:
                    answer = self.send(role, "POST", path, body)
                if answer.status_code == 405 or path == reverse("readyz"):
                    break
                yield role, path, asked
                if asked:
                    break


@pytest.fixture
def house(world: World) -> House:
    return House(world)


def test_hostile_text_in_any_field_of_any_form_is_refused_whole_or_taken(house: House) -> None:
    doors = {(role, path): asked for role, path, asked in house.doors()}
    with forms_asked() as searched:
        house.send("admin", "GET", reverse("audit:trail") + "?account=1", {})
    reached = {form for asked in doors.values() for form in asked} | set(searched)
    # Of what two forms share, no page makes a form.
    assert known_forms() - reached - {MomentForm} == set(), "no page of the table leads to these forms"

    # Each page once: in the hands of whoever gets furthest with it.
    furthest: dict[str, tuple[str, set[str]]] = {}
    for (role, path), asked in doors.items():
        fields = {field for names in asked.values() for field in names}
        if len(fields) >= len(furthest.get(path, ("", set()))[1]):
            furthest[path] = (role, fields)

    @examples(4)
    @given(many)
    def at_every_door(harms: list[tuple[str, int]]) -> None:
        turns = cycle(harms)
        for path, (role, fields) in furthest.items():
            if not fields:
                house.send(role, "POST", path, dict.fromkeys(ASIDE, next(turns)[0]))
            for field in sorted(fields):
                harm, place = next(turns)
                body = {name: house.good(name) for name in fields}
                body[field] = around(house.good(field), harm)[place]
                house.send(role, "POST", path, body, whole=field not in NEVER_SHOWN)

    at_every_door()


def test_hostile_text_in_any_query_is_answered(house: House) -> None:
    pages = [
        (role, house.world.path(name))
        for name, reach in TABLE.items()
        for role in ("waiting", "user", "agent with the case", "supervisor", "admin")
        if role in reach or (role == "waiting" and "anonymous" in reach)
    ]
    with forms_asked() as searched:
        house.send("admin", "GET", reverse("audit:trail") + "?account=1", {})
    fields = [name for names in searched.values() for name in names]

    @examples(1)
    @given(many)
    def on_every_page(harms: list[tuple[str, int]]) -> None:
        turns = cycle(harms)
        for role, path in pages:
            query = urlencode([(name, as_bytes(next(turns)[0])) for name in QUERIES])
            house.send(role, "GET", f"{path}?{query}", {})

    @examples(4)
    @given(many)
    def in_the_search(harms: list[tuple[str, int]]) -> None:
        turns = cycle(harms)
        for field in fields:
            query = urlencode({field: as_bytes(next(turns)[0])})
            house.send("admin", "GET", f"{reverse('audit:trail')}?{query}", {})

    on_every_page()
    in_the_search()


def in_a_header(text: str) -> str:
    """Bytes as a server hands them on; one that lets line breaks through would be none."""
    return as_bytes(text).decode("latin-1").replace("\r", "").replace("\n", "")


@examples(4)
@given(many)
def test_hostile_text_in_any_cookie_or_header_is_answered(house: House, harms: list[tuple[str, int]]) -> None:
    turns = cycle(harms)
    path = reverse("help_check", args=["taken_over"])
    asked = {"when": "now", **{name: GOOD[name] for name in ("email", "number", "language")}}
    for name in COOKIES:
        text = in_a_header(next(turns)[0])
        quoted = "".join(f"\\{ord(char):03o}" for char in text[:100])
        for value in (text, f'"{quoted}"'):
            house.send("anonymous", "POST", path, asked, HTTP_COOKIE=f"{name}={value}")
    for name in HEADERS:
        key = "CONTENT_TYPE" if name == "Content-Type" else f"HTTP_{name.upper().replace('-', '_')}"
        meta: dict[str, Any] = {key: in_a_header(next(turns)[0])}
        house.send("user", "GET", reverse("accounts:methods"), {}, **meta)
        house.send("anonymous", "POST", path, asked, **meta)


def test_what_is_typed_anew_each_time_is_never_shown_again() -> None:
    """The page of a form grown old leaves out passwords and codes: here is which fields those are."""
    secret = {
        name
        for form in known_forms()
        for name, field in form.base_fields.items()
        if isinstance(field.widget, forms.PasswordInput)
        or "one-time-code" in field.widget.attrs.get("autocomplete", "")
    }
    assert secret | {"answer", "code"} == NEVER_SHOWN - {"current_password"} | {"current_password"}
