"""What a page weighs: all bytes that a browser without a cache receives for it, headers included.

The pages come from granian, as in the image, with production's settings: styles and scripts hashed and
compressed beforehand, pages compressed as they are sent, and no proxy that would help. Chromium loads each
page anew and counts by its own protocol what went over the wire. The pages are found by walking
the URLs: one that is added is weighed by itself.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.environment import Environment, environment
from benchmarks.figure import say
from devtools.browser import system_chromium
from devtools.stack import ROOT, listen

LANGUAGES = ("en-GB", "ja-JP")


@dataclass(frozen=True)
class Weight:
    """In bytes. ``bare`` is what the same answers hold once they are unpacked."""

    path: str
    wire: int
    bare: int


def free_origin() -> str:
    with listen(0) as sock:
        return f"http://localhost:{sock.getsockname()[1]}"


@contextmanager
def site() -> Iterator[tuple[Environment, str]]:
    """The web server of production on a fresh database with the story in it; yields its origin."""
    origin = free_origin()
    with environment(origin, static=True) as base:
        from devtools import story

        say("  the story")
        story.play()
        port = origin.rpartition(":")[2]
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
        command += ["--port", port, "--workers", "1", "--blocking-threads", "4", "portal.wsgi:application"]
        child = base.children.start("web", command, env={**os.environ, **base.environment}, cwd=ROOT)
        base.children.wait_until(child, lambda: _answers(f"{origin}/healthz"), 60)
        yield base, origin


def _answers(url: str) -> bool:
    import urllib.error
    import urllib.request

    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread, and Django would refuse its models there.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=system_chromium())
        try:
            yield browser
        finally:
            browser.close()


def paths(
    wanted: Callable[[str, Callable[..., Any]], bool], arguments: Mapping[str, Iterable[object]]
) -> list[str]:
    """The paths of all views that ``wanted(name, view)`` picks, once for each value of their arguments.

    A URL with an argument that ``arguments`` does not know cannot be opened, and is told of.
    """
    from django.urls import get_resolver

    found: list[str] = []
    for name, view, keywords in _views(get_resolver().url_patterns, ""):
        if not wanted(name, view):
            continue
        unknown = keywords - set(arguments)
        if unknown:
            say(f"  not weighed: {name} needs {', '.join(sorted(unknown))}")
            continue
        found += _reversed(name, sorted(keywords), arguments)
    return found


def _views(patterns: Iterable[Any], space: str) -> Iterator[tuple[str, Callable[..., Any], set[str]]]:
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _views(pattern.url_patterns, inner)
        elif pattern.name:
            yield f"{space}{pattern.name}", pattern.callback, set(pattern.pattern.converters)


def _reversed(name: str, keywords: list[str], arguments: Mapping[str, Iterable[object]]) -> list[str]:
    from itertools import product

    from django.urls import reverse

    choices = product(*(arguments[keyword] for keyword in keywords))
    return [reverse(name, kwargs=dict(zip(keywords, chosen, strict=True))) for chosen in choices]


def weigh(context: Any, origin: str, path: str) -> Weight | None:
    """The page at ``path`` as this browser sees it; None where that address has no page for it."""
    probe = context.request.get(f"{origin}{path}", max_redirects=0, headers={"Accept": "text/html"})
    if probe.status != 200 or not probe.headers.get("content-type", "").startswith("text/html"):
        return None
    page = context.new_page()
    # The live stream is no part of the page's weight, and needs the ASGI process.
    page.route("**/live/**", lambda route: route.abort())
    wire: dict[str, int] = {}
    bare: dict[str, int] = {}
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.on("Network.loadingFinished", lambda event: wire.update(_one(event, "encodedDataLength")))
    session.on("Network.dataReceived", lambda event: _add(bare, event["requestId"], event["dataLength"]))
    try:
        page.goto(f"{origin}{path}", wait_until="load")
        page.wait_for_timeout(200)  # what htmx fetches at once
        return Weight(path, sum(wire.values()), sum(size for one, size in bare.items() if one in wire))
    finally:
        page.close()


def _one(event: dict[str, Any], key: str) -> dict[str, int]:
    return {event["requestId"]: int(event[key])}


def _add(sizes: dict[str, int], request: str, size: int) -> None:
    sizes[request] = sizes.get(request, 0) + size


def heaviest(weights: Iterable[Weight]) -> Weight:
    """The heaviest of all; says what each weighs.

    Raises:
        RuntimeError: there was no page.
    """
    ordered = sorted(set(weights), key=lambda weight: weight.wire, reverse=True)
    if not ordered:
        raise RuntimeError("No page was weighed.")
    for weight in ordered:
        say(f"  {weight.wire / 1000:7.1f} kB of {weight.bare / 1000:7.1f}  {weight.path}")
    return ordered[0]


def sign_in(context: Any, origin: str, email: str) -> None:
    """Let the person of the story sign in, in this browser."""
    from devtools import people

    known = next(entry for entry in people.entries() if entry.email == email)
    page = context.new_page()
    page.goto(f"{origin}/account/sign-in/")
    page.fill("[name=email]", known.email)
    page.fill("[name=password]", known.password)
    page.click("main form button:not([type=button])")
    page.fill("[name=code]", known.totp)
    page.click("main form button:not([type=button])")
    page.wait_for_url(lambda url: "/sign-in/" not in url)
    page.close()
