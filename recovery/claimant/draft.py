"""What was answered so far on the pages that ask for a call: kept by the browser, not by us.

The pages lead from one to the next by GET, so that the browser's own way back works. What they need to know
of each other is sealed in a cookie for half an hour: it's in no address, no log and no row, and scripts can't
read it. It holds what was typed, as it was typed; each page and the last one check it anew.
"""

import base64
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict

from common import clock, encryption

COOKIE = "__Host-asking" if settings.SECURE else "asking"
LIFE = timedelta(minutes=30)
MAX_LENGTH, MAX_VALUES = 2000, 8
"""Of one value, and of values of one field: far more than a page sends."""


@dataclass(frozen=True)
class Draft:
    """``answers``: what was typed, by the name of its field. ``steps``: the pages that were answered.

    ``category`` is the door by which they came when they said what they noticed.
    """

    category: str = ""
    steps: list[str] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)

    def with_answers(self, step: str, names: Iterable[str], typed: QueryDict) -> "Draft":
        """The same with what was typed into the fields of this page, in place of what was typed before."""
        fresh = {name: [each[:MAX_LENGTH] for each in typed.getlist(name)[:MAX_VALUES]] for name in names}
        return replace(
            self,
            steps=sorted({*self.steps, step}),
            answers={name: each for name, each in {**self.answers, **fresh}.items() if each},
        )

    def data(self) -> QueryDict:
        """What was typed, as a form reads it."""
        typed = QueryDict(mutable=True)
        for name, each in self.answers.items():
            typed.setlist(name, each)
        return typed


def read(request: HttpRequest) -> Draft:
    """What this browser has answered lately; empty where it has not, or where the cookie is none of ours."""
    cookie = request.COOKIES.get(COOKIE, "")
    try:
        held = encryption.unseal(cookie.encode()) if cookie.isascii() else {}
        if not held or datetime.fromisoformat(held["until"]) <= clock.now():
            return Draft()
        return Draft(**json.loads(zlib.decompress(base64.b85decode(held["draft"]))))
    except (encryption.Unreadable, KeyError, TypeError, ValueError):
        return Draft()


def write(response: HttpResponse, draft: Draft) -> HttpResponse:
    """Let the browser keep it."""
    response.set_cookie(
        COOKIE,
        sealed(draft),
        max_age=LIFE,
        path="/",
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def sealed(draft: Draft) -> str:
    """Packed, so that the longest text still fits into a cookie."""
    packed = zlib.compress(json.dumps(vars(draft), ensure_ascii=False).encode())
    until = clock.now() + LIFE
    held = {"draft": base64.b85encode(packed).decode(), "until": until.isoformat()}
    return encryption.seal(held).decode()


def clear(response: HttpResponse) -> HttpResponse:
    """The call is asked for: the browser forgets what was typed."""
    response.delete_cookie(COOKIE, path="/", samesite="Lax")
    return response
