"""An SMTP server that keeps what it gets, one ``.eml`` file a mail: for the demo and for tests.

``python -m devtools.smtp --fd 5 FOLDER`` serves on a listening socket that it inherits.
"""

import argparse
import asyncio
import secrets
import signal
import socket
import threading
import time
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

SIZE_LIMIT = 4 * 1024 * 1024


def listen(port: int = 0) -> socket.socket:
    """A listening socket on this machine alone; 0 picks a free port."""
    sock = socket.create_server(("127.0.0.1", port))
    sock.set_inheritable(True)
    return sock


class Keeper:
    """Files every accepted mail. ``refuse`` maps an address, or ``*``, to the reply that it gets instead."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.refuse: dict[str, str] = {}

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, rcpt_options: list[str]
    ) -> str:
        reply = self.refuse.get(address) or self.refuse.get("*")
        if reply:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        # Names sort by time; a reader never sees half a file.
        path = self.folder / f"{time.time_ns():020d}-{secrets.token_hex(3)}.eml"
        header = "".join(f"X-Envelope-To: {address}\r\n" for address in envelope.rcpt_tos)
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(header.encode() + envelope.content)
        unfinished.rename(path)
        return "250 Kept"


async def serve(sock: socket.socket, keeper: Keeper, stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def speak() -> SMTP:
        return SMTP(keeper, data_size_limit=SIZE_LIMIT, enable_SMTPUTF8=True, hostname="localhost", loop=loop)

    server = await loop.create_server(speak, sock=sock)
    async with server:
        await stop.wait()


class Catcher:
    """The same server in a thread of a test run. Stopped and started again, it is where it was."""

    def __init__(self, folder: Path) -> None:
        self.keeper = Keeper(folder)
        self.port = 0
        self.running = False

    def start(self) -> None:
        sock = listen(self.port)
        self.port = sock.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(
            target=self._loop.run_until_complete, args=[serve(sock, self.keeper, self._stop)], daemon=True
        )
        self._thread.start()
        self.running = True

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)
        self._loop.close()
        self.running = False


async def _main(sock: socket.socket, folder: Path) -> None:
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    await serve(sock, Keeper(folder), stop)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("folder", type=Path)
    chosen = parser.parse_args()
    asyncio.run(_main(socket.socket(fileno=chosen.fd), chosen.folder))
