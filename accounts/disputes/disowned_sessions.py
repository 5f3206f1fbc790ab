"""*This was not me*, said of a sign-in: by the link of its notice. The link only protects.

Whoever reads one of the mailboxes can end that session and freeze the sign-in details, once for each
session. The password is known to a stranger then: a link to choose a new one goes to the address that the
account signs in with, and to nobody else. Something that is older than the sign-in chooses it here, or takes
the report back. What the session has changed is objected to, and undone as any objected change is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import owner_notifications, policies, selectors
from accounts.authenticators import registry, throttling
from accounts.credentials import password_links
from accounts.doubt.selectors import authenticator_key, doubt_about
from accounts.enums import Factor, FreezeReason, LinkReason
from accounts.freezes import services as freezes
from accounts.limits import EVIDENCE_TRIES
from accounts.models import Authenticator, CredentialChange, DisownedSession, Freeze, Session, User
from accounts.selectors import ChangeSeen, SessionSeen
from accounts.sessions import services as sessions
from accounts.states import OPEN_CHANGE, ChangeState
from audit.recording import record
from common import clock
from common.errors import Denied, Stale


@dataclass(frozen=True)
class SignInStatus:
    """What the page of one link shows.

    ``got_in``: the session had shown its second factor; ``waits``: the freeze that the report placed lasts.
    ``changed``: what it changed and is not settled, the oldest first. ``factors``: by what its holder could
    prove to be the owner.
    """

    session: SessionSeen
    account: int
    got_in: bool
    waits: bool
    state: Literal["open", "disowned", "confirmed", "too_old"]
    frozen_until: datetime | None
    changed: tuple[ChangeSeen, ...]
    factors: tuple[Factor, ...]
    tries_left: int

    @property
    def can_answer(self) -> bool:
        """With a code: while nothing but the report itself is to be settled."""
        unsettled = self.state == "disowned" and self.waits and not self.changed
        return unsettled and bool(self.factors) and self.tries_left > 0


def status_of(session_id: UUID) -> SignInStatus | None:
    session = Session.objects.select_related("user").filter(pk=session_id, user__is_active=True).first()
    if session is None:
        return None
    said = DisownedSession.objects.filter(session=session).first()
    freezes_now = Freeze.objects.active().filter(user=session.user_id).exclude(reason=FreezeReason.HOLD)
    disowned = freezes_now.filter(reason=FreezeReason.DISOWNED)
    return SignInStatus(
        session=selectors.session_seen(session),
        account=session.user_id,
        got_in=session.verified_at is not None,
        waits=session.verified_at is not None and disowned.exists(),
        state=_state(session, said),
        frozen_until=max(freezes_now.values_list("until", flat=True), default=None),
        changed=tuple(selectors.changes_named(_unsettled(session)).values()),
        factors=tuple(kind.factor for kind in registry.KINDS if _older(session, kind.factor)),
        tries_left=max(0, EVIDENCE_TRIES - said.evidence_failures) if said else EVIDENCE_TRIES,
    )


def _state(
    session: Session, said: DisownedSession | None
) -> Literal["open", "disowned", "confirmed", "too_old"]:
    kept = CredentialChange.objects.filter(session=session.pk, state=ChangeState.KEPT)
    if (said is not None and said.confirmed_at is not None) or kept.exists():
        return "confirmed"
    if said is not None:
        return "disowned"
    return "open" if policies.can_disown(session) else "too_old"


def _unsettled(session: Session) -> list[int]:
    rows = CredentialChange.objects.filter(user=session.user_id, session=session.pk, state__in=OPEN_CHANGE)
    return [row.pk for row in rows.order_by("at", "pk") if policies.can_object(row)]


def _older(session: Session, factor: Factor) -> list[int]:
    """The authenticators of this kind that count as the owner's and were there before the sign-in."""
    doubt = doubt_about(session.user_id)
    kind = registry.by_factor(factor).kind
    rows = Authenticator.objects.filter(user=session.user_id, kind=kind, bound_at__lt=session.started_at)
    return [pk for pk in rows.values_list("pk", flat=True) if doubt.counts(authenticator_key(pk))]


