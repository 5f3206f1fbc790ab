"""Live streams: Django says who may listen to what, asyncio does the listening.

A stream that Django itself sends keeps a thread and its database connection for as long as a page is open.
So the view is an ordinary short request: it leaves a :class:`portal.hub.Plan` and has answered. When its
thread and its connection are gone, the events are sent from here.
"""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.core.handlers.asgi import ASGIHandler
from django.core.signals import request_finished
from django.db import connections
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from portal.hub import Hub, Plan, Stream, line, retry
from portal.requests import StreamHandler

Message = Mapping[str, Any]
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

KINDS = {"/live/case/": "case", "/live/desk/": "desk"}
PLACE = "portal.plan"
"""Where in the ASGI scope a view leaves its plan: within the process, in no header."""

AT_ONCE = 4
"""Requests of a kind that Django looks at in one moment. Each takes a database connection, and when a process
starts anew all pages come back together."""
HEARTBEAT_SECONDS = 15
MIN_SECONDS, MAX_SECONDS = 2700, 3600
"""A browser then connects anew, and whether it still may is asked anew; not of all at the same time."""

BUSY = "Too many live connections are open. This page asks by itself; try again in half a minute.\n"
RETRY_AFTER = "30"


def begin(request: HttpRequest, plan: Plan) -> HttpResponse:
    """The answer of a view that lets a browser listen.

    By WSGI nobody can take the stream over: the page then asks by itself, as where there are too many.
    """
    place: list[Plan] | None = getattr(request, "scope", {}).get(PLACE)
    if place is None:
        return HttpResponse(
            BUSY,
            status=503,
            content_type="text/plain; charset=utf-8",
            headers={"Retry-After": RETRY_AFTER},
        )
    # By then a HEAD has become a GET: nothing is begun for somebody who wants to hear nothing of it.
    if request.scope["method"] == "GET":  # type: ignore[attr-defined]
        place.append(plan)
    # Neither kept nor compressed on the way: an event must not wait in a buffer for the next one.
    headers = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
    return HttpResponse(content_type="text/event-stream", headers=headers)


@receiver(request_finished, sender=StreamHandler)
def close_connections(**_kwargs: Any) -> None:
    """By ASGI each request has a thread of its own: a connection that it kept would never be used again."""
    connections.close_all()


class Streams:
    """The ASGI application: everything is Django's, but the streams are sent from here."""

    def __init__(self, django: ASGIHandler) -> None:
        self.hub = Hub()
        self._django = django
        self._doors: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(AT_ONCE))
        self._waiting: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = KINDS.get(scope["path"]) if scope["type"] == "http" else None
        if kind is None:
            await self._django(scope, receive, send)
        elif not self.hub.has_room(kind, self._waiting[kind]):
            await _refuse(send)
        else:
            plan, answer = await self._ask(kind, scope, receive)
            if plan is None:
                for message in answer:
                    await send(message)
            else:
                await self._stream(plan, answer[0], receive, send)

    async def _ask(self, kind: str, scope: Scope, receive: Receive) -> tuple[Plan | None, list[Message]]:
        """Django's answer, and its plan if it lets the browser listen."""
        place: list[Plan] = []
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        self._waiting[kind] += 1
        try:
            async with self._doors[kind]:
                # A task of its own: nothing that Django leaves in its context lives as long as the stream.
                await asyncio.create_task(self._django({**scope, PLACE: place}, receive, keep))
        finally:
            self._waiting[kind] -= 1
        # What stands around the view may have had another answer.
        return (place[0] if place and answer and answer[0]["status"] == 200 else None), answer

    async def _stream(self, plan: Plan, start: Message, receive: Receive, send: Send) -> None:
        await self.hub.ready()
        stream = self.hub.admit(plan)
        if stream is None:
            await _refuse(send)
            return
        headers = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
        gone = asyncio.create_task(_until_gone(receive, stream))
        try:
            await send({**start, "headers": headers})
            await _write(send, retry() + line("hello", stream.seen))
            await _send_events(stream, send)
        except TimeoutError:
            pass  # whoever does not take a few bytes is gone, though the line does not say so
        finally:
            gone.cancel()
            self.hub.forget(stream)


async def _send_events(stream: Stream, send: Send) -> None:
    clock = asyncio.get_running_loop().time
    end = clock() + random.uniform(MIN_SECONDS, MAX_SECONDS)  # noqa: S311 - nothing secret
    while not stream.ended and clock() < end:
        part = b": still here\n\n"
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                await stream.wake.wait()
            part = stream.take()
        except TimeoutError:
            pass
        if not stream.ended:
            await _write(send, part)
    await _write(send, stream.last_words, more=False)


async def _write(send: Send, part: bytes, *, more: bool = True) -> None:
    async with asyncio.timeout(HEARTBEAT_SECONDS):
        await send({"type": "http.response.body", "body": part, "more_body": more})


async def _until_gone(receive: Receive, stream: Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()


async def _refuse(send: Send) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"retry-after", RETRY_AFTER.encode()),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": BUSY.encode()})
