"""*This was not me*, and its answer: by the link in a notice, or on the page that a freeze leads to.

Little proof freezes. Something older than the change, which no doubtful change has bound, undoes it or
confirms that it was the owner. The link alone never hands the account over: the mailbox that it came to may
be what was stolen. And what nothing but the objection speaks against is not undone at once: a former partner
may hold the old mailbox and copied codes.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts import owner_notifications, policies
from accounts.authenticators import registry, throttling
from accounts.authenticators.throttling import Source
from accounts.doubt.judgement import Claim, Doubt
from accounts.doubt.selectors import authenticator_key, doubt_about
from accounts.doubt.signals import Reason
from accounts.doubt.words import REASONS
from accounts.enums import Factor
from accounts.freezes import services as freezes
from accounts.limits import EVIDENCE_TRIES
from accounts.models import Authenticator, CredentialChange, Freeze, User
from accounts.rollback import services as rollback
from accounts.rollback.finding import Terms
from accounts.selectors import ChangeSeen, changes_named
from accounts.selectors import change as change_seen
from accounts.states import ChangeState
from audit.recording import record
from common import clock
from common.errors import Denied, Stale


@dataclass(frozen=True)
class DisputeStatus:
    """What the page of one link shows. ``factors``: by what its holder could prove to be the owner.

    ``reasons``: why the change is doubted; ``others``: what else is, and would be undone along with it.
    ``protected``: a freeze lasts, whatever has placed it.
    """

    change: ChangeSeen
    account: int
    state: Literal["open", "objected", "kept", "undone", "cancelled", "too_old"]
    frozen_until: datetime | None
    factors: tuple[Factor, ...]
    tries_left: int
    reasons: tuple[Promise, ...]
    others: tuple[ChangeSeen, ...]

    @property
    def protected(self) -> bool:
        return self.frozen_until is not None

    @property
    def can_answer(self) -> bool:
        """With a code: after an objection, and while a freeze for somebody's request lasts."""
        waits = self.state == "objected" or (self.state == "open" and self.protected)
        return waits and bool(self.factors) and self.tries_left > 0


def status_of(change_id: int) -> DisputeStatus | None:
    row = CredentialChange.objects.select_related("user").filter(pk=change_id, user__is_active=True).first()
    seen = change_seen(change_id) if row else None
    if row is None or seen is None:
        return None
    state: Literal["open", "objected", "kept", "undone", "cancelled", "too_old"]
    if row.state == ChangeState.UNDONE:
        state = "undone"
    elif row.state == ChangeState.KEPT:
        state = "kept"
    elif row.state == ChangeState.CANCELLED:
        state = "cancelled"
    elif not policies.can_object(row):
        state = "too_old"
    else:
        state = "objected" if row.state == ChangeState.OBJECTED else "open"
    freezes = Freeze.objects.active().filter(user=row.user_id, reason__in=policies.DOUBTFUL)
    settled = row.state in (ChangeState.KEPT, ChangeState.CANCELLED)
    doubt = _doubt(row.user_id, [] if settled else [row.pk])
    others = changes_named(doubt.change_ids - {row.pk})
    return DisputeStatus(
        change=seen,
        account=row.user_id,
        state=state,
        frozen_until=max(freezes.values_list("until", flat=True), default=None),
        factors=factors_older_than(row.user_id, [row.pk]),
        tries_left=max(0, EVIDENCE_TRIES - row.evidence_failures),
        reasons=tuple(
            REASONS[reason]
            for one in doubt.changes
            if one.change.id == row.pk
            for reason in one.reasons
            if reason != Reason.DISOWNED
        ),
        others=tuple(sorted(others.values(), key=lambda one: (one.at, one.id))),
    )


def factors_older_than(user_id: int, changes: Collection[int]) -> tuple[Factor, ...]:
    """By what somebody can show that they were the owner before these changes."""
    doubt = _doubt(user_id, changes)
    return tuple(one.factor for one in registry.KINDS if _counting(user_id, doubt, one.factor))


def _doubt(user_id: int, changes: Iterable[int]) -> Doubt:
    """The doubt if these changes were a stranger's: what came with or after them proves nothing."""
    return doubt_about(user_id, claim=Claim(disowned=frozenset(changes)))


def _counting(user_id: int, doubt: Doubt, factor: Factor) -> list[int]:
    kind = registry.by_factor(factor).kind
    rows = Authenticator.objects.filter(user=user_id, kind=kind).values_list("pk", flat=True)
    return [pk for pk in rows if doubt.counts(authenticator_key(pk))]


@transaction.atomic
def object_to(*, change_id: int) -> None:
    """End the sessions behind what is doubted then, and freeze the sign-in details for 72 hours.

    Raises:
        Stale: the change was objected to or undone already.
        Denied: it is older than 30 days.
    """
    change = _locked(change_id)
    policies.check_can_object(change)
    CredentialChange.objects.move(change, ChangeState.OBJECTED, objected_at=clock.now(), payload=None)
    record("objection.made", account=change.user_id, details={"change": change.kind})
    freezes.object_to(change=change)


@transaction.atomic
def undo_objected(*, change_id: int, factor: Factor, code: str) -> rollback.Restored | None:
    """With a factor older than the change, undo it and all that is doubted. None where the code is wrong.

    What comes back carries the token of a one-time link to choose a password, for this browser.

    Raises:
        Denied: nobody has objected, the link is too old, its tries are used up, or nothing but the objection
            speaks against the change.
        Stale: it was undone already.
        Throttled: too many wrong codes for this factor.
    """
    change = _objected(change_id)
    if not _prove_by_link(change, factor, code):
        return None
    return undo_all(user_id=change.user_id, changes=[change.pk])


