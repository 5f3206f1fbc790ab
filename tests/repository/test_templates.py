"""Templates keep to the policy of the pages and name only files that exist."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import get_template

BASE = Path(settings.BASE_DIR)
PAGES = sorted(
    path.relative_to(BASE / "templates")
    for path in (BASE / "templates").rglob("*.html")
    if "mail" not in path.relative_to(BASE / "templates").parts[:1]
)
MAX_LINE = 120
REFUSED = {
    "an inline style": re.compile(r"<style[\s>]|\sstyle=", re.IGNORECASE),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE),
    "an inline handler": re.compile(r"\s(on[a-z]+|hx-on[:\w-]*)=", re.IGNORECASE),
    "another site’s file": re.compile(r"""(?:src|href)=["'](?:https?:)?//""", re.IGNORECASE),
    "a value that htmx would have to run": re.compile(r"""hx-(?:vals|headers)=["']js:""", re.IGNORECASE),
}


@pytest.mark.parametrize("template", PAGES, ids=str)
@pytest.mark.parametrize("what", REFUSED)
def test_a_page_holds_nothing_that_the_policy_would_refuse(template, what):
    source = (BASE / "templates" / template).read_text()
    found = REFUSED[what].search(source)
    assert not found, f"{template} has {what}: {found.group(0)!r}"


@pytest.mark.parametrize("template", PAGES, ids=str)
def test_a_page_names_only_files_that_exist(template):
    source = (BASE / "templates" / template).read_text()
    for name in re.findall(r"{% static '([^']+)'", source):
        assert finders.find(name), f"{template} names {name}"


@pytest.mark.parametrize("template", PAGES, ids=str)
def test_a_page_names_only_icons_that_exist(template):
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (BASE / "static/img/icons.svg").read_text()))
    source = (BASE / "templates" / template).read_text()
    assert set(re.findall(r'{% icon "([^"]+)"', source)) <= drawn


@pytest.mark.parametrize("template", PAGES, ids=str)
def test_a_page_can_be_read_by_the_template_language(template):
    get_template(str(template))


def test_no_line_of_a_template_is_too_long_to_be_read():
    for path in (BASE / "templates").rglob("*.*"):
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            where = f"{path.relative_to(BASE)}:{number}"
            assert len(line) <= MAX_LINE, f"{where} has {len(line)} characters"


def test_every_stylesheet_belongs_to_a_layer_and_is_linked():
    linked = "\n".join(path.read_text() for path in (BASE / "templates").rglob("*.html"))
    for path in (BASE / "static/css").rglob("*.css"):
        name = str(path.relative_to(BASE / "static"))
        assert "@layer" in path.read_text(), name
        assert name in linked, f"no template links {name}"


def test_colours_stand_only_among_the_tokens():
    for path in (BASE / "static/css").rglob("*.css"):
        if path.name != "tokens.css":
            literal = re.search(r"#[0-9a-f]{3,8}\b(?!\s*[{,])|rgb\(|hsl\(|oklch\(", path.read_text())
            assert not literal, f"{path.name}: {literal.group(0)}"
