"""The life of a session: begun by the password, let in by the second factor, signed out.

What the browser keeps of it is the business of :mod:`accounts.sign_in.http_session`.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import owner_notifications
from accounts.authenticators import registry
from accounts.authenticators import selectors as authenticators
from accounts.doubt.activity import Usual
from accounts.doubt.selectors import risk_here, usual_of
from accounts.enums import Factor
from accounts.models import Session, User
from accounts.sessions import known_browsers
from accounts.sessions import services as sessions
from accounts.sign_in import selectors
from accounts.signals import session_started
from audit import context
from audit.recording import record
from common import clock
from common.errors import Denied, Stale


class SessionEnded(Stale):
    """The session was ended while its browser was at it."""


@transaction.atomic(savepoint=False)
def begin(*, user: User, session_id: UUID, key: str, by_password: bool = True) -> Session:
    """Start a session that has given its password and still owes the second factor.

    Or, not ``by_password``, one that is admitted in the same transaction.
    """
    here = context.current()
    origin, now = here.origin, clock.now()
    session = Session.objects.create(
        pk=session_id,
        user=user,
        key=key,
        started_at=now,
        seen_at=now,
        address=origin.address,
        country=origin.country[:2],
        browser=origin.browser[:120],
        device=here.device,
    )
    if by_password:
        record("sign_in.password_accepted", account=user.pk, actor=user.pk)
    return session


@transaction.atomic(savepoint=False)
def admit(*, user: User, session_id: UUID, key: str, factor: Factor, device: str = "") -> bool:
    """The second factor was right: from now on the session, under a new key, may do things.

    Returns whether the session is risky: what it asks for then waits.

    ``device`` is the fingerprint of the cookie by which the account is known in this browser from now on. It
    may be new with this answer: the session then began without one.

    Raises:
        SessionEnded: it was ended in the meantime.
    """
    now, here = clock.now(), context.current()
    usual = usual_of(user.pk)
    risk = risk_here(user.pk, usual)
    waiting = Session.objects.filter(pk=session_id, user=user, ended_at=None, verified_at=None)
    if not waiting.update(
        key=key,
        verified_at=now,
        factor_at=now,
        seen_at=now,
        factor=factor,
        device=device or here.device,
        is_risky=risk.is_high,
        risk_reasons=list(risk.reasons),
    ):
        raise _ended()
    if device:
        known_browsers.remember(user=user, digest=device)
    new_browser, new_country = _is_new(usual)
    record(
        "sign_in.succeeded",
        account=user.pk,
        actor=user.pk,
        details={
            "factor": factor,
            "new_browser": new_browser,
            "new_country": new_country,
            "risky": risk.is_high,
            "why": list(risk.reasons),
        },
    )
    if new_browser or new_country:
        owner_notifications.notify_of_sign_in(user, session=session_id, at=now)
    session_started.send(Session, user_id=user.pk, session_id=session_id)
    return risk.is_high


def _ended() -> SessionEnded:
    return SessionEnded(_("This session has ended. Please sign in again."))


def _is_new(usual: Usual) -> tuple[bool, bool]:
    """Were this browser and this country never seen on the account? The very first sign-in is not new.

    What its owner has disowned makes nothing known: whoever comes back is told of again.
    """
    origin = context.current().origin
    if not usual.own:
        return False, False
    browsers = {one.trace.browser for one in usual.own}
    countries = {one.trace.country for one in usual.own}
    return origin.browser[:120] not in browsers, origin.country[:2] not in countries


@transaction.atomic(savepoint=False)
def renew(*, user: User, session_id: UUID, key: str, factor: Factor, device: str = "") -> None:
    """The person has shown a factor again: the step-up of a session that was verified already.

    ``device``: as for :func:`admit`.

    Raises:
        SessionEnded: it was ended in the meantime.
    """
    living = Session.objects.filter(pk=session_id, user=user, ended_at=None)
    now = clock.now()
    if not living.update(key=key, factor_at=now, seen_at=now, device=device or context.current().device):
        raise _ended()
    if device:
        known_browsers.remember(user=user, digest=device)
    record("step_up.succeeded", account=user.pk, details={"factor": factor})


@transaction.atomic
def enrol(*, user: User, bind: Callable[[], object], verified: bool) -> list[str]:
    """Bind the only authenticator by ``bind``. Returns codes to be saved along with it, for once.

    ``verified``: the session has shown a second factor. Whoever has come in with a spare one keeps the
    others: none are made.

    Raises:
        Denied: as ``bind``, or a factor that has to be shown first is in the way.
        Stale: the account has an authenticator already.
    """
    User.objects.select_for_update().get(pk=user.pk)
    if not selectors.owes_enrolment(user):
        raise Stale(_("Two-step verification is already set up for this account. Sign in with it."))
    if not verified and not selectors.can_enrol_by_password(user):
        raise Denied(_("Sign in with a recovery code first."))
    bind()
    if authenticators.has_spare(user.pk):
        return []
    return [code for kind in registry.spare() for code in kind.make_first(user)]


@transaction.atomic
def sign_out(*, user_id: int, session_id: UUID) -> None:
    record("sign_out", account=user_id)
    sessions.end_one(user_id=user_id, session_id=session_id, reason="signed_out")


def seen(*, session_id: UUID, at: datetime) -> None:
    Session.objects.filter(pk=session_id, ended_at=None).update(seen_at=at)
