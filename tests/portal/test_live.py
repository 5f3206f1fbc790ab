"""Live pages: who may listen to what, what they hear, how many may, and when it ends."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.urls import reverse

from accounts.models import User
from accounts.sessions import services as sessions
from common import live
from common.redis import client
from portal import hub
from portal.streams import KINDS
from recovery.cases import changes
from recovery.claimant.access import CAPABILITY_COOKIE
from tests.portal.listening import Heard, Page, process, run
from tests.support import desk_scenario
from tests.support.agent_client import Agent
from tests.support.desk_scenario import Desk
from tests.support.http_client import Visitor

NOTHING: list[Heard] = []


@pytest.fixture
def desk(transactional_db: None) -> Desk:
    return desk_scenario.build(taken_over=False)


@pytest.fixture
def hers(desk: Desk) -> str:
    """The cookie of the browser that asked."""
    return cookie(desk.asks()[1])


def cookie(capability: str) -> str:
    return f"{CAPABILITY_COOKIE}={capability}"


def session_of(agent: Agent) -> str:
    return f"session={agent.client.cookies['session'].value}"


async def say(channel: str, event: str = "changed") -> None:
    await asyncio.to_thread(live._Updates({(channel, event)}))


def connected() -> int:
    """Connections to the database beside that of the test."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


# Who may listen


def test_who_has_opened_no_case_hears_nothing(db: None) -> None:
    assert Visitor().get("live_case").status_code == 204


def test_the_stream_of_a_case_opens_for_the_browser_that_asked_and_no_other(desk: Desk) -> None:
    _, capability = desk.asks()

    async def answers() -> list[int]:
        streams = process()
        async with (
            Page(streams, cookie=cookie(capability)) as her,
            Page(streams, cookie=cookie(capability[:-1] + "x")) as another,
        ):
            assert her.headers["content-type"] == "text/event-stream"
            return [her.status, another.status]

    assert run(answers()) == [200, 204]


def test_what_a_browser_gets_says_nothing_of_what_it_listens_to(desk: Desk) -> None:
    case, capability = desk.asks()

    async def headers() -> dict[str, str]:
        async with Page(process(), cookie=cookie(capability)) as page:
            return page.headers

    got = run(headers())
    assert not [value for value in got.values() if f"case:{case.pk}" in value or "capability" in value]
    assert "content-length" not in got
    assert "content-security-policy" in got


@pytest.mark.parametrize("name", ["live_case", "live_desk"])
def test_a_server_that_cannot_stream_says_so_and_when_to_come_back(desk: Desk, name: str) -> None:
    visitor = Agent(desk.sato)
    visitor.client.cookies[CAPABILITY_COOKIE] = desk.asks()[1]
    answer = visitor.get(name)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_a_look_at_the_head_opens_no_stream(hers: str) -> None:
    async def look() -> tuple[int, bool, int]:
        streams = process()
        async with Page(streams, method="POST", cookie=hers) as refused:
            assert refused.status in {403, 405}
        page = Page(streams, method="HEAD", cookie=hers)
        await streams(page.scope, page.incoming.get, page.outgoing.put)  # type: ignore[arg-type]
        start, end = page.outgoing.get_nowait(), page.outgoing.get_nowait()
        return start["status"], end.get("more_body", False), streams.hub.count("case")

    assert run(look()) == (200, False, 0)


# What it costs


def test_an_open_stream_holds_no_database_connection(desk: Desk) -> None:
    capabilities = [
        cookie(desk.asks(email=f"p{number}@example.jp", number=f"+8190000000{number:02}")[1])
        for number in range(12)
    ]
    sato = session_of(Agent(desk.sato))

    async def open_all() -> int:
        streams = process()
        async with AsyncExitStack() as stack:
            for each in capabilities:
                await stack.enter_async_context(Page(streams, cookie=each))
            await stack.enter_async_context(Page(streams, "/live/desk/", cookie=sato))
            assert streams.hub.count("case") == 12
            # Whether sessions of staff live is asked over a connection of a moment.
            end = asyncio.get_running_loop().time() + 3
            while await asyncio.to_thread(seen) > before and asyncio.get_running_loop().time() < end:
                await asyncio.sleep(0.05)
            return await asyncio.to_thread(seen)

    def seen() -> int:
        try:
            return connected()
        finally:
            connection.close()

    # Those of this test, and of a server that another one has left running.
    before = run(asyncio.to_thread(seen))
    assert run(open_all()) == before


