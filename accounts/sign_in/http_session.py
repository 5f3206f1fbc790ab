"""Signing in as a browser sees it: Django's session on one side, ids and plain values for the services on
the other.

Django's session holds ``sid`` (our session's id), when it was ``started``, last ``seen`` and ``verified_at``,
and which ``factor`` was shown last, when (``proved_at``; ``factor_at`` until a change has used it up) and by
which ``authenticator``; whether the session
is ``risky``.
"""

from collections.abc import Callable
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest

from accounts.authenticators import registry
from accounts.credentials import services as credentials
from accounts.doubt.selectors import risk_here
from accounts.enums import Factor
from accounts.limits import FRESH_FACTOR
from accounts.models import Session, User
from accounts.record_change import Waiting
from accounts.sessions import services as sessions
from accounts.sessions.store import row_key
from accounts.sign_in import second_factor, services, without_password
from common import browser_cookie, clock
from common.errors import Denied, Throttled, refusal_of

BACKEND = "accounts.backends.Accounts"


def session_id(request: HttpRequest) -> UUID:
    return UUID(request.session["sid"])


def is_verified(request: HttpRequest) -> bool:
    """Has this session shown a second factor?"""
    return bool(request.session.get("verified_at"))


@transaction.atomic
def begin(*, request: HttpRequest, user: User, by_password: bool = True) -> Session:
    """Start a session that has given its password and still owes the second factor.

    Or, not ``by_password``, one that :func:`admit` lets in at once.
    """
    _leave_earlier(request)
    auth.login(request, user, backend=BACKEND)
    sid, now = uuid4(), _now()
    request.session.update({"sid": str(sid), "started": now, "seen": now})
    request.session.save()
    return services.begin(user=user, session_id=sid, key=_key(request), by_password=by_password)


def _leave_earlier(request: HttpRequest) -> None:
    """A browser that signs in anew leaves the session that it had."""
    sid, user = request.session.get("sid"), getattr(request, "user", None)
    if sid and user is not None and user.is_authenticated:
        sessions.end_one(user_id=user.pk, session_id=UUID(sid), reason="replaced")
        request.session.flush()


def verify(*, request: HttpRequest, user: User, factor: Factor, code: str, device: str = "") -> bool:
    """Check the second factor and, where it is right, let this session in. False where it is wrong.

    ``device`` is the fingerprint of the cookie by which the browser is known from then on.

    Raises:
        Throttled, Doubted: as :func:`accounts.sign_in.second_factor.check_code`.
        TooYoung: the session is risky, and what was shown is not old enough for that.
        SessionEnded: it was ended in the meantime.
    """
    step_up = is_verified(request)
    try:
        with transaction.atomic():
            shown = second_factor.check_code(user=user, factor=factor, code=code)
            if shown and step_up and is_risky(request, user):
                second_factor.check_is_old_enough(user=user, shown=shown.pk)
            if shown:
                (renew if step_up else admit)(request, user, factor, device, shown.pk)
    except services.SessionEnded:
        request.session.flush()
        raise
    except (Denied, Throttled) as refusal:
        second_factor.refused(user=user, factor=factor, refusal=refusal, step_up=step_up)
        raise
    if shown is None:
        second_factor.count_wrong_code(user=user, factor=factor, step_up=step_up)
    return shown is not None


def enter(*, request: HttpRequest, factor: Factor, code: str, device: str = "") -> bool:
    """Sign in without a password, by something that says whose it is. False for whatever is wrong with it.

    ``device``: as for :func:`verify`.

    Raises:
        Throttled: too many tries from this network, or in all.
    """
    user = without_password.person(factor=factor, code=code)
    try:
        with transaction.atomic():
            shown = second_factor.check_code(user=user, factor=factor, code=code) if user else None
            if user is not None and shown is not None:
                begin(request=request, user=user, by_password=False)
                admit(request, user, factor, device, shown.pk)
                return True
    except (Denied, Throttled) as refusal:
        if user is not None:
            second_factor.refused(user=user, factor=factor, refusal=refusal, step_up=False)
        return False
    without_password.failed(user=user, factor=factor)
    return False


