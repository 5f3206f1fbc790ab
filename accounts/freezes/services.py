"""Freezing: little proof places one, much is needed to undo; nothing of an account is lost by it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from accounts import links, mails, owner_notifications, pending_changes, policies
from accounts.doubt.judgement import Claim, Doubt
from accounts.doubt.selectors import doubt_about
from accounts.enums import FreezeReason
from accounts.limits import CALL_FREEZE, HOLD, OBJECTION_FREEZE
from accounts.models import CredentialChange, Freeze, Session, User
from accounts.sessions import services as sessions
from accounts.states import UNANSWERED_CHANGE, ChangeState
from audit.recording import record, record_refusal
from common import clock
from common.errors import Denied

RESUMABLE = ("withdrawn", "superseded")
"""A freeze that ended so goes on when somebody asks again: else a stranger could ask, cancel, and end it."""


def check_can_change(user_id: int) -> None:
    """May this person's sign-in details change now? A refusal stays in the trail.

    Raises:
        Denied: a freeze lasts.
    """
    try:
        policies.check_can_change_credentials(user_id)
    except Denied:
        record_refusal("credential.change.refused", account=user_id, details={"reason": "frozen"})
        raise


@transaction.atomic
def protect(*, user_id: int, case: int) -> tuple[Doubt, int]:
    """Somebody has asked for a call: freeze what is strongly doubted, and end its sessions.

    Once for the same changes, whoever asks and how often: who asks again renews nothing and sends no mail.
    Accounts of staff are left as they are. Returns the doubt and how many sessions were ended.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    doubt = doubt_about(user_id)
    if not doubt.is_strong or user.is_staff_member:
        return doubt, 0
    before = _placed_before(user, doubt)
    if before is None:
        return doubt, _place(user, FreezeReason.CALL, doubt, CALL_FREEZE, why="call", case=case)
    return doubt, _resume(before, doubt, case)


def _placed_before(user: User, doubt: Doubt) -> Freeze | None:
    """The freeze that somebody's request has placed for these changes, whether or not it lasts."""
    placed = Freeze.objects.filter(user=user, reason=FreezeReason.CALL, changes__contains=_strong(doubt))
    return placed.order_by("-placed_at").first()


def _resume(freeze: Freeze, doubt: Doubt, case: int) -> int:
    """Until its own end: what was let go by a cancelled request lasts for the next one."""
    if freeze.lifted_how not in RESUMABLE or freeze.until <= clock.now():
        return 0
    Freeze.objects.filter(pk=freeze.pk).update(lifted_at=None, lifted_how="", case=case)
    record("freeze.resumed", account=freeze.user_id, case=case)
    return sessions.end_named(user_id=freeze.user_id, ids=doubt.sessions, reason=FreezeReason.CALL)


@transaction.atomic
def object_to(*, change: CredentialChange) -> None:
    """*This was not me*, in the caller's transaction: freeze, and end the sessions behind what is doubted."""
    user = User.objects.select_for_update().get(pk=change.user_id)
    doubt = doubt_about(user.pk)
    _place(user, FreezeReason.OBJECTION, doubt, OBJECTION_FREEZE, why="objection", change=change.pk)


@transaction.atomic
def disown(*, session: Session, changes: Collection[int]) -> None:
    """*This was not me*, said of a sign-in, in the caller's transaction: its ``changes`` are objected to
    together. Where it has changed nothing, the sign-in details are frozen as they are.
    """
    user = User.objects.select_for_update().get(pk=session.user_id)
    moving = _unanswered(user, changes)
    for change in moving:
        CredentialChange.objects.move(change, ChangeState.OBJECTED, objected_at=clock.now(), payload=None)
        record("objection.made", account=user.pk, details={"change": change.kind})
    if changes and not moving and Freeze.objects.active().filter(user=user, reason=FreezeReason.OBJECTION):
        return  # each was objected to by its own notice
    doubt = doubt_about(user.pk)
    if changes:
        _place(user, FreezeReason.OBJECTION, doubt, OBJECTION_FREEZE, why="objection", change=min(changes))
        return
    pending_changes.cancel(user.pk, stopped=True)
    until = _write(user, FreezeReason.DISOWNED, [], OBJECTION_FREEZE, None)
    link = links.not_me_session(session.pk)
    owner_notifications.notify_of_freeze(user, doubt, until=until, why="disowned", link=link)


