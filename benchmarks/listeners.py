"""Thousands of pages that hold a stream open, in a process of its own: ``python -m benchmarks.listeners``.

It is spoken to by lines on standard input and answers by lines of JSON. ``open PORT FILE`` opens a stream for
each line of the file, ``mark`` forgets what was heard, ``heard`` says by the machine's clock when each of
them heard something for the first time since.
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

OPENING = 64  # at once


class Listeners:
    def __init__(self) -> None:
        self.heard: dict[int, float] = {}
        self.open = 0
        self.refused: dict[str, int] = {}
        self.tasks: list[asyncio.Task[None]] = []

    async def listen(self, number: int, port: int, head: bytes, door: asyncio.Semaphore) -> None:
        async with door:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(head)
                status = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
                await asyncio.wait_for(reader.readuntil(b"\n\n"), 60)  # the stream has begun
            except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
                self._refused(type(error).__name__)
                return
            if b" 200 " not in status.partition(b"\r\n")[0]:
                self._refused(status.partition(b"\r\n")[0].decode())
                writer.close()
                return
            self.open += 1
        try:
            while text := await reader.readline():
                if text.startswith(b"event: changed"):
                    self.heard.setdefault(number, time.time())
        except OSError:
            pass
        self.open -= 1

    def _refused(self, how: str) -> None:
        self.refused[how] = self.refused.get(how, 0) + 1

    async def open_all(self, port: int, heads: Iterator[bytes]) -> None:
        door = asyncio.Semaphore(OPENING)
        for number, head in enumerate(heads):
            self.tasks.append(asyncio.create_task(self.listen(number, port, head, door)))
        while self.open + sum(self.refused.values()) < len(self.tasks):
            await asyncio.sleep(0.05)


async def obey() -> None:
    listeners = Listeners()
    while line := await asyncio.to_thread(sys.stdin.readline):
        word, *arguments = line.split()
        if word == "open":
            with Path(arguments[1]).open("rb") as file:
                heads = [each.rstrip(b"\n").replace(b"\\", b"\r\n") for each in file]
            await listeners.open_all(int(arguments[0]), iter(heads))
        elif word == "mark":
            listeners.heard.clear()
        answer = {"open": listeners.open, "refused": listeners.refused}
        if word == "heard":
            answer["heard"] = list(listeners.heard.values())
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(obey())
