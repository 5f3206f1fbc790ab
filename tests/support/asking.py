"""The pages that ask for a call, answered one after the other, as far as a test wants to look."""

from typing import Any

from django.test import Client

ANSWERS: dict[str, dict[str, Any]] = {
    "": {"noticed": ["not_mine"], "since": "today", "said": ""},
    "email/": {"email": "hanako@example.jp"},
    "number/": {"number": "090-1234-5678"},
    "time/": {"when": "now", "language": "ja"},
    "check/": {},
}


def walks_to(client: Client, page: str, door: str = "/help/taken-over/", **typed: Any) -> Any:
    """Answers every page before this one, and opens it."""
    for each, answers in ANSWERS.items():
        if each == page:
            return client.get(door + page)
        given = {**answers, **{name: typed[name] for name in answers.keys() & typed.keys()}}
        answer = client.post(door + each, given)
        assert answer.status_code == 302, answer.content.decode()
    raise AssertionError(page)
