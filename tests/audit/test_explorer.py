"""Suzuki, an admin, reviews the trail; what she looks at is written into it; nobody else gets in."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.urls import reverse

from audit import reading, recording
from audit.context import Context, use
from audit.reading import Filters
from audit.registry import TYPES
from common import clock
from common.network import Origin

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 3, 1, 14, 41, tzinfo=UTC)
THIEF = Origin("198.51.100.7", "NL", "Chrome, Windows")


@pytest.fixture
def suzuki(person):
    return person("Suzuki", "admin", zone="Asia/Tokyo")


@pytest.fixture
def hanako(person):
    return person("Hanako")


@pytest.fixture
def reviewer(suzuki, as_person):
    return as_person(suzuki)


@pytest.fixture
def taken_over(hanako):
    """The night of the takeover, in one session and one request."""
    thief = Context(hanako.pk, THIEF, uuid4(), uuid4())
    with use(thief):
        with clock.pretend(NIGHT):
            recording.record(
                "sign_in.succeeded", account=hanako.pk, details={"factor": "totp", "new_country": True}
            )
        with clock.pretend(NIGHT + timedelta(minutes=1)):
            details = {"from_masked": "h••••o@example.jp", "to_masked": "x••••x@example.net"}
            recording.record("credential.email.changed", account=hanako.pk, details=details)
        with clock.pretend(NIGHT + timedelta(minutes=2)):
            recording.record(
                "step_up.failed", account=hanako.pk, outcome="failed", case=77, details={"factor": "totp"}
            )
    return thief


def links(page: str) -> dict[str, str]:
    """Where each link of the page leads, by its text."""
    found = re.findall(r'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', page, re.DOTALL)
    return {" ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split()): unescape(href) for href, text in found}


def follow(reviewer, href: str) -> str:
    answer = reviewer.get(reverse("audit:trail") + href if href.startswith("?") else href)
    assert answer.status_code == 200
    return answer.content.decode()


class TestWho:
    @pytest.mark.parametrize("role", ["user", "agent", "supervisor"])
    def test_others_find_no_such_page_and_are_written_down(self, person, as_person, role, taken_over, hanako):
        other = person("Kenji", role)
        event = reading.events(Filters(account=(hanako.pk,))).entries[0]
        for path in (reverse("audit:trail"), reverse("audit:event", args=[event.cursor])):
            answer = as_person(other).get(path)
            assert answer.status_code == 404
            assert b"x@example.net" not in answer.content
            denied = reading.events(Filters(person=(other.pk,))).entries[0]
            assert (denied.action, denied.outcome, denied.details) == (
                "access.denied",
                "denied",
                {"path": path},
            )

    def test_who_is_not_signed_in_is_asked_to(self, client):
        answer = client.get(reverse("audit:trail"))
        assert answer.status_code == 302
        assert answer.url.startswith(reverse("accounts:sign_in"))

    def test_an_admin_sees_sentences(self, reviewer, taken_over, hanako):
        page = follow(reviewer, f"?account={hanako.pk}")
        assert "The e-mail address of Hanako was changed from h••••o@example.jp to x••••x@example.net" in page
        assert "Hanako signed in with a code from an authenticator app" in page
        assert "This account had not been used from this country before." in page
        assert "1 Mar 2026, 23:41:00 JST" in page

    def test_nothing_is_changed_by_a_post(self, reviewer):
        assert reviewer.post(reverse("audit:trail")).status_code == 405


class TestReading:
    def test_a_search_is_an_event_with_its_filters(self, reviewer, suzuki, hanako, taken_over):
        follow(reviewer, f"?account={hanako.pk}&country=NL")
        read = reading.events(Filters(person=(suzuki.pk,))).entries[0]
        assert read.action == "audit.searched"
        assert read.account == hanako.pk
        assert read.details == {"filters": {"account": str(hanako.pk), "country": "NL"}}
        assert (read.address, read.session is not None) == ("127.0.0.1", True)

    def test_opening_an_event_is_one_too(self, reviewer, suzuki, hanako, taken_over):
        event = reading.events(Filters(account=(hanako.pk,))).entries[0]
        assert reviewer.get(reverse("audit:event", args=[event.cursor])).status_code == 200
        read = reading.events(Filters(person=(suzuki.pk,))).entries[0]
        assert (read.action, read.account, read.case) == ("audit.event.read", hanako.pk, 77)
        assert read.details == {"event": str(event.cursor)}


class TestNarrowing:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("198.51.100.7", 3),
            ("Netherlands", 3),
            ("Hanako", 3),
            ("sign_in.succeeded", 1),
            ("failed", 1),
            ("case 77", 1),
        ],
    )
    def test_one_click_narrows_by_any_value(self, reviewer, hanako, taken_over, text, found):
        page = follow(reviewer, f"?person={hanako.pk}")
        narrowed = follow(reviewer, links(page)[text])
        assert f"{found} event" in narrowed
        assert len(re.findall(r'class="sentence"', narrowed)) == found

    @pytest.mark.parametrize("kind", ["session", "request"])
    def test_session_and_request_too(self, reviewer, hanako, taken_over, kind):
        page = follow(reviewer, f"?account={hanako.pk}")
        number = str(getattr(taken_over, kind))
        href = links(page)[f"{kind} {number[:8]}"]
        assert parse_qs(urlsplit(href).query)[kind] == [number]
        assert "3 events" in follow(reviewer, href)

    def test_a_chip_takes_its_filter_away_and_leaves_the_others(self, reviewer, hanako, taken_over):
        page = follow(reviewer, f"?account={hanako.pk}&country=NL&outcome=failed")
        chips = {text: href for text, href in links(page).items() if text.endswith("remove")}
        assert set(chips) == {
            "Account: Hanako × remove",
            "Country: Netherlands × remove",
            "Outcome: failed × remove",
        }
        assert parse_qs(urlsplit(chips["Outcome: failed × remove"]).query) == {
            "account": [str(hanako.pk)],
            "country": ["NL"],
        }

    def test_a_column_of_the_picture_narrows_to_its_time(self, reviewer, hanako, taken_over):
        page = follow(reviewer, f"?account={hanako.pk}")
        columns = re.findall(r'<a href="([^"]*)" aria-label="1 Mar 2026, 23:42: 1 event"', page)
        assert len(columns) == 1
        narrowed = follow(reviewer, unescape(columns[0]))
        assert narrowed.count('class="sentence"') == 1
        assert "was changed from" in narrowed

    def test_a_period_just_past(self, reviewer, hanako, taken_over):
        recording.record("sign_out", account=hanako.pk)
        page = follow(reviewer, f"?account={hanako.pk}")
        narrowed = follow(reviewer, links(page)["Last hour"])
        assert "Hanako signed out" in narrowed
        assert "x••••x@example.net" not in narrowed


class TestTyping:
    """What is typed becomes a URL that means the same to everybody."""

    def canonical(self, reviewer, **typed) -> dict[str, list[str]]:
        answer = reviewer.get(reverse("audit:trail"), typed)
        assert answer.status_code == 302
        return parse_qs(urlsplit(answer.url).query)

    def test_empty_fields_leave_the_url(self, reviewer):
        assert self.canonical(reviewer, account="", action="", case="", since="") == {}

    def test_an_address_becomes_its_account(self, reviewer, hanako):
        assert self.canonical(reviewer, account=hanako.email.upper()) == {"account": [str(hanako.pk)]}

    def test_an_address_that_she_had_finds_her_too(self, reviewer, hanako):
        from audit.signals import account_sought

        def ever_hers(text, **kwargs):
            return [hanako.pk] if text == "old@example.jp" else []

        account_sought.connect(ever_hers)
        try:
            assert self.canonical(reviewer, account="old@example.jp") == {"account": [str(hanako.pk)]}
        finally:
            account_sought.disconnect(ever_hers)

    def test_a_name_may_be_several_people(self, reviewer, person):
        one, two = person("Quirin Zeta"), person("Quirina Zeta")
        assert self.canonical(reviewer, person="quirin") == {"person": [f"{one.pk},{two.pk}"]}

    def test_a_local_time_becomes_utc(self, reviewer):
        assert self.canonical(reviewer, since="2026-03-01T23:41") == {"since": ["2026-03-01T14:41:00Z"]}

    def test_and_is_local_again_in_the_form(self, reviewer):
        assert 'value="2026-03-01T23:41:00"' in follow(reviewer, "?since=2026-03-01T14:41:00Z")

    def test_the_box_becomes_filters_and_leaves_the_url(self, reviewer, hanako):
        typed = f'{hanako.email} failed 198.51.100.7 "{hanako.name}" case 77'
        assert self.canonical(reviewer, q=typed, since="") == {
            "account": [str(hanako.pk)],
            "outcome": ["failed"],
            "address": ["198.51.100.7"],
            "case": ["77"],
        }

    def test_the_box_counts_before_a_filter_that_stood_there(self, reviewer, hanako):
        found = self.canonical(reviewer, q="Netherlands", country="JP", account=str(hanako.pk))
        assert found == {"country": ["NL"], "account": [str(hanako.pk)]}

    def test_what_was_not_understood_stays_in_the_box_and_is_said(self, reviewer, hanako, taken_over):
        typed = {"q": f"{hanako.email} blorp"}
        assert self.canonical(reviewer, **typed) == {"account": [str(hanako.pk)], "q": ["blorp"]}
        page = reviewer.get(reverse("audit:trail"), typed, follow=True).content.decode()
        assert "Not understood, so ignored: <bdi>blorp</bdi>." in page
        assert 'value="blorp"' in page
        assert page.count('class="sentence"') == 3

    def test_when_nothing_was_understood_nothing_is_found(self, reviewer, taken_over):
        answer = reviewer.get(reverse("audit:trail"), {"q": "blorp"})
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "Not understood, so ignored: <bdi>blorp</bdi>." in page
        assert 'class="sentence"' not in page

    def test_several_types_of_event_survive_the_other_fields(self, reviewer, hanako, taken_over):
        query = self.canonical(reviewer, q="read out", account=str(hanako.pk))
        assert query["action"] == ["call.read_out_confirmed,call.read_out_failed"]
        page = follow(reviewer, f"?account={hanako.pk}&action={query['action'][0]}")
        assert f'<option value="{query["action"][0]}" selected>' in page

    def test_a_network_is_written_plainly(self, reviewer):
        assert self.canonical(reviewer, address=" 198.51.100.77/24") == {"address": ["198.51.100.0/24"]}

    @pytest.mark.parametrize("address", ["fe80::1%eth0", "fe80::1%eth0/64", "::ffff:192.0.2.1", "0.0.0.0/0"])
    def test_an_odd_address_is_no_fault(self, reviewer, address):
        assert reviewer.get(reverse("audit:trail"), {"address": address}, follow=True).status_code == 200

    def test_a_country_in_small_letters(self, reviewer):
        assert self.canonical(reviewer, country="nl") == {"country": ["NL"]}

    @pytest.mark.parametrize(
        ("name", "value", "message"),
        [
            ("account", "nobody at all", "No account matches this address, name or number."),
            ("account", "9" * 30, "No account matches this address, name or number."),
            ("account", "\x00", "Null characters are not allowed."),
            ("address", "300.1.1.1", "Enter an IP address like"),
            ("country", "Japan", "Enter the country as two letters, for example JP."),
            ("action", "sign_in.suceeded", "There’s no event of this type."),
            ("case", "9" * 30, "Ensure this value is less than or equal to"),
            ("session", "x", "Enter a valid UUID."),
            ("since", "0001-01-01T00:00", "Enter a year between 2000 and 2199."),
            ("since", "yesterday", "Enter a valid date/time."),
            ("outcome", "fine", "Select a valid choice."),
        ],
    )
    def test_what_cannot_be_meant_is_said(self, reviewer, name, value, message):
        answer = reviewer.get(reverse("audit:trail"), {name: value})
        assert answer.status_code == 422
        assert message in answer.content.decode()

    def test_an_end_before_the_beginning(self, reviewer):
        answer = reviewer.get(
            reverse("audit:trail"), {"since": "2026-03-02T00:00", "until": "2026-03-01T00:00"}
        )
        assert answer.status_code == 422
        assert "The end must be after the start." in answer.content.decode()

    @pytest.mark.parametrize("cursor", ["x", "-", "1-99999999999999999999", "9" * 40 + "-1"])
    def test_a_broken_cursor_shows_the_first_page(self, reviewer, hanako, taken_over, cursor):
        page = follow(reviewer, f"?account={hanako.pk}&before={cursor}")
        assert page.count('class="sentence"') == 3


class TestPages:
    def test_older_and_newer_lead_through_everything(self, reviewer, hanako, monkeypatch):
        monkeypatch.setattr(reading, "PAGE", 2)
        for second in range(5):
            with clock.pretend(NIGHT + timedelta(seconds=second)):
                recording.record("sign_out", account=hanako.pk)
        # One's own searches for her account would be among the events: the type keeps them out.
        page = follow(reviewer, f"?account={hanako.pk}&action=sign_out")
        counts = [page.count('class="sentence"')]
        while "Older" in links(page):
            page = follow(reviewer, links(page)["Older"])
            counts.append(page.count('class="sentence"'))
        assert counts == [2, 2, 1]
        while "Newer" in links(page):
            page = follow(reviewer, links(page)["Newer"])
            counts.append(page.count('class="sentence"'))
        assert counts == [2, 2, 1, 2, 2]

    def test_nothing_found_says_what_to_do(self, reviewer):
        page = follow(reviewer, "?case=123456789")
        assert "No event matches this search." in page
        assert "Remove a filter, or choose a longer period." in page

    def test_a_page_asks_the_database_a_fixed_number_of_times(
        self, reviewer, hanako, django_assert_max_num_queries, person
    ):
        for number in range(30):
            recording.record("sign_out", account=person(f"Person {number}").pk, case=4711)
        with django_assert_max_num_queries(12):
            follow(reviewer, "?case=4711")

    def test_every_type_of_event_can_be_shown(self, reviewer, hanako):
        for action in TYPES:
            recording.record(action, account=hanako.pk, actor=hanako.pk, case=4712)
        page = follow(reviewer, "?case=4712")
        assert page.count('class="sentence"') == reading.PAGE
        for entry in reading.events(Filters(case=4712), size=1000).entries:
            assert reviewer.get(reverse("audit:event", args=[entry.cursor])).status_code == 200

    def test_it_is_there_in_japanese(self, suzuki, as_person, hanako, taken_over):
        suzuki.language = "ja"
        suzuki.save()
        page = as_person(suzuki).get(reverse("audit:trail"), {"account": hanako.pk}).content.decode()
        assert '<html lang="ja"' in page


class TestEvent:
    def test_before_and_after_and_what_else_the_request_did(self, reviewer, hanako, taken_over):
        changed = reading.events(Filters(account=(hanako.pk,), action="credential")).entries[0]
        page = follow(reviewer, reverse("audit:event", args=[changed.cursor]))
        before, after = page.index(">Before<"), page.index(">After<")
        assert (
            before < page.index("h••••o@example.jp", before) < after < page.index("x••••x@example.net", after)
        )
        assert "In the same request" in page
        assert "Hanako signed in with" in page
        assert changed.occurred_at.isoformat() in page
        assert "1 Mar 2026, 23:42:00 JST" in page
        assert "1 Mar 2026, 14:42:00 UTC" in page

    def test_what_is_written_in_details_is_text_and_nothing_else(self, reviewer, hanako):
        hostile = "<script>alert(1)</script>"
        with use(Context(origin=Origin("192.0.2.1", "", hostile))):
            recording.record("account.read", account=hanako.pk, details={"reason": hostile, hostile: hostile})
        entry = reading.events(Filters(account=(hanako.pk,))).entries[0]
        for page in (
            follow(reviewer, reverse("audit:event", args=[entry.cursor])),
            follow(reviewer, f"?account={hanako.pk}"),
        ):
            assert hostile not in page
            assert "&lt;script&gt;" in page

    @pytest.mark.parametrize("cursor", ["1-1", "99999999999999999-1", "1-9999999999999999999", "0-0"])
    def test_an_event_that_is_none_is_not_found(self, reviewer, cursor):
        assert reviewer.get(f"{reverse('audit:trail')}{cursor}/").status_code == 404
