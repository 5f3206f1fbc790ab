"""Live pages: server-sent events over Redis, one subscription a process, one small queue a browser.

A message says only that something changed; the page then asks for its fragment through the ordinary view.
After an outage of Redis every page is told to look again, since nobody knows what was missed.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncGenerator

import redis.asyncio as redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from redis.exceptions import RedisError

from accounts.access import needs, public
from common.live import PREFIX
from recovery import selectors
from recovery.views.status import CAPABILITY_COOKIE

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 15
LONGEST_SECONDS = 3600
"""A browser then connects anew, and whether it still may is asked anew."""

_Queue = asyncio.Queue[str]
_watchers: dict[str, set[_Queue]] = defaultdict(set)
_pumps: dict[asyncio.AbstractEventLoop, asyncio.Task[None]] = {}


async def _pump() -> None:
    """Hand on what Redis says, for as long as the process lives."""
    while True:
        try:
            async with (
                redis.from_url(settings.REDIS_URL, decode_responses=True) as connection,
                connection.pubsub() as subscription,
            ):
                await subscription.psubscribe(PREFIX + "*")
                _tell_all()
                async for message in subscription.listen():
                    if message["type"] == "pmessage":
                        _tell(message["channel"].removeprefix(PREFIX), message["data"])
        except (RedisError, OSError) as error:
            log.warning("live updates are interrupted: %s", error)
            await asyncio.sleep(1)


def _tell(channel: str, event: str) -> None:
    for queue in tuple(_watchers.get(channel, ())):
        _put(queue, event)


def _tell_all() -> None:
    for queue in {queue for queues in _watchers.values() for queue in queues}:
        _put(queue, "changed")


def _put(queue: _Queue, event: str) -> None:
    if not queue.full():  # a full queue already says: look again
        queue.put_nowait(event)


async def _events(channels: list[str]) -> AsyncGenerator[str]:
    queue: _Queue = asyncio.Queue(maxsize=8)
    for channel in channels:
        _watchers[channel].add(queue)
    loop = asyncio.get_running_loop()
    if loop not in _pumps or _pumps[loop].done():
        _pumps[loop] = loop.create_task(_pump())
    end = loop.time() + LONGEST_SECONDS
    count = 0
    try:
        yield "retry: 2000\n\n"
        while loop.time() < end:
            try:
                event = await asyncio.wait_for(queue.get(), HEARTBEAT_SECONDS)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            count += 1
            yield f"id: {count}\nevent: {event}\ndata: {event}\n\n"
    finally:
        for channel in channels:
            _watchers[channel].discard(queue)
            if not _watchers[channel]:
                del _watchers[channel]


def _stream(channels: list[str]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(_events(channels), content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Accel-Buffering"] = "no"
    return response


@public
async def case(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """For the browser that opened a case: everything about this case."""
    capability = request.COOKIES.get(CAPABILITY_COOKIE, "")
    found = await sync_to_async(selectors.case_by_capability)(capability)
    if found is None:
        # 204 tells EventSource not to come back.
        return HttpResponse(status=204)
    return _stream([f"case:{found.pk}"])


@needs("desk.work")
async def desk(request: HttpRequest) -> StreamingHttpResponse:
    """For the console: the queue, the agent's own offers, and the case in their hands."""
    user = await request.auser()
    if user.pk is None:
        raise Http404
    work = await sync_to_async(selectors.case_in_work)(user.pk)
    return _stream(["desk", f"agent:{user.pk}", *([f"case:{work.pk}"] if work else [])])