@transaction.atomic
def protect_claim(*, user_id: int, case: int, changes: Collection[int]) -> None:
    """Who asks for the account has shown to be its owner, and did not make these changes: as if they had
    objected to each. Where a freeze lasts for all of it, none is placed beside it.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    disowned = _unanswered(user, changes)
    for change in disowned:
        CredentialChange.objects.move(change, ChangeState.OBJECTED, objected_at=clock.now(), payload=None)
    if disowned:
        record("claim.proved", account=user_id, case=case, details={"changes": len(disowned)})
    doubt = doubt_about(user_id)
    if not Freeze.objects.active().filter(user=user, changes__contains=_strong(doubt)).exists():
        _place(user, FreezeReason.CALL, doubt, CALL_FREEZE, why="claim", case=case)


def _unanswered(user: User, changes: Collection[int]) -> list[CredentialChange]:
    """Those of these changes that nobody has objected to, and that nothing has settled."""
    rows = CredentialChange.objects.filter(user=user, pk__in=changes, state__in=UNANSWERED_CHANGE)
    return list(rows.order_by("pk"))


@transaction.atomic
def keep_still(*, user_id: int, case: int, asked_at: datetime, claim: Claim) -> None:
    """Two people may stand against each other: while that lasts, neither can change sign-in details.

    No session ends and no factor is refused: who has the account goes on using it. What is announced to
    every address says so, and no second mail does.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    doubt = doubt_about(user_id, asked_at=asked_at, claim=replace(claim, proved=True))
    _write(user, FreezeReason.CALL, _strong(doubt), CALL_FREEZE, case)


def freeze_after_restore(*, user: User, case: int | None) -> None:
    """After a restore nothing is changed for a while, inside the caller's transaction. No session ends."""
    _write(user, FreezeReason.HOLD, [], HOLD, case)


def _place(
    user: User,
    reason: FreezeReason,
    doubt: Doubt,
    length: timedelta,
    *,
    why: mails.FreezeReason,
    case: int | None = None,
    change: int | None = None,
) -> int:
    pending_changes.cancel(user.pk, stopped=True)
    ended = sessions.end_named(user_id=user.pk, ids=doubt.sessions, reason=reason)
    strong = _strong(doubt)
    until = _write(user, reason, strong, length, case)
    link = links.not_me(change or strong[0])
    owner_notifications.notify_of_freeze(user, doubt, until=until, why=why, link=link)
    return ended


def _write(
    user: User, reason: FreezeReason, changes: Collection[int], length: timedelta, case: int | None
) -> datetime:
    now = clock.now()
    until = now + length
    Freeze.objects.create(
        user=user, reason=reason, changes=sorted(changes), placed_at=now, until=until, case=case
    )
    record(
        "freeze.placed", account=user.pk, case=case, details={"reason": reason, "until": until.isoformat()}
    )
    return until


def _strong(doubt: Doubt) -> list[int]:
    return sorted(one.change.id for one in doubt.changes if one.strong)


@transaction.atomic
def end_with_case(*, user_id: int, case: int, how: str, heir: int | None) -> None:
    """The case that a freeze was placed for has ended; it goes on for ``heir``, who waits for a call too."""
    rows = Freeze.objects.active().filter(user=user_id, case=case, reason=FreezeReason.CALL)
    if heir is not None:
        rows.update(case=heir)
    else:
        lift(user_id=user_id, how=how, reasons=[FreezeReason.CALL], case=case)


@transaction.atomic
def lift_settled(*, user_id: int) -> None:
    """Lift what freezes the account once nothing is strongly doubted any more."""
    if not doubt_about(user_id).is_strong:
        lift(user_id=user_id, how="proved")


@transaction.atomic
def lift(
    *,
    user_id: int,
    how: str,
    reasons: Collection[FreezeReason] = (FreezeReason.CALL, FreezeReason.OBJECTION),
    case: int | None = None,
    tell: bool = True,
) -> int:
    """Lift the freezes of these reasons (of one case only, where it is named); returns how many."""
    rows = Freeze.objects.active().filter(user=user_id, reason__in=list(reasons))
    if case is not None:
        rows = rows.filter(case=case)
    lifting = list(rows.select_for_update().order_by("pk"))
    if not lifting:
        return 0
    now = clock.now()
    Freeze.objects.filter(pk__in=[row.pk for row in lifting]).update(lifted_at=now, lifted_how=how)
    record("freeze.lifted", account=user_id, case=case, details={"how": how})
    if tell:
        owner_notifications.notify_of_lifting(User.objects.get(pk=user_id), at=now)
    return len(lifting)