def test_who_goes_away_is_counted_out_at_once(hers: str) -> None:
    async def go() -> dict[str, Any]:
        streams = process()
        async with Page(streams, cookie=hers):
            assert streams.hub.count("case") == 1
        return dict(streams.hub._streams)

    assert run(go()) == {}


def test_a_page_that_does_not_read_costs_a_line_and_is_given_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, capability = desk.asks()
    monkeypatch.setattr("portal.streams.HEARTBEAT_SECONDS", 1)

    async def listen() -> tuple[list[str], int]:
        streams = process()
        async with Page(streams, buffer=1, cookie=cookie(capability)) as page:
            (stream,) = streams.hub._streams["case"]
            for _ in range(50):
                await say(f"case:{case.pk}")
            await say(f"case:{case.pk}", "notes")
            await asyncio.sleep(0.3)
            unsent = list(stream.unsent), len(stream.take())
            await asyncio.wait_for(page.task, 3)
            assert streams.hub.count("case") == 0
            return unsent

    events, size = run(listen())
    assert events == ["changed", "notes"]
    assert size < 200


# What is heard


def test_what_is_published_is_heard_and_says_only_that_something_changed(desk: Desk) -> None:
    case, capability = desk.asks()

    async def listen() -> list[Heard]:
        async with Page(process(), cookie=cookie(capability)) as page:
            await say(f"case:{case.pk + 1}")
            await say("desk")
            await say(f"case:{case.pk}")
            await say(f"case:{case.pk}", "notes")
            return await page.hears(3, limit=1)

    heard = run(listen())
    assert [(one.event, one.within) for one in heard] == [("changed", 0), ("notes", 0)]
    assert int(heard[0].id) < int(heard[1].id)


def test_an_id_tells_nothing_of_what_happens_to_others(desk: Desk) -> None:
    case, capability = desk.asks()

    async def listen() -> list[str]:
        streams = process()
        async with Page(streams, cookie=cookie(capability)) as first:
            for channel in ("desk", "agent:1", f"case:{case.pk + 1}"):
                await say(channel)
            await asyncio.sleep(0.2)
            async with Page(streams, cookie=cookie(capability)) as second:
                return [first.hello.id, second.hello.id]

    before, after = run(listen())
    assert before == after


def test_what_is_rolled_back_is_not_told(transactional_db: None) -> None:
    with listening() as heard:
        with transaction.atomic():
            live.publish_on_commit("desk")
            transaction.set_rollback(True)
        with transaction.atomic():
            live.publish_on_commit("case:1")
            with transaction.atomic():
                live.publish_on_commit("agent:1")
                live.publish_on_commit("agent:1")
                transaction.set_rollback(True)
            assert heard() == []
        assert heard() == ["case:1"]


def test_what_one_transaction_says_twice_is_told_once(transactional_db: None) -> None:
    with listening() as heard:
        with transaction.atomic():
            for channel in ("desk", "case:1", "desk", "case:2"):
                live.publish_on_commit(channel)
            live.publish_on_commit("case:1", "notes")
        live.publish_on_commit("desk")
        assert sorted(heard()) == ["case:1", "case:1", "case:2", "desk", "desk"]


@contextmanager
def listening() -> Iterator[Callable[[], list[str]]]:
    """What was said on which channels since, once all of it has come."""
    with client().pubsub(ignore_subscribe_messages=True) as ear:
        ear.psubscribe(f"{live.PREFIX}*")
        ear.get_message(timeout=1)
        told: list[str] = []

        def heard() -> list[str]:
            while message := ear.get_message(timeout=0.2):
                told.append(message["channel"].removeprefix(live.PREFIX))
            return told

        yield heard


def test_an_agent_hears_of_a_case_that_they_took_after_the_stream_was_open(desk: Desk) -> None:
    sato = session_of(Agent(desk.sato))
    desk.on_duty(desk.sato)
    desk.asks()

    async def listen() -> list[str]:
        async with Page(process(), "/live/desk/", cookie=sato) as page:
            case = await asyncio.to_thread(closing(desk.accepted))
            heard = await page.hears(20, limit=1.5)
            assert {one.event for one in heard} == {"changed", "notes"}, "the case is looked at once"
            await asyncio.to_thread(closing(changes.add_note), case=case, by=desk.sato.user.pk, text="Calm.")
            return [one.event for one in await page.hears(1)]

    assert run(listen()) == ["notes"]


