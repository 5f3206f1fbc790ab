"""Valkey away while pages listen: no stream breaks, and each page is told to look again."""

import asyncio
import time

import pytest
import redis

from common import live
from common.redis import client
from tests.faults.conftest import Broker
from tests.portal.listening import Page, process, run
from tests.portal.test_live import cookie, say
from tests.support import desk_scenario


def test_a_subscription_that_is_cut_for_a_moment_is_noticed(transactional_db):
    _, capability = desk_scenario.build(taken_over=False).asks()

    async def listen():
        async with Page(process(), cookie=cookie(capability)) as page:
            await asyncio.to_thread(client().execute_command, "CLIENT", "KILL", "TYPE", "pubsub")
            return [one.event for one in await page.hears(1)]

    assert run(listen()) == ["changed"]


@pytest.mark.parametrize("seconds", [0, 3])
def test_after_valkey_was_away_every_open_page_is_told_to_look_again(
    transactional_db, broker: Broker, settings, monkeypatch, seconds
):
    settings.REDIS_URL = broker.url
    speaker = redis.Redis.from_url(broker.url, decode_responses=True)
    monkeypatch.setattr(live, "client", lambda: speaker)
    desk = desk_scenario.build(taken_over=False)
    case, capability = desk.asks()
    _, another = desk.asks(email="b@example.jp", number="+819000000002")

    def away() -> None:
        broker.goes_away()
        time.sleep(seconds)
        broker.comes_back()

    async def listen():
        streams = process()
        async with (
            Page(streams, cookie=cookie(capability)) as hers,
            Page(streams, cookie=cookie(another)) as his,
        ):
            before = hers.hello.id
            await asyncio.to_thread(away)
            for page in (hers, his):
                heard = await page.hears(2, limit=10)
                assert [one.event for one in heard] == ["changed", "notes"]
                assert heard[0].within > 0, "not all of them in the same moment"
            await say(f"case:{case.pk}")
            assert [one.event for one in await hers.hears(1)] == ["changed"]
            assert not hers.over
        async with Page(streams, last_event_id=before, cookie=cookie(capability)) as back:
            (told,) = await back.hears(1)
            assert told.event == "changed"
            assert told.within > 0

    run(listen())
    speaker.close()
