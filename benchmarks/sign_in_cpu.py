"""CPU of a whole sign-in, over the CPU of the one password hash in it. Goal: a ratio of at most 1.8.

Four requests go through the portal's WSGI application in this process, with production's settings, every
middleware and Argon2id: the sign-in page, the password, the page that asks for the code, the code. Counted
is the CPU time of this process (``time.process_time``) in the application: not that of PostgreSQL and
Valkey, nor what the imitated browser needs. The yardstick is the check of the same password alone after
each sign-in, in the same situation; both are medians. The people are as many as the sign-ins, since a code
counts once, and come from a browser that their accounts know.
"""

import gc
import gzip
import io
import re
import statistics
import time
from typing import Any
from urllib.parse import urlencode

from benchmarks.environment import environment
from benchmarks.figure import Figure, run, say
from benchmarks.people import HOME, PASSWORD, Member, join

GOAL = "ratio <= 1.8"
ROUNDS = 100
WARM_UP = 3
HIDDEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')


class Visitor:
    """A browser that calls the WSGI application as a server does."""

    def __init__(self, application: Any, address: str) -> None:
        self.application = application
        self.address = address
        self.cookies: dict[str, str] = {}
        self.headers: dict[str, str] = {}
        self.cpu = 0.0
        self.status = 0
        self.location = ""
        self.encoding = ""

    def request(self, method: str, path: str, **form: str) -> bytes:
        body = urlencode(form).encode()
        path, _, query = path.partition("?")
        asked = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "HTTP_ACCEPT_ENCODING": "gzip, deflate, br",
            "HTTP_X_FORWARDED_FOR": self.address,
            "HTTP_USER_AGENT": HOME.agent,
            "HTTP_ACCEPT_LANGUAGE": "en",
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            **self.headers,
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.version": (1, 0),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        begin = time.process_time()
        answer = self.application(asked, self._start)
        try:
            page = b"".join(answer)
        finally:
            answer.close()
        self.cpu += time.process_time() - begin
        return gzip.decompress(page) if self.encoding == "gzip" else page

    def _start(self, status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
        self.status = int(status.split()[0])
        named = dict(headers)
        self.location, self.encoding = named.get("Location", ""), named.get("Content-Encoding", "")
        for header, value in headers:
            if header == "Set-Cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]


def sign_in(application: Any, member: Member, code: str, network: int = 14) -> float:
    """The page, the password, the second page, the code. Returns the application's CPU time in seconds.

    Each ``network`` has a bound of tries of its own.

    Raises:
        RuntimeError: one of the steps was refused, so that nothing was measured.
    """
    visitor = Visitor(application, f"126.72.{network}.9")
    page = "/account/sign-in/"
    for form in ({"email": member.user.email, "password": PASSWORD}, {"code": code}):
        shown = HIDDEN.search(visitor.request("GET", page))
        if shown is None:
            raise RuntimeError(f"{page} shows no form: {visitor.status}")
        answer = visitor.request("POST", page, csrfmiddlewaretoken=shown[1].decode(), **form)
        if visitor.status != 302:
            raise RuntimeError(f"{page} answered {visitor.status}: {answer[:2000].decode()}")
        page = visitor.location
    return visitor.cpu


def hash_alone(encoded: str) -> float:
    from django.contrib.auth.hashers import check_password

    begin = time.process_time()
    check_password(PASSWORD, encoded)
    return time.process_time() - begin


def _show_a_page(application: Any) -> None:
    """What a server does in between. A hash sweeps the processor's cache, a page lets go of the memory of a
    hash: before either is measured, both have happened."""
    Visitor(application, str(HOME.address)).request("GET", "/help/")


def measure(rounds: int = 0) -> Figure:
    rounds = rounds or ROUNDS
    with environment(static=True):
        from portal.wsgi import application

        say(f"  {rounds} people join")
        members = [join(f"person{number}@example.com") for number in range(rounds + WARM_UP)]
        encoded = members[0].user.password
        hashes, sign_ins = [], []
        say("  they sign in")
        for number, member in enumerate(members):
            code = member.code
            gc.collect()  # no sign-in pays for the garbage of another
            _show_a_page(application)
            whole = sign_in(application, member, code, number % 200)
            _show_a_page(application)
            alone = hash_alone(encoded)
            if number >= WARM_UP:
                sign_ins.append(whole)
                hashes.append(alone)
    return Figure(
        "sign_in_cpu", 1000 * statistics.median(sign_ins), "ms", 1000 * statistics.median(hashes), GOAL
    )


if __name__ == "__main__":
    run(__file__, measure)