def closing(work: Callable[..., Any]) -> Callable[..., Any]:
    """In a thread, whose connection ends with it."""

    def act(*args: Any, **kwargs: Any) -> Any:
        try:
            return work(*args, **kwargs)
        finally:
            connection.close()

    return act


# Where a page goes on after its stream broke off


def test_who_comes_back_is_told_to_look_only_if_something_happened(desk: Desk) -> None:
    case, capability = desk.asks()
    hers = cookie(capability)

    async def come_back() -> list[list[str]]:
        streams, other_process = process(), process()
        found = []
        async with Page(streams, cookie=hers) as page, Page(other_process, cookie=hers) as another:
            first, elsewhere = page.hello.id, another.hello.id
        async with Page(streams, last_event_id=first, cookie=hers) as page:
            found.append(await page.hears(1, limit=0.5))
        await say("desk")
        await say(f"case:{case.pk + 1}")
        async with Page(streams, last_event_id=first, cookie=hers) as page:
            found.append(await page.hears(1, limit=0.5))
        await say(f"case:{case.pk}")
        for id_ in (first, elsewhere):
            async with Page(streams, last_event_id=id_, cookie=hers) as page:
                found.append(await page.hears(1))
        latest = page.hello.id
        for streams_ in (streams, other_process):
            async with Page(streams_, f"/live/case/?after={latest}", cookie=hers) as page:
                found.append(await page.hears(1, limit=0.5))
        return [[one.event for one in events] for events in found]

    assert run(come_back()) == [[], [], ["changed"], ["changed"], [], []]


@pytest.mark.parametrize(
    "seen",
    ["0", "-1", "abc", "1" * 400, "\u0661\u0662", "1.5", "%00", "1;drop", " ", "9" * 20, "'"],
)
def test_whatever_a_browser_says_it_has_seen_the_stream_opens(hers: str, seen: str) -> None:
    async def come_back() -> tuple[int, list[str]]:
        streams = process()
        async with Page(streams, cookie=hers):
            pass
        async with Page(streams, last_event_id=seen, cookie=hers) as page:
            return page.status, [one.event for one in await page.hears(1, limit=0.5)]

    status, heard = run(come_back())
    assert status == 200
    # Where it cannot be known, the page looks again.
    assert heard == ([] if seen == "9" * 20 else ["changed"])


def test_a_page_whose_channel_was_forgotten_looks_again(hers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "MAX_CHANNELS", 5)

    async def come_back() -> list[Heard]:
        streams = process()
        async with Page(streams, cookie=hers) as page:
            pass
        for number in range(6):
            await say(f"agent:{number}")
        await asyncio.sleep(0.2)
        async with Page(streams, last_event_id=page.hello.id, cookie=hers) as page:
            return await page.hears(1)

    assert [one.event for one in run(come_back())] == ["changed"]


# How many


def test_one_browser_opens_six_and_then_asks_by_itself(desk: Desk, hers: str) -> None:
    async def open_seven() -> None:
        streams = process()
        async with AsyncExitStack() as stack:
            pages = [await stack.enter_async_context(Page(streams, cookie=hers)) for _ in range(7)]
            assert [page.status for page in pages] == [200] * 6 + [503]
            assert pages[6].headers["retry-after"] == "30"
            assert pages[6].headers["content-type"].startswith("text/plain")
            assert "asks by itself" in await pages[6].body()
            assert streams.hub.count("case") == 6

    run(open_seven())
    page = Visitor()
    page.client.cookies[CAPABILITY_COOKIE] = hers.partition("=")[2]
    assert page.fetch(reverse("status"), HTTP_HX_REQUEST="true").status_code == 200


def test_her_lost_connections_do_not_lock_her_out(hers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "YIELDS_AFTER", 0)

    async def lose_and_return() -> list[int]:
        streams = process()
        async with AsyncExitStack() as stack:
            pages = [await stack.enter_async_context(Page(streams, cookie=hers)) for _ in range(7)]
            assert [one.event for one in await pages[0].hears(1)] == ["over"], "the oldest gives way"
            await pages[0].ends(1)
            assert streams.hub.count("case") == 6
            return [page.status for page in pages]

    assert run(lose_and_return()) == [200] * 7


