"""The documentation names only what is there: files, tests, code, links, settings, words of make."""

import ast
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.roles import ROLE_PERMISSIONS
from audit.registry import TYPES
from tests.journeys import camera
from tests.repository.test_settings import ROOT, listed_in_example, read_by_settings

PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")], key=lambda page: str(page.relative_to(ROOT))
)
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
APPS = "accounts|audit|common|devtools|notifications|portal|recovery|telephony"
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(
    rf"(?:(?:{APPS}|benchmarks|docker|docs|locale|static|templates|tests|\.ci)/[\w./-]*"
    r"|[\w.-]+\.(?:toml|yml|po|md|txt|example)|Dockerfile|Makefile)(?:::\w+)?$"
)
DOTTED = re.compile(rf"(?:{APPS})(?:\.\w+)+$")
# What exists only once something was run, or only where somebody deploys.
MADE = {"docker-compose.override.yml"}
# Names of a page's parts, inside its own folder.
PARTS = {"subject.txt", "body.txt"}
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")


each_page = pytest.mark.parametrize("written", PAGES, ids=NAMES)


def prose(page: Path) -> str:
    """The page without its blocks of code."""
    return re.sub(r"^ *```.*?^ *```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """What a link into this page may name: its headings as web pages of repositories spell them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def sentences_in(path: Path) -> set[str]:
    return {
        node.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }


@each_page
def test_every_file_and_every_test_that_is_named_exists(written: Path) -> None:
    for code in CODE.findall(prose(written)):
        if not PATH.match(code) or code in MADE | PARTS or "<" in code:
            continue
        name, _, test = code.partition("::")
        path = ROOT / name
        assert path.exists(), f"{code} does not exist"
        if test:
            assert test in sentences_in(path), f"{code} does not exist"


def found(name: str) -> Any:
    """The module, function or class of that dotted name.

    Raises:
        ImportError, AttributeError: there is none.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError:
        holder, _, last = name.rpartition(".")
        if not holder:
            raise
        return getattr(found(holder), last)


@each_page
def test_every_dotted_name_is_one_of_the_code(written: Path) -> None:
    other = {*TYPES, *(name for permissions in ROLE_PERMISSIONS.values() for name in permissions)}
    for code in CODE.findall(prose(written)):
        if DOTTED.match(code) and not PATH.match(code) and code not in other:
            assert found(code), code


@each_page
def test_every_link_leads_somewhere(written: Path) -> None:
    for target in LINK.findall(prose(written)):
        if target.startswith(("https://", "http://")):
            continue
        name, _, anchor = target.partition("#")
        path = written.parent / name if name else written
        assert path.exists(), f"{target} leads nowhere"
        if anchor:
            assert anchor in anchors(path), f"{target}: no such heading"


@each_page
def test_every_word_of_make_and_every_command_exists(written: Path) -> None:
    words = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    text = written.read_text(encoding="utf-8")
    assert set(re.findall(r"\bmake ([a-z][a-z-]+)(?=[`\s]*(?:`|ARGS|$|#))", text)) <= words
    commands = {path.stem for path in ROOT.glob("*/management/commands/*.py")}
    django = {"migrate", "check", "collectstatic", "shell"}
    assert set(re.findall(r"manage\.py ([a-z_]+)", text)) <= commands | django


def test_every_setting_is_explained() -> None:
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    explained = {
        variable
        for names, words in re.findall(r"^\| (`.+?) \| (.*) \|$", page, flags=re.MULTILINE)
        if len(words) > 10
        for variable in re.findall(r"`([A-Z_]+)=", names)
    }
    assert explained == listed_in_example() == read_by_settings()


def test_what_the_docs_take_from_the_code_is_what_it_says() -> None:
    call_command("generate_docs", "--check")


def test_make_check_looks_at_it() -> None:
    assert "manage.py generate_docs --check" in (ROOT / "Makefile").read_text()


def test_every_page_is_reached_from_the_front_page() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        for target in LINK.findall(prose(page)):
            path = (page.parent / target.partition("#")[0]).resolve()
            if path.suffix == ".md" and path.exists():
                waiting.append(path)
    assert set(PAGES) <= reached


def test_every_picture_is_shown_small_and_can_be_taken_again() -> None:
    files = list(camera.DOCS.glob("*.*"))
    shown = {
        path
        for page in PAGES
        for target in re.findall(r"!\[[^\]]+\]\(([^)\s]+)\)", prose(page))
        if (path := (page.parent / target).resolve())
    }
    assert shown == {camera.DOCS / f"{name}.webp" for name in camera.SHOWN} == {*files} - {*PAGES}
    assert max(file.stat().st_size for file in files) < 80_000
    assert sum(file.stat().st_size for file in files) < 800_000


def rows_of(page: str) -> list[list[str]]:
    """The rows of all tables of a page, without their heads."""
    text = (ROOT / page).read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"
    ]
    heads = [number for number, row in enumerate(rows) if set("".join(row)) <= set("-: ")]
    return [row for number, row in enumerate(rows) if number not in heads and number + 1 not in heads]


def test_every_word_of_the_glossary_stands_in_both_languages() -> None:
    rows = rows_of("docs/glossary.md")
    assert len(rows) > 40
    for english, japanese, _standard, meaning, said in rows:
        assert english
        assert not JAPANESE.search(english + meaning), english
        assert JAPANESE.search(japanese), english
        assert JAPANESE.search(said), english
        assert (meaning[-1], said[-1]) == (".", "。"), english


def test_no_word_of_the_glossary_stands_twice() -> None:
    words = [row[0] for row in rows_of("docs/glossary.md")]
    assert len(words) == len(set(words))


def test_what_the_standards_ask_is_proved_or_said_to_be_open() -> None:
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    for row in rows_of("docs/security.md"):
        if len(row) == 4:
            _number, _asked, stands, proof = row
            assert stands, row
            assert proof or re.search(r"\*\*Open\*\*|do(es)? not apply|\(#|partly|met", stands), row
    for number in ("2.2.2", "4.2.2.2", "5.1.1", "6.4.6", "7.5.1", "16.4.2", "2.3.5", "14.3.2"):
        assert number in text


def test_decisions_are_numbered_and_listed() -> None:
    decisions = sorted(page.name for page in (ROOT / "docs/adr").glob("0*.md"))
    listed = LINK.findall((ROOT / "docs/adr/README.md").read_text(encoding="utf-8"))
    assert listed == decisions
    for number, name in enumerate(decisions, start=1):
        first = (ROOT / "docs/adr" / name).read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith(f"# {number}. ")
