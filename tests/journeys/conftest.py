"""One running site for all journeys; between two of them it rests, and everybody is forgotten."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from devtools.smtp import Catcher
from tests.conftest import PostOffice, Site, running_site
from tests.support.browser_pages import Visitor
from tests.support.desk_scenario import Desk
from tests.support.site import move_in

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SCREEN = {"viewport": {"width": 1280, "height": 860}}
LOCALES = {"en": "en-GB", "ja": "ja-JP"}

# Two cores serve two browsers, a web server, a worker and a database.
expect.set_options(timeout=15_000)

Somebody = TypeVar("Somebody", bound=Visitor)
ComeIn = Callable[..., Any]


@pytest.fixture(scope="package")
def _running(
    django_db_setup: None, _catcher: Catcher, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    mail = PostOffice(_catcher.keeper.folder, _catcher.keeper.refuse, _catcher.port)
    with running_site(mail, tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def site(_running: Site, transactional_db: None, post_office: PostOffice, settings: Any) -> Iterator[Site]:
    settings.ORIGIN = _running.url
    _running.mail = post_office
    _running.go_on()
    yield _running
    _running.rest()


@pytest.fixture
def language() -> str:
    """What everybody reads. `make pictures` goes through the pages in each language."""
    return "en"


@pytest.fixture
def desk(site: Site, language: str) -> Desk:
    """Hanako's account was taken over a quarter of an hour ago; nobody is on duty."""
    return move_in(site, language=language)


@pytest.fixture
def someone(
    site: Site, browser: Browser, browser_context_args: dict[str, Any], language: str
) -> Iterator[ComeIn]:
    """``someone(Agent)``: a person with a browser of their own, on a desk or, with ``on=PHONE``, in a hand.

    At the end no page of theirs may have broken the page's own rules.
    """
    contexts: list[BrowserContext] = []
    people: list[Visitor] = []

    def come(kind: type[Somebody], on: dict[str, Any] = SCREEN, **options: Any) -> Somebody:
        context = browser.new_context(
            **{**browser_context_args, "locale": LOCALES[language], **on, **options}
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        person = kind(context.new_page(), site.url, language)
        people.append(person)
        return person

    yield come
    for context in contexts:
        context.close()
    assert [refused for person in people for refused in person.refused] == []
