"""Who is listening in this process, to what, and what they have not been told yet.

One subscription to Redis serves all streams. A message says only that something changed. Which one a page
has seen is the id of its last event: a stamp of Redis's clock (``common/live.py``), so that any process can
tell whether something came later. After an outage of Redis everybody is told to look again, since nobody
knows what was missed.
"""

import asyncio
import logging
import random
import re
import resource
from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import redis.asyncio as redis
from django.conf import settings
from django.db import DatabaseError, connections
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

import accounts.selectors
from common.live import PREFIX
from recovery.cases import selectors as case_selectors

log = logging.getLogger(__name__)

STAFF = "desk.work"
EVENTS = ("changed", "notes")

A_BROWSER = 6
"""Streams of one capability or one session. The page opens one a browser; more are tabs that cannot share."""
YIELDS_AFTER = 60
"""Seconds after which the oldest of them gives way to a new one: a connection that was lost on the way, on a
train for example, may look open for a quarter of an hour, and must not lock its own successor out."""
A_NETWORK = {"case": 200, "desk": 1000}
IN_ALL = {"case": 10_000, "desk": 2_000}
"""What strangers open takes nothing from the desk: each kind has bounds of its own."""
SPARE_FILES = 200

CHECK_SECONDS = 2
"""How often it is asked whether the sessions of staff still live."""
SPREAD = 5000
"""Milliseconds within which pages ask when all are told at once."""
MAX_CHANNELS = 20_000
SILENCE_SECONDS = 10


@dataclass(frozen=True)
class Plan:
    """What a view lets a browser hear.

    ``owner`` names the capability or the session that it showed, ``network`` where it comes from ("" where
    nobody knows). ``after`` is the last event that it says it has seen. Staff have a ``session`` and an
    ``agent``: their stream ends with the one and follows the ``work`` of the other, a case.
    """

    kind: str
    channels: tuple[str, ...]
    owner: str
    network: str
    after: str = ""
    session: UUID | None = None
    agent: int | None = None
    work: int | None = None

    def with_work(self, case: int | None) -> tuple[str, ...]:
        return (*self.channels, f"case:{case}") if case else self.channels


class Stream:
    """One open stream, and what it was not sent yet: at most one line for each kind of event."""

    __slots__ = ("began", "channels", "ended", "keys", "last_words", "plan", "seen", "unsent", "wake")

    def __init__(self, plan: Plan, began: float) -> None:
        self.plan = plan
        self.channels = plan.with_work(plan.work)
        self.keys = (plan.owner, f"{plan.kind} {plan.network}", plan.kind)
        self.began = began
        self.seen = 0
        self.unsent: dict[str, tuple[int, int]] = {}
        self.wake = asyncio.Event()
        self.ended = False
        self.last_words = b""

    def tell(self, event: str, stamp: int, within: int = 0) -> None:
        if event in self.unsent:
            within = min(within, self.unsent[event][1])
        self.unsent[event] = (stamp, within)
        self.wake.set()

    def look_again(self, stamp: int, within: int = 0) -> None:
        for event in EVENTS:
            self.tell(event, stamp, within)

    def take(self) -> bytes:
        """What there is to send now. Each event says within how many milliseconds the page shall ask."""
        unsent, self.unsent = self.unsent, {}
        self.wake.clear()
        lines = b""
        for event, (stamp, within) in sorted(unsent.items(), key=lambda one: one[1][0]):
            self.seen = stamp
            lines += line(event, stamp, within)
        return lines

    def end(self, last_words: bytes = b"") -> None:
        self.ended = True
        self.last_words = last_words
        self.wake.set()


def line(event: str, stamp: int, within: int = 0) -> bytes:
    return f"id: {stamp}\nevent: {event}\ndata: {within}\n\n".encode()