@transaction.atomic
def disown(*, session_id: UUID) -> None:
    """End the session. If it had got in, object to what it changed and freeze the sign-in details.

    Raises:
        Stale: it was reported, or confirmed, already.
        Denied: it is older than 30 days.
    """
    session = _locked(session_id)
    policies.check_can_disown(session)
    if _state(session, DisownedSession.objects.filter(session=session).first()) != "open":
        raise Stale(_("This has already been answered. Check the page again."))
    DisownedSession.objects.create(session=session, at=clock.now())
    record("session.disowned", account=session.user_id, details={"session": str(session.pk)})
    if session.verified_at is not None:
        # Before it ends: what it asked for and still waits is objected to, not just cancelled.
        freezes.disown(session=session, changes=_unsettled(session))
    sessions.end_named(user_id=session.user_id, ids=[session.pk], reason=FreezeReason.DISOWNED)
    _send_password_link(session.user)


def _send_password_link(user: User) -> None:
    """To the address that the account signs in with, unless a doubtful change has bound it, or a freeze holds
    the password too. Nobody learns by the page whether it was sent.
    """
    present = {one.value for one in owner_notifications.owners(user.pk, doubt_about(user.pk))}
    if user.email in present and not policies.is_frozen_by_doubt(user.pk):
        password_links.mail_unless_many(user, LinkReason.DISOWNED)


@transaction.atomic
def choose_password(*, session_id: UUID, factor: Factor, code: str) -> str | None:
    """With a code from before the sign-in: the token of a one-time link, for this browser. None: wrong code.

    Raises:
        Denied: there is nothing to answer here, or the tries are used up.
        Throttled: too many wrong codes for this factor.
    """
    return _proved(
        session_id, factor, code, lambda session: password_links.make(session.user, LinkReason.DISOWNED)
    )


@transaction.atomic
def confirm(*, session_id: UUID, factor: Factor, code: str) -> bool:
    """*It was me after all*: with the same proof the report is taken back and its freeze is lifted.

    Raises: as :func:`choose_password`.
    """
    return _proved(session_id, factor, code, _confirm) is not None


def _confirm(session: Session) -> str:
    DisownedSession.objects.filter(session=session).update(confirmed_at=clock.now())
    record("session.confirmed", account=session.user_id, actor=session.user_id)
    waiting = DisownedSession.objects.filter(session__user=session.user_id, confirmed_at=None)
    if not waiting.filter(session__verified_at__isnull=False).exists():
        freezes.lift(user_id=session.user_id, how="proved", reasons=[FreezeReason.DISOWNED])
    return str(session.pk)


def _proved(session_id: UUID, factor: Factor, code: str, act: Callable[[Session], str]) -> str | None:
    session = _locked(session_id)
    status = status_of(session_id)
    if status is None or not status.can_answer:
        raise Denied(
            _("This can’t be answered here any more. Ask us for a call and we’ll look into it with you.")
        )
    ids = _older(session, factor)
    if registry.by_factor(factor).among(ids, code, throttling.NOTICE) is not None:
        return act(session)
    record("objection.evidence.failed", account=session.user_id, outcome="failed", details={"factor": factor})
    owner_notifications.notify_of_failed_evidence(session.user, at=clock.now())
    said = DisownedSession.objects.get(session=session)
    said.evidence_failures += 1
    said.save(update_fields=["evidence_failures"])
    return None


def hint(*, session_id: UUID, factor: Factor, code: str) -> str:
    """A word about what may be wrong after a wrong code, or ""."""
    session = Session.objects.get(pk=session_id)
    return registry.by_factor(factor).hint(_older(session, factor), code)


def to_confirm(user_id: int) -> UUID | None:
    """The newest sign-in of this person that was disowned while its freeze lasts."""
    if not Freeze.objects.active().filter(user=user_id, reason=FreezeReason.DISOWNED).exists():
        return None
    waiting = DisownedSession.objects.filter(session__user=user_id, confirmed_at=None)
    got_in = waiting.filter(session__verified_at__isnull=False)
    return got_in.order_by("-at").values_list("pk", flat=True).first()


def _locked(session_id: UUID) -> Session:
    """The session, after its person's row was locked: freezes and undoing come one after the other."""
    session = Session.objects.filter(pk=session_id).first()
    if session is None:
        raise Stale(_("This link no longer works."))
    User.objects.select_for_update().get(pk=session.user_id)
    return Session.objects.select_related("user").get(pk=session_id)
