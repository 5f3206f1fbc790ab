"""When to call again."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from recovery.states import AttemptState

MAX_ATTEMPTS = 3
REQUESTED_TIME_GRACE = timedelta(minutes=60)
"""A retry this close to the moment that the claimant chose may come at night."""
MORNING, EVENING = time(8), time(21)


def next_try(
    outcome: AttemptState, *, tries: int, now: datetime, chosen_at: datetime, zone: str
) -> datetime | None:
    """When to call again after ``tries`` calls, the last of which ended with ``outcome``; None: never.

    Busy 2 min, no answer 10 min then 1 h, voicemail 1 h, failed once after 2 min, an invalid number never.
    Nobody is called between 21:00 and 08:00 of their zone, unless the try is still close to the moment
    that they chose.
    """
    if tries >= MAX_ATTEMPTS or outcome == AttemptState.INVALID_NUMBER:
        return None
    if outcome == AttemptState.FAILED and tries > 1:
        return None
    waits = {
        AttemptState.BUSY: timedelta(minutes=2),
        AttemptState.FAILED: timedelta(minutes=2),
        AttemptState.NO_ANSWER: timedelta(minutes=10) if tries == 1 else timedelta(hours=1),
        AttemptState.VOICEMAIL: timedelta(hours=1),
    }
    at = now + waits[outcome]
    if at - chosen_at <= REQUESTED_TIME_GRACE:
        return at
    local = at.astimezone(ZoneInfo(zone))
    if local.time() < MORNING:
        return local.replace(hour=MORNING.hour, minute=0, second=0, microsecond=0)
    if local.time() >= EVENING:
        tomorrow = local + timedelta(days=1)
        return tomorrow.replace(hour=MORNING.hour, minute=0, second=0, microsecond=0)
    return at