class Hub:
    def __init__(self) -> None:
        # By channel, owner, network and kind; in each the oldest stands first.
        self._streams: defaultdict[str, dict[Stream, None]] = defaultdict(dict)
        self._listening = asyncio.Event()
        self._asked = asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        # The newest stamp of each channel, complete from ``_since`` on.
        self._newest: OrderedDict[str, int] = OrderedDict()
        self._since = 0
        self._most = _room()

    def count(self, key: str) -> int:
        """How many streams hear a channel, or belong to an owner, a network or a kind."""
        return len(self._streams.get(key, ()))

    def has_room(self, kind: str, waiting: int) -> bool:
        return self.count(kind) + waiting < self._most[kind]

    async def ready(self) -> None:
        """Wait until Redis is heard; not for long, since without it pages ask by themselves."""
        for work in (self._hear, self._watch_staff):
            if work.__name__ not in self._tasks or self._tasks[work.__name__].done():
                self._tasks[work.__name__] = asyncio.create_task(work())
        try:
            async with asyncio.timeout(2):
                await self._listening.wait()
        except TimeoutError:
            pass

    def admit(self, plan: Plan) -> Stream | None:
        """Open a stream, or None where there are too many."""
        now = asyncio.get_running_loop().time()
        if self.count(plan.owner) >= A_BROWSER:
            oldest = next(iter(self._streams[plan.owner]))
            if now - oldest.began < YIELDS_AFTER:
                return None
            self._dismiss(oldest, line("over", oldest.seen))
        if plan.network and self.count(f"{plan.kind} {plan.network}") >= A_NETWORK[plan.kind]:
            return None
        if not self.has_room(plan.kind, 0):
            return None
        stream = Stream(plan, now)
        stream.seen = newest = self._stamp(stream)
        for key in (*stream.keys, *stream.channels):
            self._streams[key][stream] = None
        if plan.after:
            after = int(plan.after) if re.fullmatch("[0-9]{1,20}", plan.after) else -1
            if after < self._since:
                stream.look_again(newest, SPREAD)
            elif after < newest:
                stream.look_again(newest)
        return stream

    def forget(self, stream: Stream) -> None:
        self._leave(stream, (*stream.keys, *stream.channels))

    def _dismiss(self, stream: Stream, last_words: bytes = b"") -> None:
        self.forget(stream)
        stream.end(last_words)

    def _leave(self, stream: Stream, keys: Iterable[str]) -> None:
        for key in keys:
            there = self._streams.get(key, {})
            there.pop(stream, None)
            if not there:
                self._streams.pop(key, None)

    # What Redis says

    async def _hear(self) -> None:
        """Hand on what Redis says, for as long as the process lives."""
        while True:
            try:
                async with (
                    redis.from_url(settings.REDIS_URL, decode_responses=True) as connection,
                    connection.pubsub() as subscription,
                ):
                    await subscription.psubscribe(PREFIX + "*")
                    if await subscription.get_message(timeout=SILENCE_SECONDS) is None:
                        raise redis.ConnectionError("no answer")
                    # From here on nothing is missed.
                    seconds, rest = await connection.time()
                    self._begin(seconds * 1_000_000 + rest)
                    await self._listen(subscription)
            except (RedisError, OSError) as error:
                log.warning("live updates are interrupted: %s", error)
                self._listening.clear()
                await asyncio.sleep(1)

    def _begin(self, stamp: int) -> None:
        self._newest.clear()
        self._since = stamp
        self._listening.set()
        for kind in A_NETWORK:
            for stream in tuple(self._streams.get(kind, ())):
                stream.look_again(stamp, SPREAD)

    async def _listen(self, subscription: PubSub) -> None:
        asked = False
        while True:
            message = await subscription.get_message(timeout=SILENCE_SECONDS)
            if message is not None:
                asked = False
                if message["type"] == "pmessage":
                    self._tell(message["channel"].removeprefix(PREFIX), message["data"])
            elif asked:
                raise redis.ConnectionError("no answer")
            else:
                await subscription.ping()
                asked = True

    def _tell(self, channel: str, message: str) -> None:
        stamp, _, event = message.partition(" ")
        if not stamp.isdigit():
            return  # not one of ours
        self._newest[channel] = int(stamp)
        self._newest.move_to_end(channel)
        if len(self._newest) > MAX_CHANNELS:
            self._since = self._newest.popitem(last=False)[1]
        for stream in self._streams.get(channel, ()):
            stream.tell(event, int(stamp))
            if channel.startswith("agent:"):
                self._asked.set()

    # Staff

    async def _watch_staff(self) -> None:
        """End the streams of sessions that have ended, and let the others hear the case that is in work."""
        while True:
            try:
                async with asyncio.timeout(CHECK_SECONDS):
                    await self._asked.wait()
            except TimeoutError:
                pass
            self._asked.clear()
            staff = tuple(self._streams.get("desk", ()))
            if not staff:
                continue
            try:
                living, work = await asyncio.to_thread(_ask, [stream.plan for stream in staff])
            except DatabaseError as error:
                log.warning("whether sessions still live could not be asked: %s", error)
                await asyncio.sleep(1)
                continue
            for stream in staff:
                if stream.plan.session not in living:
                    self._dismiss(stream)
                else:
                    self._follow(stream, work.get(stream.plan.agent or 0))
            await asyncio.sleep(0.2)

    def _follow(self, stream: Stream, case: int | None) -> None:
        channels = stream.plan.with_work(case)
        if channels == stream.channels or stream.ended:
            return
        self._leave(stream, set(stream.channels) - set(channels))
        stream.channels = channels
        for channel in channels:
            self._streams[channel][stream] = None
        if case:
            # What was said about it since the agent took it was not heard here.
            stream.look_again(self._stamp(stream))

    def _stamp(self, stream: Stream) -> int:
        """The newest of all that was said on its channels; nothing of what was said on others."""
        return max(self._since, *(self._newest.get(channel, 0) for channel in stream.channels))


def _ask(plans: list[Plan]) -> tuple[set[UUID], dict[int, int]]:
    """Which sessions live, and which case each agent has in work. Keeps no connection."""
    try:
        return (
            accounts.selectors.sessions_with(STAFF, {plan.session for plan in plans if plan.session}),
            case_selectors.cases_in_work({plan.agent for plan in plans if plan.agent}),
        )
    finally:
        connections.close_all()


def _room() -> dict[str, int]:
    """How many streams of each kind this process may hold; each is an open file."""
    wanted = sum(IN_ALL.values()) + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    files = max(0, allowed - SPARE_FILES)
    return {"case": min(IN_ALL["case"], files * 4 // 5), "desk": min(IN_ALL["desk"], files // 5)}


def retry() -> bytes:
    """After how many milliseconds a browser comes back: not all in the same moment."""
    return f"retry: {random.randint(1000, 5000)}\n".encode()  # noqa: S311 - nothing secret
