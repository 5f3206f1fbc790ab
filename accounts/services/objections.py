"""*This was not me*: the link in a notice. Little proof freezes, a factor bound before undoes.

The link alone never hands the account over: the mailbox that it came to may be what was stolen.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import policies
from accounts.kinds import AuthenticatorKind, Factor, FreezeReason
from accounts.limits import EVIDENCE_TRIES, OBJECTION_FREEZE
from accounts.models import Authenticator, CredentialChange, Freeze, User
from accounts.selectors import BoundAuthenticator, ChangeSeen, authenticators_before
from accounts.selectors import change as change_seen
from accounts.services import failures, freeze, notices, second_factor, undo
from accounts.states import ChangeState
from audit.services import record
from common import clock
from common.errors import Denied, Stale

KINDS = {Factor.TOTP: AuthenticatorKind.TOTP, Factor.RECOVERY_CODE: AuthenticatorKind.RECOVERY_CODES}


@dataclass(frozen=True)
class Standing:
    """What the page of one link shows. ``factors``: by what its holder could prove to be the owner."""

    change: ChangeSeen
    account: int
    state: Literal["open", "objected", "kept", "undone", "too_old"]
    frozen_until: datetime | None
    factors: tuple[Factor, ...]
    tries_left: int


def standing(change_id: int) -> Standing | None:
    row = CredentialChange.objects.select_related("user").filter(pk=change_id, user__is_active=True).first()
    seen = change_seen(change_id) if row else None
    if row is None or seen is None:
        return None
    state: Literal["open", "objected", "kept", "undone", "too_old"]
    if row.state == ChangeState.UNDONE:
        state = "undone"
    elif row.state == ChangeState.KEPT:
        state = "kept"
    elif not policies.may_object(row):
        state = "too_old"
    else:
        state = "objected" if row.state == ChangeState.OBJECTED else "open"
    freezes = Freeze.objects.active().filter(user=row.user_id, reason=FreezeReason.OBJECTION)
    held = authenticators_before(row.user_id, _since(row))
    factors = tuple(factor for factor, kind in KINDS.items() if any(_counts(one, kind) for one in held))
    return Standing(
        change=seen,
        account=row.user_id,
        state=state,
        frozen_until=max(freezes.values_list("until", flat=True), default=None),
        factors=factors,
        tries_left=max(0, EVIDENCE_TRIES - row.evidence_failures),
    )


def _counts(held: BoundAuthenticator, kind: AuthenticatorKind) -> bool:
    return held.kind == kind and held.left != 0


def _since(change: CredentialChange) -> datetime:
    """The moment before which evidence must be bound, and to which an undo goes back.

    While other freezes doubt an earlier time, it is theirs: else whoever came in first could object to a
    small change of their own, prove it with what they had brought, and so lift the owner's freeze.
    """
    begins = notices.doubt_begins(change)
    doubtful = policies.doubtful_since(change.user_id)
    return min(begins, doubtful) if doubtful else begins


@transaction.atomic
def object_to(*, change_id: int) -> None:
    """End the sessions behind the change and freeze the sign-in details for 72 hours.

    Raises:
        Stale: the change was objected to or undone already.
        Denied: it is older than 30 days.
    """
    change = _locked(change_id)
    policies.check_may_object(change)
    now = clock.now()
    CredentialChange.objects.move(change, ChangeState.OBJECTED, objected_at=now)
    record("objection.made", account=change.user_id, details={"change": change.kind})
    freeze.place(
        user_id=change.user_id,
        reason=FreezeReason.OBJECTION,
        since=notices.doubt_begins(change),
        until=now + OBJECTION_FREEZE,
        also_end=[change.session] if change.session else (),
        change=change.pk,
    )


@transaction.atomic
def undo_objected(*, change_id: int, factor: Factor, code: str) -> undo.Restored | None:
    """With a factor bound before the change, put everything since back. None where the code is wrong.

    What comes back carries the token of a one-time link to choose a password, for this browser.

    Raises:
        Denied: nobody has objected, the link is too old, or its tries are used up.
        Stale: it was undone already.
        Throttled: too many wrong codes for this factor.
    """
    change = _objected(change_id)
    since = _since(change)
    if not _prove(change, since, factor, code):
        return None
    restored = undo.restore(user_id=change.user_id, since=since, by=change.user_id, password_link_for="now")  # noqa: S106
    record(
        "objection.undone",
        account=change.user_id,
        actor=change.user_id,
        details={"changes": restored.changes},
    )
    return restored


@transaction.atomic
def keep(*, change_id: int, factor: Factor, code: str) -> bool:
    """*It was me*: with the same proof the freeze is lifted and the change stays. False for a wrong code.

    Raises: as :func:`undo_objected`.
    """
    change = _objected(change_id)
    since = _since(change)
    if not _prove(change, since, factor, code):
        return False
    now = clock.now()
    for objected in CredentialChange.objects.filter(
        user=change.user_id, state=ChangeState.OBJECTED, at__gte=since
    ):
        CredentialChange.objects.move(objected, ChangeState.KEPT, settled_at=now)
    freeze.lift(user_id=change.user_id, how="proved", reasons=[FreezeReason.OBJECTION])
    return True


def _locked(change_id: int) -> CredentialChange:
    """The change, after its person's row was locked: freezes and undoing come one after the other."""
    change = CredentialChange.objects.filter(pk=change_id).first()
    if change is None:
        raise Stale(_("This link does not work any more."))
    User.objects.select_for_update().get(pk=change.user_id)
    return CredentialChange.objects.select_related("user").get(pk=change_id)


def _objected(change_id: int) -> CredentialChange:
    change = _locked(change_id)
    policies.check_may_object(change)
    if change.state == ChangeState.UNDONE:
        raise Stale(_("This change has been undone already."))
    if change.state != ChangeState.OBJECTED:
        raise Denied(_("Nobody has objected to this change."))
    if change.evidence_failures >= EVIDENCE_TRIES:
        raise Denied(_("Too many wrong codes. Please ask us for a call, and we will find out together."))
    return change


def clock_hint(*, change_id: int, code: str) -> str:
    """A word about the phone's clock after a wrong code of the code app, or ""."""
    change = CredentialChange.objects.filter(pk=change_id).first()
    return second_factor.clock_hint(_held(change, _since(change), Factor.TOTP), code) if change else ""


def _held(change: CredentialChange, since: datetime, factor: Factor) -> list[int]:
    """Which authenticators were bound before and may prove it."""
    return [one.id for one in authenticators_before(change.user_id, since) if _counts(one, KINDS[factor])]


def _prove(change: CredentialChange, since: datetime, factor: Factor, code: str) -> bool:
    """Is this a code of a factor bound before? A failure is counted for the change and told to the owner."""
    ids = _held(change, since, factor)
    found: Authenticator | None
    if factor == Factor.TOTP:
        found = second_factor.totp_among(ids, code, failures.NOTICE)
    else:
        found = second_factor.recovery_code_among(ids, code, failures.NOTICE)
    if found is not None:
        return True
    CredentialChange.objects.filter(pk=change.pk).update(evidence_failures=change.evidence_failures + 1)
    record("objection.evidence.failed", account=change.user_id, outcome="failed", details={"factor": factor})
    notices.tell_of_failed_evidence(change.user, at=clock.now(), since=since)
    return False
