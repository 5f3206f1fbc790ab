"""5,000 status pages that listen, each to its own case, on one ASGI process; and the same on the least ASGI.

The server is uvicorn as the demo starts it, the pages are in a process of their own and come from as many
networks, the requests are rows with the capabilities that their cookies carry.
"""

import http.client
import json
import os
import re
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import psutil

from benchmarks.environment import Environment, environment
from benchmarks.figure import say
from benchmarks.page_weight import free_origin
from benchmarks.people import HOME, PASSWORD, Member, join
from devtools.embedded import Valkey
from devtools.processes import Child, Children
from devtools.stack import ROOT, Stack, listen

PAGES = 5000
HIDDEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Crowd:
    """The listening pages, as a process that obeys."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.listeners"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def tell(self, words: str) -> dict:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(words + "\n")
        self._process.stdin.flush()
        answer: dict = json.loads(self._process.stdout.readline())
        return answer

    def open(self, port: int, heads: Path, pages: int) -> None:
        begin = time.monotonic()
        answer = self.tell(f"open {port} {heads}")
        if answer["open"] != pages:
            raise RuntimeError(f"Of {pages} streams {answer['open']} opened; {answer['refused']}")
        say(f"  {pages} streams opened in {time.monotonic() - begin:.0f} s")

    def all_heard(self, pages: int, limit: float) -> list[float]:
        """When each heard something, once all did.

        Raises:
            RuntimeError: some never did.
        """
        end = time.monotonic() + limit
        while len(heard := self.tell("heard")["heard"]) < pages:
            if time.monotonic() > end:
                raise RuntimeError(f"Of {pages} pages {len(heard)} heard it in {limit:.0f} s.")
            time.sleep(0.5)
        return heard

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


class Broker:
    """A Valkey of this figure's own, which can be away."""

    def __init__(self, folder: Path, children: Children) -> None:
        self._valkey = Valkey(folder, children, durable=False)
        self._running: Child = self._valkey.start()
        self.url = self._valkey.url

    def away(self, seconds: float) -> None:
        self._running.kill()
        time.sleep(seconds)
        self._running = self._valkey.start()


class Site:
    def __init__(self, base: Environment, origin: str, broker: Broker, pages: int) -> None:
        self.port = int(origin.rpartition(":")[2])
        self.broker = broker
        self.web = base.children.named("web").process.pid
        self.cases, self.heads = _ask(base.data, self.port, pages)
        self.people = [join(f"person{number}@example.com") for number in range(10)]

    def publish_to_all(self) -> None:
        """One update of each case, said as its services say it, but all of them in one go."""
        from common.live import say
        from common.redis import client

        with client().pipeline(transaction=False) as together:
            for case in self.cases:
                say(together, f"case:{case}", "changed")
            together.execute()

    def answers(self) -> tuple[float, float]:
        """Seconds of a sign-in (four requests) and of ``/readyz``: the median of five.

        Raises:
            RuntimeError: one of them was refused.
        """
        sign_ins, looks = [], []
        for number in range(5):
            member = self.people.pop()
            begin = time.perf_counter()
            _sign_in(self.port, member, number)
            sign_ins.append(time.perf_counter() - begin)
            begin = time.perf_counter()
            _request(self.port, "GET", "/readyz", {}, expect=200)
            looks.append(time.perf_counter() - begin)
        return statistics.median(sign_ins), statistics.median(looks)


@contextmanager
def site(pages: int) -> Iterator[Site]:
    origin = free_origin()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="orikaeshi-crowd-")))
        broker = Broker(folder, stack.enter_context(Children(folder / "logs")))
        shared = os.environ.get("REDIS_URL")
        os.environ["REDIS_URL"] = broker.url
        try:
            base = stack.enter_context(environment(origin, static=True))
            parts = Stack(base.children, base.environment, base.data)
            sock = stack.enter_context(listen(int(origin.rpartition(":")[2])))
            parts.start_web(sock)
            parts.start_worker()
            parts.start_beat()
            parts.wait_until_ready(origin)
            yield Site(base, origin, broker, pages)
        finally:
            del os.environ["REDIS_URL"]
            if shared:
                os.environ["REDIS_URL"] = shared


