"""How long a mail server is given, and how often it is asked again."""

from datetime import timedelta

# Longer than a task may run (CELERY_TASK_TIME_LIMIT): who still holds a lease that ran out is dead.
LEASE = timedelta(minutes=3)
FIRST_PAUSE = timedelta(seconds=30)
MAX_PAUSE = timedelta(hours=1)
PATIENCE = timedelta(days=3)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts: 30 s, 1 min, 2 min ... an hour."""
    # The exponent is bounded, so that no number of attempts makes a pause too large to compute.
    doublings: int = min(max(attempts - 1, 0), 10)
    return min(FIRST_PAUSE * (1 << doublings), MAX_PAUSE)


def _attempts_within(patience: timedelta) -> int:
    waited, attempts = timedelta(0), 1
    while waited < patience:
        waited += pause_after(attempts)
        attempts += 1
    return attempts


# Counted in attempts, not by the calendar: a worker that was off for a week has tried nothing yet.
MAX_ATTEMPTS = _attempts_within(PATIENCE)


def can_try_again(attempts: int) -> bool:
    """Whether a mail that failed so often, for passing reasons, is tried once more."""
    return attempts < MAX_ATTEMPTS
