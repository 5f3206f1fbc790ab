"""A crowd that asks for calls: a process of its own, which sends each click at its time, answered or not.

``python -m benchmarks.clicks PLAN RESULTS``: the plan is a JSON file with the fields of :class:`Plan`, the
results are one line of JSON a click. Everybody has opened the form beforehand and holds its cookie and token.
The honest are as many people as there are clicks, from many networks; a flood from a few networks beside them
has a browser for each network and invents an e-mail address and a number for each click.
"""

import asyncio
import json
import re
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

ASK, SEND = "/help/taken-over/", "/help/taken-over/check/"
"""Where they begin, and where the last click goes. The pages between keep nothing and count nothing."""
HIDDEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
AT_ONCE = 8
"""So many open their form at the same time."""


@dataclass(frozen=True)
class Plan:
    """Clicks a second for so many seconds; ``patience`` is how long a browser waits for an answer."""

    host: str
    port: int
    seconds: int
    honest: int
    honest_networks: int
    flood: int
    flood_networks: int
    patience: float


@dataclass
class Browser:
    """From one address; ``token`` and ``cookie`` once it has opened the form."""

    address: str
    token: str = ""
    cookie: str = ""


@dataclass(frozen=True)
class Click:
    """``at``: seconds after the start. ``email`` names whoever clicks."""

    at: float
    kind: str
    browser: Browser
    email: str
    number: str


def clicks_of(plan: Plan) -> tuple[list[Browser], list[Click]]:
    """Whoever opens a form, and who clicks when, evenly spread."""
    clicks, browsers = [], []
    for number in range(plan.honest * plan.seconds):
        network = number % plan.honest_networks
        browsers.append(Browser(f"126.{64 + network // 250}.{network % 250}.7"))
        email, telephone = f"honest{number}@example.jp", f"+8190{10000000 + 1237 * number}"
        clicks.append(Click(number / plan.honest, "honest", browsers[-1], email, telephone))
    strangers = [Browser(f"133.{180 + number}.{number}.9") for number in range(plan.flood_networks)]
    for number in range(plan.flood * plan.seconds):
        stranger = strangers[number % len(strangers)]
        email, telephone = f"flood{number}@example.net", f"+8180{10000000 + 1237 * number}"
        clicks.append(Click(number / plan.flood, "flood", stranger, email, telephone))
    return browsers + strangers, sorted(clicks, key=lambda click: click.at)


async def request(plan: Plan, browser: Browser, form: dict[str, str] | None = None) -> tuple[int, str]:
    """GET the first page, or send what all of them ask for: the status, and everything that came."""
    body = urlencode(form or {}).encode()
    head = [
        f"{'GET' if form is None else 'POST'} {ASK if form is None else SEND} HTTP/1.1",
        f"Host: {plan.host}:{plan.port}",
        f"X-Forwarded-For: {browser.address}",
        "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.0.0 Safari/537.36",
        f"Origin: http://{plan.host}:{plan.port}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        f"Cookie: {browser.cookie}",
        "Connection: close",
    ]
    reader, writer = await asyncio.open_connection("127.0.0.1", plan.port)
    try:
        writer.write("\r\n".join((*head, "", "")).encode() + body)
        answer = (await reader.read()).decode(errors="replace")
    finally:
        writer.close()
    return int(answer.split(" ", 2)[1]), answer


async def open_form(plan: Plan, browser: Browser, places: asyncio.Semaphore) -> None:
    async with places:
        status, answer = await request(plan, browser)
    token = HIDDEN.search(answer)
    cookie = re.search(r"(?im)^set-cookie: ([^=]*csrf[^;]*)", answer)
    if status != 200 or token is None or cookie is None:
        raise RuntimeError(f"{ASK} shows no form: {status}")
    browser.token, browser.cookie = token[1], cookie[1]


async def send(plan: Plan, click: Click, begin: float) -> dict[str, object]:
    """Click at its time, whatever became of those before. Status 0: no answer."""
    await asyncio.sleep(max(0.0, begin + click.at - time.time()))
    form = {
        "csrfmiddlewaretoken": click.browser.token,
        "when": "now",
        "email": click.email,
        "number": click.number,
        "language": "ja",
    }
    sent = time.time()
    try:
        async with asyncio.timeout(plan.patience):
            status, _answer = await request(plan, click.browser, form)
    except (TimeoutError, OSError, IndexError, ValueError):
        status = 0
    return {
        "kind": click.kind,
        "email": click.email,
        "late": sent - begin - click.at,
        "sent": sent,
        "took": time.time() - sent,
        "status": status,
    }


async def crowd(plan: Plan) -> list[dict[str, object]]:
    browsers, clicks = clicks_of(plan)
    places = asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*(open_form(plan, browser, places) for browser in browsers))
    begin = time.time() + 1
    return await asyncio.gather(*(send(plan, click, begin) for click in clicks))


def main(plan: str, results: str) -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    done = asyncio.run(crowd(Plan(**json.loads(Path(plan).read_text()))))
    Path(results).write_text("".join(f"{json.dumps(one)}\n" for one in done))


if __name__ == "__main__":
    main(*sys.argv[1:])
