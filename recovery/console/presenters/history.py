"""The account's life, as picture and as table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

import audit.reading
from accounts.doubt.selectors import USUAL_LIFE
from audit.reading import Entry
from audit.search import presenter
from audit.search.presenter import EventView
from common import clock
from recovery.console import sentences, timeline, timeline_axis, timeline_lanes
from recovery.console.timeline import Picture
from recovery.models import Case
from recovery.takeover import policies as takeover_policies
from recovery.takeover import selectors as takeover_selectors
from recovery.takeover.findings import Findings

SHOWN = ("sign_in.", "sign_out", "session.ended", "credential.", "freeze.", "password.", "objection.")
"""What the table beside the picture tells: what happened to the account, not what the desk did."""
MAX_ROWS = 40


@dataclass(frozen=True)
class HistoryRow:
    """An event of the account as a sentence, and when it was, seen from the request.

    ``sentence``: names the owner for what is theirs; what a doubted session did is that session's.
    ``by_owner``: done by whoever was signed in as the owner; where staff sit is nobody's clue.
    """

    event: EventView
    sentence: str
    since_call: str
    theirs: str
    ours: str
    by_owner: bool
    marked: bool


def history_of(case: Case) -> tuple[Picture | None, list[HistoryRow]]:
    """The account's life as picture and, from where the picture shows each act, as sentences."""
    if case.account_id is None or not takeover_policies.desk_can_recover(case):
        return None, []
    now = case.wrap_up_ended_at or clock.now()
    seen = audit.reading.of_account(case.account_id, since=now - USUAL_LIFE)
    entries = [one for one in seen if one.occurred_at <= now]
    found = takeover_selectors.findings_of(case)
    picture = timeline.draw(
        entries,
        account=case.account_id,
        opened_at=case.opened_at,
        until=case.closed_at or now,
        found=found,
        zone=case.zone,
        reader_zone=timezone.get_current_timezone_name(),
    )
    begins = picture.detail_from if picture else case.opened_at - timeline.RECENT
    return picture, [_row(one, case, found) for one in presenter.present(_worth_a_row(entries, begins))]


def _row(event: EventView, case: Case, found: Findings) -> HistoryRow:
    entry, here = event.entry, timezone.get_current_timezone_name()
    by_owner, doubted = entry.actor == case.account_id, timeline_lanes.is_doubted(entry, found)
    by_stranger = by_owner and doubted and entry.action in sentences.doubted()
    return HistoryRow(
        event=event,
        sentence=sentences.of_doubted_session(entry) if by_stranger else event.sentence,
        since_call=timeline_axis.since_call(entry.occurred_at, case.opened_at),
        theirs=timeline_axis.local_time(entry.occurred_at, case.opened_at, case.zone),
        ours=timeline_axis.local_time(entry.occurred_at, case.opened_at, here),
        by_owner=by_owner,
        marked=doubted,
    )


def _worth_a_row(entries: Sequence[Entry], begins: datetime) -> list[Entry]:
    """The newest events worth a row; what another event says already is left out."""
    signed_in = [one for one in entries if one.action == timeline_lanes.SIGN_IN]
    return [
        one
        for one in entries
        if one.occurred_at >= begins
        and one.action.startswith(SHOWN)
        and not (one.action == "sign_in.password_accepted" and _led_on(one, signed_in))
        and not (one.action == "session.ended" and one.details.get("reason") == "signed_out")
    ][-MAX_ROWS:]


def _led_on(accepted: Entry, signed_in: Sequence[Entry]) -> bool:
    return any(
        (one.browser, one.address) == (accepted.browser, accepted.address)
        and timedelta(0) <= one.occurred_at - accepted.occurred_at < timedelta(minutes=10)
        for one in signed_in
    )
