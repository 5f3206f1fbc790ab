"""A pytest plugin, loaded by ``make pictures``: the walk over every page takes pictures of them.

Each page on a phone and on a screen, in both languages, light and dark; at the end a sheet for each language
and scheme, on which a person goes through them all.
"""

from base64 import b64decode
from collections import defaultdict
from html import escape
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page

LANGUAGES = ("en", "ja")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = {390: 844, 1440: 900}
# WebP holds no more than 16,383 pixels a side; a longer page is cut.
MAX_HEIGHT = 12_000
QUALITY = 80

DOCS = Path(__file__).resolve().parents[2] / "docs/pictures"
# The pictures that the documentation shows: page, language, scheme, width.
SHOWN = (
    "everybody-home-ja-light-1440",
    "asking-number-en-light-390",
    "claimant-waiting-ja-light-390",
    "claimant-calling-en-light-390",
    "claimant-answering-ja-dark-390",
    "desk-offered-ja-light-1440",
    "desk-talking-en-light-1440",
    "desk-restore-ja-light-1440",
    "board-overview-en-dark-1440",
    "board-approval-ja-light-1440",
    "board-trail_of_a_case-en-light-1440",
    "account-overview-en-light-390",
    "account-history-ja-light-390",
    "mails-findings-en-light-390",
)
# What is seen of a page at first is enough there.
SHOWN_HEIGHT = 1000


# The console scrolls in its columns and not as a page: it needs a higher screen to be seen whole.
HIDDEN_BELOW = """
    Math.max(0, ...[...document.querySelectorAll(".desk > *")].map(e => e.scrollHeight - e.clientHeight))
"""


PICTURES_SHOWN = "Promise.all([...document.images].map(image => image.decode().catch(() => undefined)))"


class Camera:
    def __init__(self, config: pytest.Config) -> None:
        self._folder = Path(config.getoption("pictures")).resolve()
        self._prefix = config.getoption("only")
        self._for_docs = self._folder == DOCS
        self._reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
        self._capture: Any = config.pluginmanager.get_plugin("capturemanager")
        self._count = 0
        self._pages: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._folder.mkdir(parents=True, exist_ok=True)
        for old in self._folder.glob(f"{self._prefix}*.webp"):
            old.unlink()

    def take(self, page: Page, name: str, language: str) -> None:
        """The page that is open, in each scheme and width that is wanted."""
        usual, before = page.viewport_size, self._count
        assert usual is not None
        page.wait_for_load_state()
        page.evaluate(PICTURES_SHOWN)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            for width, height in WIDTHS.items():
                picture = f"{name}-{language}-{scheme}-{width}"
                if not self._wants(picture):
                    continue
                page.set_viewport_size({"width": width, "height": height})
                if not self._for_docs and (more := page.evaluate(HIDDEN_BELOW)):
                    page.set_viewport_size({"width": width, "height": height + more})
                (self._folder / f"{picture}.webp").write_bytes(self._picture_of(page))
                self._count += 1
                if name not in self._pages[language, scheme]:
                    self._pages[language, scheme].append(name)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(usual)
        if self._count == before:
            return
        with self._capture.global_and_fixture_disabled():
            self._reporter.ensure_newline()
            self._reporter.write_line(f"{self._count:5d} pictures, the last of {name} ({language})")

    def _wants(self, picture: str) -> bool:
        return picture.startswith(self._prefix) and (picture in SHOWN or not self._for_docs)

    def _picture_of(self, page: Page) -> bytes:
        # Playwright itself writes no WebP.
        browser = page.context.new_cdp_session(page)
        size = browser.send("Page.getLayoutMetrics")["cssContentSize"]
        height = min(size["height"], SHOWN_HEIGHT if self._for_docs else MAX_HEIGHT)
        taken = browser.send(
            "Page.captureScreenshot",
            {
                "format": "webp",
                "quality": QUALITY,
                "captureBeyondViewport": True,
                "clip": {"x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1},
            },
        )
        browser.detach()
        return b64decode(taken["data"])

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Only the walks with a page that is wanted."""
        unwanted = [item for item in items if not self._walks_to_a_wanted_page(item)]
        config.hook.pytest_deselected(items=unwanted)
        items[:] = [item for item in items if item not in unwanted]

    def _walks_to_a_wanted_page(self, item: pytest.Item) -> bool:
        marked = item.get_closest_marker("pages")
        if marked is None:
            return False
        pages = f"{marked.args[0]}-"
        if self._for_docs:
            language = item.callspec.params["language"]  # type: ignore[attr-defined]
            return any(one.startswith(pages) and f"-{language}-" in one for one in SHOWN if self._wants(one))
        return pages.startswith(self._prefix) or self._prefix.startswith(pages)

    def pytest_sessionfinish(self) -> None:
        if self._for_docs:
            return
        for sheet in self._pages:
            self._path_of(sheet).write_text(self._sheet(*sheet), encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.write_line(f"{self._count} pictures in {self._folder}")
        for sheet in [] if self._for_docs else self._pages:
            terminalreporter.write_line(self._path_of(sheet).as_uri())

    def _path_of(self, sheet: tuple[str, str]) -> Path:
        return self._folder / f"{'-'.join(sheet)}.html"

    def _sheet(self, language: str, scheme: str) -> str:
        """Every page beside its name, small enough that many are seen at once; a click shows one whole."""
        others = "".join(
            f'<a href="{self._path_of(sheet).name}">{" ".join(sheet)}</a> ' for sheet in self._pages
        )
        figures = "".join(
            f"<figure><figcaption>{escape(page)}</figcaption>"
            + "".join(
                f'<a href="{file}"><img loading="lazy" class="w{width}" src="{file}" alt=""></a>'
                for width in WIDTHS
                for file in [f"{page}-{language}-{scheme}-{width}.webp"]
            )
            + "</figure>"
            for page in self._pages[language, scheme]
        )
        return SHEET.format(title=f"{language} {scheme}", others=others, figures=figures)


SHEET = """<!doctype html>
<meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 14px system-ui; background: #888; margin: 1rem }}
figure {{ display: inline-block; margin: 0 1rem 1rem 0; vertical-align: top }}
img {{ object-fit: cover; object-position: top; height: 440px; margin-right: 4px }}
.w390 {{ width: 203px }}
.w1440 {{ width: 704px }}
</style>
<h1>{title}</h1>
<p>{others}</p>
{figures}
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", required=True, help="the folder for pictures of every page")
    parser.addoption("--only", default="", help="pictures of pages whose name begins so")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    # Once the terminal's reporter is there.
    config.pluginmanager.register(Camera(config), "camera")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "language" in metafunc.fixturenames:
        metafunc.parametrize("language", LANGUAGES)
