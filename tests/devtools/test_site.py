"""The plumbing of journeys: real processes on the test database."""

import urllib.request

import pytest

pytestmark = pytest.mark.journey


def test_the_site_serves_and_its_parts_can_be_stopped_and_started(site):
    site.kill("worker")
    site.start("worker")
    with urllib.request.urlopen(f"{site.url}/readyz") as answer:
        assert answer.status == 200
    assert "ready" in site.log("worker")


def test_a_browser_sees_it(site, page):
    page.goto(site.url)
    assert page.locator("h1").count() == 1