def _ask(folder: Path, port: int, pages: int) -> tuple[list[int], Path]:
    """So many cases in line, and a file with what each browser sends: ``\\`` stands for the end of a line."""
    from common import clock
    from common.codes import fingerprint
    from recovery.claimant.access import CAPABILITY_COOKIE
    from recovery.models import Callback, Case

    now = clock.now()
    capabilities = [secrets.token_urlsafe(32) for _ in range(pages)]
    cases = Case.objects.bulk_create(
        Case(
            category="taken_over",
            capability=fingerprint(capability),
            email=f"claimant{number}@example.jp",
            language="ja",
            zone="Asia/Tokyo",
            opened_at=now,
            protected_at=now,
        )
        for number, capability in enumerate(capabilities)
    )
    Callback.objects.bulk_create(
        Callback(
            case=case,
            number=f"+8190{number:08}",
            language="ja",
            priority=1,
            asked_at=now,
            due_at=now,
            chosen_at=now,
            words="sun river",
            read_out="123456",
        )
        for number, case in enumerate(cases)
    )
    heads = folder / "heads"
    with heads.open("w") as file:
        for number, capability in enumerate(capabilities):
            head = [
                "GET /live/case/ HTTP/1.1",
                f"Host: localhost:{port}",
                "Accept: text/event-stream",
                f"User-Agent: {HOME.agent}",
                f"X-Forwarded-For: 126.{number // 250}.{number % 250}.9",
                f"Cookie: {CAPABILITY_COOKIE}={capability}",
            ]
            file.write("\\".join([*head, "", ""]) + "\n")
    return [case.pk for case in cases], heads


def _sign_in(port: int, member: Member, network: int) -> None:
    cookies: dict[str, str] = {"network": f"126.200.{network}.1"}
    path = "/account/sign-in/"
    for form in ({"email": member.user.email, "password": PASSWORD}, {"code": member.code}):
        shown = HIDDEN.search(_request(port, "GET", path, cookies, expect=200))
        if shown is None:
            raise RuntimeError(f"There is no form at {path}.")
        _request(port, "POST", path, cookies, expect=302, csrfmiddlewaretoken=shown[1], **form)
        path = cookies["location"]


def _request(port: int, method: str, path: str, cookies: dict[str, str], *, expect: int, **form: str) -> str:
    connection = http.client.HTTPConnection("localhost", port, timeout=30)
    headers = {
        "User-Agent": HOME.agent,
        "X-Forwarded-For": cookies.get("network", "126.200.0.1"),
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
    }
    try:
        connection.request(method, path, urlencode(form), headers)
        answer = connection.getresponse()
        page = answer.read().decode()
    finally:
        connection.close()
    if answer.status != expect:
        raise RuntimeError(f"{method} {path} answered {answer.status}: {page[:500]}")
    for name, value in answer.getheaders():
        if name.lower() == "set-cookie":
            key, _, rest = value.partition("=")
            cookies[key] = rest.partition(";")[0]
    cookies["location"] = answer.headers.get("Location", "")
    return page


class Bare:
    """The yardstick: the same pages on the least that streams."""

    def __init__(self, children: Children, folder: Path, pages: int) -> None:
        sock = listen(0)
        sock.set_inheritable(True)
        self.port = sock.getsockname()[1]
        options = ["--fd", str(sock.fileno()), "--no-access-log", "--lifespan", "off"]
        command = [sys.executable, "-m", "uvicorn", "benchmarks.bare_stream:application", *options]
        self.web = children.start("bare", command, cwd=ROOT, pass_fds=[sock.fileno()]).process.pid
        sock.close()
        self.heads = folder / "bare"
        self.heads.write_text("GET / HTTP/1.1\\Host: localhost\\\\\n" * pages)

    def publish_to_all(self) -> None:
        _request(self.port, "POST", "/", {}, expect=204)


@contextmanager
def bare(pages: int) -> Iterator[Bare]:
    with TemporaryDirectory(prefix="orikaeshi-bare-") as folder, Children(Path(folder) / "logs") as children:
        yield Bare(children, Path(folder), pages)


@contextmanager
def crowd() -> Iterator[Crowd]:
    opened = Crowd()
    try:
        yield opened
    finally:
        opened.close()


def resident(pid: int) -> float:
    """kB that a process holds in memory."""
    return psutil.Process(pid).memory_info().rss / 1000


def after_warming(server: Site | Bare, folder: Path) -> float:
    """What the server holds once it has streamed to somebody, in kB."""
    few = folder / "few"
    few.write_text("".join(server.heads.read_text().splitlines(keepends=True)[:50]))
    with crowd() as people:
        people.open(server.port, few, 50)
    time.sleep(1)
    return resident(server.web)
