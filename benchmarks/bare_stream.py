"""The least that holds a stream open: no Django, Redis, sessions or bounds. A POST tells everybody."""

import asyncio
from typing import Any

waiting: set[asyncio.Event] = set()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    if scope["method"] == "POST":
        for event in waiting:
            event.set()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        return
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b": hello\n\n", "more_body": True})
    event = asyncio.Event()
    waiting.add(event)
    while True:
        await event.wait()
        event.clear()
        await send({"type": "http.response.body", "body": b"event: changed\ndata: 0\n\n", "more_body": True})