def enrol(*, request: HttpRequest, user: User, factor: Factor, bind: Callable[[], object]) -> list[str]:
    """Bind the only authenticator by ``bind``, and let this session in if it is not yet.

    Returns codes to be saved along with it, for once.
    """
    verified = is_verified(request)
    try:
        with transaction.atomic():
            made = services.enrol(user=user, bind=bind, verified=verified)
            (renew if verified else admit)(request, user, factor, browser_cookie.renew(request))
    except services.SessionEnded:
        request.session.flush()
        raise
    return made


def is_risky(request: HttpRequest, user: User) -> bool:
    """Is the session risky since its sign-in, or what it asks for now?"""
    if not settings.GUARD_RISKY_SESSIONS:
        return False
    return bool(request.session.get("risky")) or risk_here(user.pk).is_high


def is_fresh(request: HttpRequest, user: User) -> bool:
    """Was a second factor shown in the last five minutes, and in a risky session one that is old enough?"""
    shown_at = int(request.session.get("factor_at", 0))
    if _now() - shown_at > FRESH_FACTOR.total_seconds():
        return False
    if not is_risky(request, user):
        return True
    shown = request.session.get("authenticator")
    return not refusal_of(second_factor.check_is_old_enough, user=user, shown=shown)


def spend_factor(request: HttpRequest) -> None:
    """A change was made: one code pays for one. What lasts pays for five minutes."""
    factor = request.session.get("factor")
    if request.session.get("factor_at") and not (factor and registry.by_factor(factor).lasts):
        request.session["factor_at"] = 0


@transaction.atomic(savepoint=False)
def admit(
    request: HttpRequest, user: User, factor: Factor, device: str = "", shown: int | None = None
) -> None:
    """The second factor was right: a new session key, and from now on the session may do things.

    ``shown`` is the authenticator that showed it.

    Raises:
        SessionEnded: it was ended in the meantime.
    """
    request.session.cycle_key()
    risky = services.admit(
        user=user, session_id=session_id(request), key=_key(request), factor=factor, device=device
    )
    now = _now()
    request.session.update({"verified_at": now, "risky": risky})
    _remember(request, factor, shown)
    request.session.save()


@transaction.atomic(savepoint=False)
def renew(
    request: HttpRequest, user: User, factor: Factor, device: str = "", shown: int | None = None
) -> None:
    """The person has shown a factor again: both time limits begin anew (63B-4 section 5.2).

    Raises:
        SessionEnded: it was ended in the meantime.
    """
    request.session.cycle_key()
    services.renew(user=user, session_id=session_id(request), key=_key(request), factor=factor, device=device)
    _remember(request, factor, shown)
    request.session.save()


def _remember(request: HttpRequest, factor: Factor, shown: int | None) -> None:
    """Both time limits of the session begin anew. ``factor_at`` may be spent; ``proved_at`` stays."""
    now = _now()
    request.session.update(
        {"factor": str(factor), "factor_at": now, "authenticator": shown, "proved_at": now, "seen": now}
    )


@transaction.atomic
def change_password(*, request: HttpRequest, user: User, password: str) -> Waiting | None:
    """Django ties a session to the password's hash: the one that changes it goes on, with a new key.

    Raises:
        UsedBefore, Denied: as :func:`accounts.credentials.services.change_password`.
    """
    sid = session_id(request)
    changed = credentials.change_password(user=user, password=password, session=sid)
    if isinstance(changed, Waiting):
        return changed
    auth.update_session_auth_hash(request, changed)
    request.session.save()
    sessions.change_key(user_id=user.pk, session_id=sid, key=_key(request))
    return None


@transaction.atomic
def sign_out(*, request: HttpRequest, user: User) -> None:
    if request.session.get("sid"):
        services.sign_out(user_id=user.pk, session_id=session_id(request))
    auth.logout(request)


def _now() -> int:
    return int(clock.now().timestamp())


def _key(request: HttpRequest) -> str:
    """What our own row keeps of the key, as the store does."""
    key = request.session.session_key
    assert key is not None
    return row_key(key)
