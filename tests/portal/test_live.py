"""Live pages: who may listen to what, and what they hear."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import Any, TypeVar

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction

from common import live as channels
from portal import live
from recovery.views.status import CAPABILITY_COOKIE
from tests.accounts.visitor import Visitor
from tests.recovery import desk as people
from tests.recovery.desk import Desk

T = TypeVar("T")


@pytest.fixture
def desk(transactional_db: None) -> Desk:
    return people.build(taken_over=False)


def run(work: Coroutine[Any, Any, T]) -> T:
    """In a thread of its own: a browser test before may have left an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def heard(stream: AsyncIterator[Any], count: int) -> list[str]:
    """The next ``count`` events of a stream, heartbeats and the retry line left out."""
    events: list[str] = []
    while len(events) < count:
        part = await asyncio.wait_for(anext(stream), 5)
        text = part if isinstance(part, str) else part.decode()
        if "event:" in text:
            events.append(text.split("event: ")[1].split("\n")[0])
    return events


def test_who_has_opened_no_case_hears_nothing_and_is_told_not_to_come_back(db: None) -> None:
    assert Visitor().get("live_case").status_code == 204


def test_the_stream_of_a_case_opens_for_the_browser_that_asked_and_no_other(desk: Desk, rf) -> None:
    _, capability = desk.asks()

    async def answer(cookie: str) -> Any:
        request = rf.get("/live/case/")
        request.COOKIES[CAPABILITY_COOKIE] = cookie
        try:
            return await live.case(request)
        finally:
            await sync_to_async(lambda: connection.close())()  # that thread's own

    assert run(answer(capability)).headers["Content-Type"] == "text/event-stream"
    assert run(answer(capability[:-1] + "x")).status_code == 204


def test_what_is_published_after_a_commit_is_heard_and_says_only_that_something_changed() -> None:
    async def listen() -> list[str]:
        async with aclosing(live._events(["case:1", "desk"])) as stream:
            assert "retry" in await anext(stream)
            await heard(stream, 1)  # every page looks again once the subscription stands
            channels._publish("case:2", "changed")
            channels._publish("case:1", "changed")
            channels._publish("desk", "queue")
            return await heard(stream, 2)

    assert run(listen()) == ["changed", "queue"]
    assert not live._watchers


def test_a_page_that_does_not_read_costs_a_few_messages_and_no_more() -> None:
    async def listen() -> int:
        async with aclosing(live._events(["case:1"])) as stream:
            await heard(stream, 1)
            for _ in range(50):
                channels._publish("case:1", "changed")
            await asyncio.sleep(0.3)
            (queue,) = live._watchers["case:1"]
            return queue.qsize()

    assert run(listen()) == 8


def test_what_is_rolled_back_is_not_told(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(channels, "_publish", lambda channel, event: told.append(channel))
    try:
        with transaction.atomic():
            channels.publish_on_commit("desk")
            raise RuntimeError
    except RuntimeError:
        pass
    assert told == []