def test_a_neighbour_takes_her_stream_and_never_her_page(
    desk: Desk, hers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(hub.A_NETWORK, "case", 3)
    neighbours = [
        cookie(desk.asks(email=f"p{number}@example.jp", number=f"+8190000000{number:02}")[1])
        for number in range(3)
    ]
    sato = session_of(Agent(desk.sato))

    async def crowd() -> list[int]:
        streams = process()
        async with AsyncExitStack() as stack:
            for number, each in enumerate(neighbours):
                page = Page(streams, address=f"198.51.100.{number}", cookie=each)
                assert (await stack.enter_async_context(page)).listens
            here = await stack.enter_async_context(Page(streams, cookie=hers))
            staff = await stack.enter_async_context(Page(streams, "/live/desk/", cookie=sato))
            elsewhere = await stack.enter_async_context(Page(streams, address="203.0.113.9", cookie=hers))
            return [here.status, staff.status, elsewhere.status]

    assert run(crowd()) == [503, 200, 200]
    page = Visitor()
    page.client.cookies[CAPABILITY_COOKIE] = hers.partition("=")[2]
    assert page.fetch(reverse("status"), HTTP_HX_REQUEST="true").status_code == 200
    assert "every 20s" in page.get("status").content.decode()


def test_what_strangers_open_in_all_leaves_room_for_the_desk(
    desk: Desk, hers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(hub.IN_ALL, "case", 2)
    sato = session_of(Agent(desk.sato))

    async def crowd() -> list[int]:
        streams = process()
        async with (
            Page(streams, cookie=hers) as first,
            Page(streams, cookie=hers) as second,
            Page(streams, cookie=hers) as third,
            Page(streams, "/live/desk/", cookie=sato) as staff,
        ):
            return [page.status for page in (first, second, third, staff)]

    assert run(crowd()) == [200, 200, 503, 200]


# When it ends


def signed_out(agent: Agent) -> None:
    agent.post("accounts:sign_out")


def ended_elsewhere(agent: Agent) -> None:
    sessions.end_one(user_id=agent.actor.user.pk, session_id=agent.row.pk)


def no_longer_of_the_desk(agent: Agent) -> None:
    User.objects.filter(pk=agent.actor.user.pk).update(role="user")


def switched_off(agent: Agent) -> None:
    User.objects.filter(pk=agent.actor.user.pk).update(is_active=False)


@pytest.mark.parametrize("act", [signed_out, ended_elsewhere, no_longer_of_the_desk, switched_off])
def test_a_stream_of_staff_ends_with_their_session_in_every_process(
    desk: Desk, act: Callable[[Agent], None]
) -> None:
    sato, tanaka = Agent(desk.sato), Agent(desk.tanaka)

    async def listen() -> list[float]:
        one, another = process(), process()
        async with (
            Page(one, "/live/desk/", cookie=session_of(sato)) as here,
            Page(another, "/live/desk/", cookie=session_of(sato)) as there,
            Page(another, "/live/desk/", cookie=session_of(tanaka)) as colleague,
        ):
            await asyncio.to_thread(closing(act), sato)
            took = list(await asyncio.gather(here.ends(5), there.ends(5)))
            assert not colleague.over
            await say("desk")
            assert "changed" in [event.event for event in await colleague.hears(1)]
        async with Page(one, "/live/desk/", cookie=session_of(sato)) as again:
            assert not again.listens
        return took

    assert max(run(listen())) < 5


def test_after_an_hour_a_browser_shows_again_that_it_may(hers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.streams.MIN_SECONDS", 0)
    monkeypatch.setattr("portal.streams.MAX_SECONDS", 0.1)
    monkeypatch.setattr("portal.streams.HEARTBEAT_SECONDS", 0.1)

    async def listen() -> float:
        async with Page(process(), cookie=hers) as page:
            return await page.ends(3)

    assert run(listen()) < 3


def test_a_quiet_stream_says_now_and_then_that_it_is_still_there(
    hers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.streams.HEARTBEAT_SECONDS", 0.1)

    async def listen() -> str:
        async with Page(process(), cookie=hers) as page:
            page._take(await asyncio.wait_for(page.outgoing.get(), 2))
            return page.text

    assert run(listen()).startswith(": ")


def test_the_streams_are_sent_at_the_addresses_of_their_views() -> None:
    assert set(KINDS) == {reverse("live_case"), reverse("live_desk")}
