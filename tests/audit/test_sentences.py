"""Every event has a sentence, for every mix of who, whose and details, in the language of who reads."""

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.utils import translation

from audit import registry, sentences
from audit.reading import Entry
from audit.registry import TYPES, UnknownAction
from audit.search import presenter

PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def entry(action: str, **changes) -> Entry:
    return Entry(
        **{
            "id": 1,
            "occurred_at": datetime(2026, 11, 22, 14, 41, tzinfo=UTC),
            "action": action,
            "account": None,
            "actor": None,
            "case": None,
            "outcome": "ok",
            "address": None,
            "country": "",
            "browser": "",
            "session": None,
            "request": uuid4(),
            "details": {},
            **changes,
        }
    )


def sentence(action: str, **changes) -> str:
    (told,) = presenter.present([entry(action, **changes)])
    return told.sentence


@pytest.fixture(autouse=True)
def _named(monkeypatch):
    """Hanako has number 1, Sato number 2."""
    people = {1: "Hanako Mori", 2: "Sato"}
    monkeypatch.setattr(presenter, "names", lambda numbers: {n: people[n] for n in numbers if n is not None})


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("action", TYPES)
def test_every_type_is_a_whole_sentence_whatever_is_known(action, language):
    with translation.override(language):
        for known in ({}, {"account": 1}, {"account": 1, "actor": 1}, {"account": 1, "actor": 2, "case": 7}):
            for value in (None, True, 3, "totp", ["totp", "email"], {"account": "1"}):
                details = dict.fromkeys(TYPES[action].keys, value)
                words = sentence(action, details=details, **known)
                assert words
                assert "%(" not in words
        assert TYPES[action].title


@pytest.mark.parametrize("action", TYPES)
def test_a_sentence_asks_only_for_what_its_type_keeps(action):
    kind = TYPES[action]
    allowed = {*kind.keys, "who", "whose", "case"}
    for words in (kind.sentence, kind.own or "", *kind.notes.values()):
        assert set(PLACEHOLDER.findall(str(words))) <= allowed
    assert set(kind.notes) <= set(kind.keys)


@pytest.mark.parametrize("key", sorted({key for kind in TYPES.values() for key in kind.keys}))
def test_every_detail_has_a_label(key):
    assert key in sentences.LABELS


def test_a_type_without_a_sentence_is_a_fault():
    with pytest.raises(UnknownAction):
        sentence("sign_in.suceeded")


def test_names_are_unique():
    assert len(TYPES) == sum(len(group.types) for group in registry.GROUPS)


def test_it_says_who_did_it_to_whom():
    assert sentence("account.read", actor=2, account=1, details={"reason": "She rang"}) == (
        "Sato viewed the account of Hanako Mori: She rang"
    )


def test_what_a_person_does_to_their_own_account_is_said_so():
    assert sentence("credential.password.changed", actor=1, account=1) == "Hanako Mori changed their password"
    assert (
        sentence("credential.password.changed", actor=2, account=1)
        == "Sato changed the password of Hanako Mori"
    )


def test_nobody_is_either_somebody_or_the_portal():
    assert sentence("session.ended", account=1, address="192.0.2.1").startswith("Someone not signed in ended")
    assert sentence("session.ended", account=1).startswith("The system ended")


def test_the_notes_of_a_sign_in_are_sentences_of_their_own():
    (told,) = presenter.present(
        [
            entry(
                "sign_in.succeeded",
                account=1,
                details={"factor": "totp", "new_browser": True, "new_country": False},
            )
        ]
    )
    assert told.sentence == "Hanako Mori signed in with a code from an authenticator app"
    assert told.notes == ("This browser had not been seen before.",)


def test_before_and_after_stand_side_by_side():
    details = {"from_masked": "h••••o@example.jp", "to_masked": "x••••x@example.net"}
    (change,) = presenter.changes(details)
    assert (change.before, change.after) == ("h••••o@example.jp", "x••••x@example.net")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("factor", "recovery_code", "a recovery code"),
        ("reason", "some_new_code", "some new code"),
        ("reason", "She said: it_is her", "She said: it_is her"),
        ("new_browser", True, "yes"),
        ("count", 0, "0"),
        ("reason", "", "not given"),
        ("changes", ["email", "totp_removed"], "e-mail address, authenticator app removed"),
        ("filters", {"account": "7", "outcome": "failed"}, "Account: 7, Outcome: failed"),
        ("until", "2026-11-22T14:41:00Z", "22 Nov 2026, 14:41"),
        ("name", "2026-99-99T99:99:99Z", "2026-99-99T99:99:99Z"),
    ],
)
def test_details_are_words(key, value, words):
    assert sentences.humanize(key, value) == words


@pytest.mark.django_db
def test_an_account_that_is_gone_is_told_by_its_number(monkeypatch):
    monkeypatch.undo()
    assert presenter.names([10**17, None]) == {10**17: f"account {10**17}"}


@pytest.mark.django_db
def test_a_page_of_people_is_one_query(monkeypatch, django_assert_num_queries):
    monkeypatch.undo()
    with django_assert_num_queries(1):
        presenter.present([entry("sign_out", account=10**17 + number) for number in range(50)])
