"""Thousands of pages that hold a stream open, in a process of its own: ``python -m benchmarks.listeners``.

It is spoken to by lines on standard input and answers by lines of JSON. ``open PORT FILE`` opens a stream for
each line of the file, ``mark`` forgets what was heard, ``heard`` says by the machine's clock when each of
them heard something for the first time since. A page costs as little here as it can: what is measured is the
other side.
"""

import asyncio
import json
import resource
import sys
import time
from collections import Counter
from pathlib import Path

OPENING = 64  # at once


class Page(asyncio.Protocol):
    def __init__(self, listeners: "Listeners", head: bytes) -> None:
        self.listeners = listeners
        self.head = head
        self.answer = b""
        self.opened = asyncio.get_running_loop().create_future()
        self.heard = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self.head)

    def data_received(self, data: bytes) -> None:
        if not self.opened.done():
            self.answer += data
            _head, found, body = self.answer.partition(b"\r\n\r\n")
            if found and b"\n\n" in body:  # the stream has begun
                self.opened.set_result(self.answer.partition(b"\r\n")[0])
        elif not self.heard and b"event: changed" in data:
            self.heard = time.time()

    def connection_lost(self, error: Exception | None) -> None:
        if self.opened.done():
            self.listeners.pages.discard(self)
        else:
            self.opened.set_result(self.answer.partition(b"\r\n")[0] or b"nothing")


class Listeners:
    def __init__(self) -> None:
        self.pages: set[Page] = set()
        self.refused: Counter[str] = Counter()

    async def open(self, port: int, head: bytes, door: asyncio.Semaphore) -> None:
        async with door:
            loop = asyncio.get_running_loop()
            try:
                async with asyncio.timeout(60):
                    _transport, page = await loop.create_connection(
                        lambda: Page(self, head), "127.0.0.1", port
                    )
                    status = (await page.opened).decode()
            except (OSError, TimeoutError) as error:
                self.refused[type(error).__name__] += 1
                return
        if " 200 " in status:
            self.pages.add(page)
        else:
            self.refused[status] += 1

    async def obey(self, word: str, arguments: list[str]) -> dict[str, object]:
        if word == "open":
            with Path(arguments[1]).open("rb") as file:
                heads = [each.rstrip(b"\n").replace(b"\\", b"\r\n") for each in file]
            door = asyncio.Semaphore(OPENING)
            await asyncio.gather(*(self.open(int(arguments[0]), head, door) for head in heads))
        elif word == "mark":
            for page in self.pages:
                page.heard = 0.0
        elif word == "heard":
            return {"open": len(self.pages), "heard": [page.heard for page in self.pages if page.heard]}
        return {"open": len(self.pages), "refused": self.refused}


async def main() -> None:
    listeners = Listeners()
    while line := await asyncio.to_thread(sys.stdin.readline):
        word, *arguments = line.split()
        print(json.dumps(await listeners.obey(word, arguments)), flush=True)


if __name__ == "__main__":
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(main())
