"""When to call again, and when not at all."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from recovery.approvals import policies as approval_policies
from recovery.calls import retry
from recovery.evidence import policies as evidence_policies
from recovery.states import AttemptState

TOKYO = ZoneInfo("Asia/Tokyo")


def tokyo(hour: int, minute: int = 0, day: int = 22) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("outcome", "tries", "wait"),
    [
        (AttemptState.BUSY, 1, timedelta(minutes=2)),
        (AttemptState.BUSY, 2, timedelta(minutes=2)),
        (AttemptState.NO_ANSWER, 1, timedelta(minutes=10)),
        (AttemptState.NO_ANSWER, 2, timedelta(hours=1)),
        (AttemptState.VOICEMAIL, 1, timedelta(hours=1)),
        (AttemptState.FAILED, 1, timedelta(minutes=2)),
    ],
)
def test_the_next_try_waits_as_long_as_the_reason_says(
    outcome: AttemptState, tries: int, wait: timedelta
) -> None:
    now = tokyo(14)
    assert retry.next_try(outcome, tries=tries, now=now, chosen_at=now, zone="Asia/Tokyo") == now + wait


@pytest.mark.parametrize(
    ("outcome", "tries"),
    [
        (AttemptState.NO_ANSWER, 3),
        (AttemptState.BUSY, 3),
        (AttemptState.INVALID_NUMBER, 1),
        (AttemptState.FAILED, 2),
    ],
)
def test_there_is_no_further_try_after(outcome: AttemptState, tries: int) -> None:
    now = tokyo(14)
    assert retry.next_try(outcome, tries=tries, now=now, chosen_at=now, zone="Asia/Tokyo") is None


def test_who_asked_at_midnight_is_called_again_at_midnight() -> None:
    now = tokyo(23, 58)
    again = retry.next_try(AttemptState.NO_ANSWER, tries=1, now=now, chosen_at=now, zone="Asia/Tokyo")
    assert again == now + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (tokyo(20, 30), tokyo(8, day=23)),
        (tokyo(23, 30), tokyo(8, day=23)),
        (tokyo(5, 0), tokyo(8)),
        (tokyo(12, 0), tokyo(13, 0)),
    ],
)
def test_nobody_is_woken_for_a_try_they_did_not_choose(now: datetime, expected: datetime) -> None:
    chosen = now - timedelta(hours=3)
    again = retry.next_try(
        AttemptState.VOICEMAIL, tries=1, now=now.astimezone(UTC), chosen_at=chosen, zone="Asia/Tokyo"
    )
    assert again == expected


@pytest.mark.parametrize(
    ("methods", "had", "suffices", "second"),
    [
        (set(), True, False, True),
        ({"totp"}, True, False, False),
        ({"totp", "email_code"}, True, True, False),
        ({"totp", "recovery_code"}, True, True, False),
        ({"email_code", "recovery_code"}, True, True, True),
        ({"email_code"}, False, True, True),
    ],
)
def test_the_policy_table(methods: set[str], had: bool, suffices: bool, second: bool) -> None:
    assert evidence_policies.is_enough(methods, had_second_factor=had) is suffices
    assert approval_policies.needs_second_person(methods) is second