@transaction.atomic
def keep(*, change_id: int, factor: Factor, code: str) -> bool:
    """*It was me*: with the same proof the change stays, and the freeze is lifted. False for a wrong code.

    Also where nobody has objected, but somebody's request has frozen the account for it.

    Raises: as :func:`undo_objected`, but for the last.
    """
    change = _objected(change_id, or_frozen=True)
    if not _prove_by_link(change, factor, code):
        return False
    keep_all(user_id=change.user_id, changes=_made_with(change))
    return True


def _made_with(change: CredentialChange) -> list[int]:
    """The change and what the same session did beside it."""
    if change.session is None:
        return [change.pk]
    same = CredentialChange.objects.filter(user=change.user_id, session=change.session)
    return list(same.values_list("pk", flat=True))


@transaction.atomic
def prove(*, user_id: int, changes: Collection[int], factor: Factor, code: str, source: Source) -> bool:
    """Is this a code of something older than these changes? A wrong one counts, and the owner hears of it."""
    item = proving_item(user_id=user_id, changes=changes, factor=factor, code=code, source=source)
    return item is not None


@transaction.atomic
def proving_item(
    *, user_id: int, changes: Collection[int], factor: Factor, code: str, source: Source
) -> str | None:
    """:func:`prove`, and by what: the key of the authenticator that made this code, or None."""
    doubt = _doubt(user_id, changes)
    ids = _counting(user_id, doubt, factor)
    shown = registry.by_factor(factor).among(ids, code, source)
    if shown is not None:
        return authenticator_key(shown.pk)
    record("objection.evidence.failed", account=user_id, outcome="failed", details={"factor": factor})
    owner_notifications.notify_of_failed_evidence(User.objects.get(pk=user_id), at=clock.now())
    return None


@transaction.atomic
def undo_all(*, user_id: int, changes: Collection[int]) -> rollback.Restored:
    """Undo these changes and everything doubtful, after :func:`prove`.

    Raises:
        Denied: nothing but the objection speaks against them: two people may stand against each other.
        Stale: they were undone already.
    """
    doubt = _doubt(user_id, changes)
    if doubt.is_dispute:
        raise Denied(
            _(
                "This change was made from a browser and a place this account is often used "
                "from, so a code alone can’t undo it. Ask us for a call and we’ll look into "
                "it with you."
            )
        )
    restored = rollback.restore(
        user_id=user_id,
        terms=Terms(claim=Claim(disowned=frozenset(changes))),
        by=user_id,
        password_link_for="now",  # noqa: S106 - the way, not a password
    )
    record("objection.undone", account=user_id, actor=user_id, details={"changes": restored.changes})
    return restored


@transaction.atomic
def keep_all(*, user_id: int, changes: Collection[int], by: int | None = None) -> None:
    """The owner has made these changes, after :func:`prove`: they are settled; freezes end with the doubt.

    ``by`` is who decided so at the desk, or whom they have proved it to; without it they act for themselves.
    """
    open_ones = CredentialChange.objects.filter(
        user=user_id,
        pk__in=changes,
        state__in=(ChangeState.APPLIED, ChangeState.STOPPED, ChangeState.OBJECTED),
    )
    kept = [change.pk for change in open_ones.select_for_update().order_by("pk")]
    for change in CredentialChange.objects.filter(pk__in=kept):
        CredentialChange.objects.move(change, ChangeState.KEPT, settled_at=clock.now())
    record("objection.kept", account=user_id, actor=by or user_id, details={"changes": len(kept)})
    freezes.lift_settled(user_id=user_id)


def _locked(change_id: int) -> CredentialChange:
    """The change, after its person's row was locked: freezes and undoing come one after the other."""
    change = CredentialChange.objects.filter(pk=change_id).first()
    if change is None:
        raise Stale(_("This link no longer works."))
    User.objects.select_for_update().get(pk=change.user_id)
    return CredentialChange.objects.select_related("user").get(pk=change_id)


def _objected(change_id: int, *, or_frozen: bool = False) -> CredentialChange:
    change = _locked(change_id)
    policies.check_can_object(change)
    if change.state == ChangeState.UNDONE:
        raise Stale(_("This change has already been undone."))
    if change.state == ChangeState.CANCELLED:
        raise Stale(_("This change was cancelled before it took effect."))
    frozen = or_frozen and policies.is_frozen_by_doubt(change.user_id)
    made = change.state in (ChangeState.APPLIED, ChangeState.STOPPED)
    if change.state != ChangeState.OBJECTED and not (frozen and made):
        raise Denied(_("Nobody has reported this change."))
    if change.evidence_failures >= EVIDENCE_TRIES:
        raise Denied(_("Too many wrong codes. Ask us for a call and we’ll look into it with you."))
    return change


def hint(*, user_id: int, changes: Collection[int], factor: Factor, code: str) -> str:
    """A word about what may be wrong after a wrong code, or ""."""
    return registry.by_factor(factor).hint(_counting(user_id, _doubt(user_id, changes), factor), code)


def _prove_by_link(change: CredentialChange, factor: Factor, code: str) -> bool:
    """:func:`prove`, with a failure counted for the change too: a link has few tries."""
    if prove(user_id=change.user_id, changes=[change.pk], factor=factor, code=code, source=throttling.NOTICE):
        return True
    CredentialChange.objects.filter(pk=change.pk).update(evidence_failures=change.evidence_failures + 1)
    return False
