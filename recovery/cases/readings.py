"""Who of the staff opened a case: in the trail once a session and case; of a closed one with each reason."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

import audit.recording
from common import clock
from recovery.models import Case, Reading
from recovery.models.case import Why

LOOK_LASTS = timedelta(minutes=15)


@transaction.atomic
def note(*, case: Case, by: int, session: UUID, why: Why) -> None:
    """Somebody opens a case, or a part of its page asks: the first time in this session is an event."""
    reading = Reading(case=case, reader_id=by, session=session, why=why, at=clock.now())
    if Reading.objects.filter(case=case, session=session, why=why).exists():
        return
    # Several parts of one page may ask at the same moment: the database says who was first.
    Reading.objects.bulk_create([reading], ignore_conflicts=True)
    if Reading.objects.filter(case=case, session=session, why=why, at=reading.at).exists():
        _record(case, str(why))


@transaction.atomic
def look(*, case: Case, by: int, session: UUID, reason: str) -> None:
    """A supervisor says why they look at a closed case; for a while they may. Each reason is an event."""
    Reading.objects.update_or_create(
        case=case,
        session=session,
        why=Why.LOOK,
        defaults={"reader_id": by, "reason": reason, "at": clock.now()},
    )
    _record(case, reason)


def can_look(*, case: Case, session: UUID) -> bool:
    """Has a reason been given in this session a short while ago?"""
    since = clock.now() - LOOK_LASTS
    return Reading.objects.filter(case=case, session=session, why=Why.LOOK, at__gt=since).exists()


def _record(case: Case, reason: str) -> None:
    audit.recording.record("case.read", account=case.account_id, case=case.pk, details={"reason": reason})
    if case.account_id is not None:
        audit.recording.record(
            "account.read", account=case.account_id, case=case.pk, details={"reason": reason}
        )
