"""Browsers that hold a stream open, against the ASGI application itself: no server, no socket."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from portal.requests import StreamHandler
from portal.streams import Streams

T = TypeVar("T")


class Heard(NamedTuple):
    id: str
    event: str
    within: int


class Page:
    """A page that listens. ``async with Page(...)``: it leaves at the end."""

    def __init__(
        self,
        streams: Streams,
        path: str = "/live/case/",
        *,
        address: str = "198.51.100.7",
        method: str = "GET",
        buffer: int = 0,
        cookie: str = "",
        last_event_id: str | None = None,
    ) -> None:
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.incoming.put_nowait({"type": "http.request", "body": b"", "more_body": False})
        # ``buffer``: as many messages lie between server and browser before the server has to wait.
        self.outgoing: asyncio.Queue[dict[str, Any]] = asyncio.Queue(buffer)
        path, _, query = path.partition("?")
        self.scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [
                (b"host", b"localhost"),
                (b"accept", b"text/event-stream"),
                (b"cookie", cookie.encode()),
                *([] if last_event_id is None else [(b"last-event-id", last_event_id.encode())]),
            ],
            "client": (address, 1),
            "server": ("localhost", 80),
        }
        self.streams = streams
        self.text = ""
        self.over = False

    async def __aenter__(self) -> "Page":
        self.task = asyncio.create_task(
            self.streams(self.scope, self.incoming.get, self.outgoing.put)  # type: ignore[arg-type]
        )
        start = await asyncio.wait_for(self.outgoing.get(), 10)
        self.status = start["status"]
        self.headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        if self.listens:
            (self.hello,) = await self.hears(1)
            assert self.hello.event == "hello"
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.leaves()

    @property
    def listens(self) -> bool:
        return self.status == 200

    async def leaves(self) -> None:
        self.incoming.put_nowait({"type": "http.disconnect"})
        await asyncio.wait_for(self.task, 10)

    async def body(self) -> str:
        """All that was said, where it was no stream."""
        await asyncio.wait_for(self.task, 10)
        while not self.outgoing.empty():
            self._take(self.outgoing.get_nowait())
        return self.text

    async def hears(self, count: int, limit: float = 5) -> list[Heard]:
        """The next ``count`` events; fewer when the stream ends or the time is over."""
        events: list[Heard] = []
        try:
            async with asyncio.timeout(limit):
                while len(events) < count:
                    if "\n\n" in self.text:
                        part, _, self.text = self.text.partition("\n\n")
                        fields = dict(line.split(": ", 1) for line in part.split("\n"))
                        if "event" in fields:
                            events.append(Heard(fields["id"], fields["event"], int(fields["data"])))
                    elif self.over:
                        break
                    else:
                        self._take(await self.outgoing.get())
        except TimeoutError:
            pass
        return events

    async def ends(self, limit: float) -> float:
        """Wait until the server ends the stream; how long that took."""
        begin = asyncio.get_running_loop().time()
        async with asyncio.timeout(limit):
            while not self.over:
                self._take(await self.outgoing.get())
        return asyncio.get_running_loop().time() - begin

    def _take(self, message: dict[str, Any]) -> None:
        self.text += message["body"].decode()
        self.over = not message.get("more_body", False)


def process() -> Streams:
    """What one server process runs."""
    return Streams(StreamHandler())


def run(work: Coroutine[Any, Any, T]) -> T:
    """In a thread of its own: a browser test before may have left an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
