"""The claimant's page as a test reads it, and what it sends."""

import re
from typing import Any

from django.test import Client

from recovery.calls import selectors as call_selectors
from recovery.cases import selectors as case_selectors
from recovery.claimant.access import CAPABILITY_COOKIE
from recovery.models import CallAttempt, Evidence

NOBODY = "Nobody is calling you now"


def page(browser: Client, path: str = "/status/") -> str:
    return browser.get(path).content.decode()


def parts(browser: Client, page_now: str) -> Any:
    """What a live page gets when it asks for what it does not show yet."""
    shown = dict(re.findall(r'name="(\w+)" value="([0-9a-f]{8})" data-shown', page_now))
    return browser.get("/status/", shown, headers={"HX-Request": "true"})


def headline(browser: Client) -> str:
    found = re.search(r"<h1>(.*?)</h1>", page(browser), re.DOTALL)
    assert found
    return found[1].strip()


def title(browser: Client) -> str:
    return " ".join(page(browser).split("<title>")[1].split("</title>")[0].split())


def call_of(browser: Client) -> CallAttempt:
    case = case_selectors.case_by_capability(browser.cookies[CAPABILITY_COOKIE].value)
    assert case
    return call_selectors.attempts_of(case).latest("placed_at")


def answer(browser: Client, one: Evidence, typed: str) -> Any:
    return browser.post(f"/status/evidence/{one.pk}/", {"answer": typed})
