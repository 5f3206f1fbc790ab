"""From the claimant's click to the offer on the agent's screen, the 95th percentile. Goal: under 1 s.

Everything is a process of its own, as in the demo: uvicorn, a Celery worker, beat; PostgreSQL commits to
disk. The click is the last of those that ask for a call; the clock starts as it is sent. The screen is the
desk in Chromium, which hears of a change by the live stream and fetches the offer; the clock stops when the
offer stands in the page. Then the agent passes it on and the claimant cancels, and the next one clicks.
The clicks come one at a time, at any moment of the sweep's second. The yardstick is the round trip of the
same POST alone: what the claimant's own page takes.
"""

import http.client
import random
import re
import time
from typing import Any
from urllib.parse import urlencode

from benchmarks.environment import environment
from benchmarks.figure import Figure, percentile, run, say
from benchmarks.page_weight import chromium, free_origin
from benchmarks.people import HOME, PASSWORD, join
from devtools.stack import Stack, listen

GOAL = "value < 1"
ROUNDS = 60
LIMIT = 15.0
ASK, SEND = "/help/taken-over/", "/help/taken-over/check/"
HIDDEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
# Notes the moment, by the machine's clock, at which an offer comes into the page.
WATCH = """
() => {
  const look = () => {
    const shown = document.querySelector("#offer .offer");
    if (shown && !window.offeredAt) window.offeredAt = (performance.timeOrigin + performance.now()) / 1000;
    if (!shown) window.offeredAt = 0;
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  look();
}
"""


class Claimant:
    """A browser of its own, from a network of its own: nobody uses up another's tries."""

    def __init__(self, origin: str, number: int) -> None:
        self.host = origin.removeprefix("http://")
        self.number = number
        self.cookies: dict[str, str] = {}

    def _request(self, method: str, path: str, **form: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection(self.host, timeout=30)
        headers = {
            "User-Agent": HOME.agent,
            "X-Forwarded-For": f"126.72.{self.number}.1",
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        try:
            connection.request(method, path, urlencode(form), headers)
            answer = connection.getresponse()
            page = answer.read().decode()
        finally:
            connection.close()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return answer.status, page

    def opens(self, path: str) -> None:
        found = HIDDEN.search(self._request("GET", path)[1])
        if found is None:
            raise RuntimeError(f"There is no form at {path}.")
        self.token = found[1]

    def clicks(self) -> tuple[float, float]:
        """When the click was sent, and how many seconds its answer took."""
        form = {
            "csrfmiddlewaretoken": self.token,
            "when": "now",
            "email": f"claimant{self.number}@example.jp",
            "number": f"+8190{10000000 + 1237 * self.number}",
            "language": "ja",
        }
        sent, begin = time.time(), time.perf_counter()
        status, page = self._request("POST", SEND, **form)
        took = time.perf_counter() - begin
        if status != 302:
            raise RuntimeError(f"The call was not taken down: {status}\n{page[:3000]}")
        return sent, took

    def cancels(self) -> None:
        self.opens("/status/cancel/")
        self._request("POST", "/status/cancel/", csrfmiddlewaretoken=self.token)


def measure(rounds: int = 0) -> Figure:
    rounds = min(rounds or ROUNDS, 200)  # each claimant has a network of their own
    origin = free_origin()
    with environment(origin, static=True) as base:
        agent = join("sato@orikaeshi.example", role="agent", language="ja", languages=("ja",))
        code = agent.code
        stack = Stack(base.children, base.environment, base.data)
        with listen(int(origin.rpartition(":")[2])) as sock:
            stack.start_web(sock)
            stack.start_worker()
            stack.start_beat()
            stack.wait_until_ready(origin)
            with chromium() as browser:
                headers = {"X-Forwarded-For": HOME.address}
                context = browser.new_context(locale="ja-JP", extra_http_headers=headers)
                desk = _desk(context, origin, agent.user.email, code)
                offers, answers = [], []
                say(f"  {rounds} clicks")
                for number in range(rounds + 2):
                    shown, answered = _one(desk, Claimant(origin, number))
                    if number >= 2:  # the first ones warm the processes
                        offers.append(shown)
                        answers.append(answered)
    say(f"  median {percentile(offers, 0.5):.3f} s, slowest {max(offers):.3f} s")
    return Figure("click_to_offer_p95_s", percentile(offers, 0.95), "s", percentile(answers, 0.95), GOAL)


def _desk(context: Any, origin: str, email: str, code: str) -> Any:
    """The agent's page, on duty and listening."""
    page = context.new_page()
    page.goto(f"{origin}/account/sign-in/")
    page.fill("[name=email]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("main form button")
    page.fill("[name=code]", code)
    page.click("main form button")
    page.wait_for_url("**/desk/")
    page.locator("form[action$='/on-duty/'] button").first.click()
    page.locator("form[action$='/off-duty/']").first.wait_for()
    page.evaluate(WATCH)
    return page


def _one(desk: Any, claimant: Claimant) -> tuple[float, float]:
    claimant.opens(ASK)
    desk.wait_for_timeout(random.uniform(200, 1200))
    sent, took = claimant.clicks()
    desk.wait_for_function("() => window.offeredAt > 0", timeout=LIMIT * 1000, polling=50)
    shown = float(desk.evaluate("() => window.offeredAt"))
    desk.locator("#offer form[action$='/pass-on/'] button").click()
    desk.wait_for_function("() => !document.querySelector('#offer .offer')", timeout=LIMIT * 1000)
    claimant.cancels()
    return shown - sent, took


if __name__ == "__main__":
    run(__file__, measure)
