"""Signing in: the password, then the second factor, then a session that may do things.

A stranger learns nothing: an unknown address costs the same hash, the same writes and gets the same words.
"""

from datetime import datetime
from uuid import UUID, uuid4

from django.contrib import auth
from django.db import transaction
from django.db.models import F, Q
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts import links, owner_notifications, passwords, policies
from accounts.authenticators import services as second_factor
from accounts.authenticators import throttling
from accounts.doubt.selectors import authenticator_key, doubt_about
from accounts.enums import AuthenticatorKind, Factor, LinkReason
from accounts.limits import MAX_FAILURES, PASSWORD_LOCK
from accounts.models import Authenticator, KnownBrowser, PasswordLink, RecoveryCode, Session, User
from accounts.sessions import known_browsers
from accounts.sessions import services as sessions
from accounts.signals import session_started
from audit import context
from audit.recording import record
from common import clock, ratelimit
from common.codes import fingerprint
from common.email_addresses import normal
from common.errors import Denied, Stale, Throttled
from common.network import networks_of
from common.ratelimit import Bound
from notifications import messages

BACKEND = "accounts.backends.Accounts"


def check(*, email: str, password: str, browser: str = "") -> User | None:
    """Whose address and password these are, or None. Counts the try before it looks at anything.

    ``browser`` is the fingerprint of the browser's cookie. Where the account is known in it, tries count
    for this browser alone: whatever strangers have used up does not keep the owner out at home.

    Raises:
        Throttled: too many tries in this browser; or for this address, from this network, or in all.
    """
    address = normal(email)
    known = known_browsers.of_address(browser, address)
    _spend(address, known)
    user = User.objects.filter(email=address, is_active=True).first()
    now = clock.now()
    locked = bool(known is None and user and user.password_locked_until and user.password_locked_until > now)
    if user is not None:
        right = user.check_password(password)  # makes a hash even where the password is void
    else:
        passwords.spend_time(password)  # for a stranger's address too
        right = False
    if user is None or not right or locked:
        _count_failure(user, known, locked=locked)
        return None
    if known is not None:
        known_browsers.password_was_right(known)
    elif user.failed_passwords:
        User.objects.filter(pk=user.pk).update(failed_passwords=0, password_locked_until=None)
    return user


def _spend(address: str, known: KnownBrowser | None) -> None:
    bounds = [_in_browser(known)] if known else _by_strangers(fingerprint(address))
    try:
        ratelimit.spend_each(*bounds)
    except Throttled as refusal:
        if refusal.is_first:
            record("sign_in.refused", outcome="denied", details={"reason": "too_many_tries"})
        raise


def _in_browser(known: KnownBrowser) -> Bound:
    return Bound("sign_in_browser", str(known.pk), limit=10, seconds=600)


def _by_strangers(address: str) -> list[Bound]:
    """Shared with others: from none of these can a stranger tell whether the owner has tried."""
    networks = networks_of(context.current().origin.address)
    return [
        Bound("sign_in_all", "all", limit=3000, seconds=60, shared=True),
        *(Bound("sign_in_network", network, limit=100, seconds=600, shared=True) for network in networks),
        *(
            Bound("sign_in_pair", f"{address}:{network}", limit=10, seconds=600, shared=True)
            for network in networks[:1]
        ),
        Bound("sign_in_address", address, limit=60, seconds=3600, shared=True),
    ]


@transaction.atomic
def _count_failure(user: User | None, known: KnownBrowser | None, *, locked: bool) -> None:
    """The same statements for a known and an unknown address: an UPDATE, which may find nobody, an event."""
    pk = user.pk if user else None
    if known is not None:
        known_browsers.password_was_wrong(known)
    else:
        User.objects.filter(pk=pk if pk is not None else -1).update(
            failed_passwords=F("failed_passwords") + 1
        )
        if user is not None and user.failed_passwords + 1 >= MAX_FAILURES and not locked:
            User.objects.filter(pk=user.pk).update(password_locked_until=clock.now() + PASSWORD_LOCK)
    record(
        "sign_in.failed",
        account=pk,
        outcome="failed",
        details={"factor": "password", "reason": "locked" if locked else "wrong"},
    )


@transaction.atomic
def begin(*, request: HttpRequest, user: User) -> Session:
    """Start a session that has given its password and still owes the second factor."""
    _leave_earlier(request)
    auth.login(request, user, backend=BACKEND)
    here = context.current()
    origin, now = here.origin, clock.now()
    session = Session.objects.create(
        pk=uuid4(),
        user=user,
        key=request.session.session_key,
        started_at=now,
        seen_at=now,
        address=origin.address,
        country=origin.country[:2],
        browser=origin.browser[:120],
        device=here.device,
    )
    stamp = int(now.timestamp())
    request.session.update({"sid": str(session.pk), "started": stamp, "seen": stamp})
    request.session.save()
    record("sign_in.password_accepted", account=user.pk, actor=user.pk)
    return session


def _leave_earlier(request: HttpRequest) -> None:
    """A browser that signs in anew leaves the session that it had."""
    sid, user = request.session.get("sid"), getattr(request, "user", None)
    if sid and user is not None and user.is_authenticated:
        sessions.end_one(user_id=user.pk, session_id=UUID(sid), reason="replaced")
        request.session.flush()


def owes_enrolment(user: User) -> bool:
    """No code app is bound: the account is led to enrol one before anything else."""
    return not Authenticator.objects.filter(user=user, kind=AuthenticatorKind.TOTP, removed_at=None).exists()


def has_recovery_codes(user: User) -> bool:
    """Is a recovery code left by which this person can show that it is them?"""
    return RecoveryCode.objects.filter(
        authenticator__user=user, authenticator__removed_at=None, used_at=None
    ).exists()


def may_enrol_by_password(user: User) -> bool:
    """May the password alone bind the first code app? Only where nothing else is there to be asked for.

    An account that never had an authenticator may. One whose authenticators a restore took out may as long as
    the restore's link was good by which its password was chosen: what somebody knew of before does not do.
    """
    if not owes_enrolment(user) or has_recovery_codes(user):
        return False
    if not Authenticator.objects.filter(user=user).exists():
        return True
    return PasswordLink.objects.filter(
        user=user,
        why=LinkReason.RESTORED,
        used_at__isnull=False,
        void_at=None,
        expires_at__gt=clock.now(),
    ).exists()


def verify(*, request: HttpRequest, user: User, factor: Factor, code: str, browser: str = "") -> bool:
    """Check the second factor and, where it is right, let this session in. False where it is wrong.

    ``browser`` is the fingerprint of the browser's cookie: wrong codes count where they come from.

    Raises:
        Throttled: too many wrong codes from here.
        Doubted: what was shown is doubted while a freeze lasts.
        Stale: the session was ended in the meantime.
    """
    step_up = is_verified(request)
    try:
        with transaction.atomic():
            right = _verify(request, user, factor, code, browser, step_up=step_up)
    except (Denied, Throttled) as refusal:
        reason = "too_many_tries" if isinstance(refusal, Throttled) else "frozen"
        record(
            "step_up.failed" if step_up else "sign_in.refused",
            account=user.pk,
            outcome="denied",
            details={"factor": factor} if step_up else {"reason": reason},
        )
        raise
    if not right:
        # After the authenticators are let go: whoever restores an account locks the person before them.
        _count_wrong_code(user, factor, step_up=step_up)
    return right


def _verify(
    request: HttpRequest, user: User, factor: Factor, code: str, browser: str, *, step_up: bool
) -> bool:
    kind = AuthenticatorKind.TOTP if factor == Factor.TOTP else AuthenticatorKind.RECOVERY_CODES
    bound = second_factor.locked(Authenticator.objects.filter(user=user, kind=kind, removed_at=None))
    usable = _usable(bound, user.pk)
    if bound and not usable:
        raise doubted()
    known = known_browsers.of_user(browser, user)
    source = throttling.source_of(user, known, context.current().origin.address)
    check_code = second_factor.totp_of if factor == Factor.TOTP else second_factor.recovery_code_of
    if check_code(usable, code, source) is None:
        return False
    (renew if step_up else admit)(request, user, factor)
    return True


def doubted() -> policies.Doubted:
    return policies.Doubted(
        _(
            "This account is protected right now. What was set up by a doubtful change cannot sign in. "
            "If you made that change, confirm it with something older."
        )
    )


def keeps_some_back(user: User, factor: Factor) -> bool:
    """Is one of what is bound kept back, so that a right code of it was a wrong one?"""
    kind = AuthenticatorKind.TOTP if factor == Factor.TOTP else AuthenticatorKind.RECOVERY_CODES
    bound = list(Authenticator.objects.filter(user=user, kind=kind, removed_at=None))
    return len(_usable(bound, user.pk)) < len(bound)


def _usable(bound: list[Authenticator], user_id: int) -> list[Authenticator]:
    """While a doubt freezes the account, nothing that a doubtful change has bound signs in."""
    if not bound or not policies.is_frozen_by_doubt(user_id):
        return bound
    doubt = doubt_about(user_id)
    return [one for one in bound if not doubt.is_doubtful(authenticator_key(one.pk))]


@transaction.atomic
def _count_wrong_code(user: User, factor: Factor, *, step_up: bool) -> None:
    if step_up:
        record("step_up.failed", account=user.pk, outcome="failed", details={"factor": factor})
    else:
        record(
            "sign_in.failed", account=user.pk, outcome="failed", details={"factor": factor, "reason": "wrong"}
        )
    now = clock.now()
    quiet = Q(failed_verification_told_at=None) | Q(failed_verification_told_at__lt=now - PASSWORD_LOCK)
    if User.objects.filter(quiet, pk=user.pk).update(failed_verification_told_at=now) == 1:
        origin = context.current().origin
        messages.failed_verification(
            owner_notifications.recipient(user, user.email),
            at=now,
            place=origin.country,
            browser=origin.browser,
        )


@transaction.atomic(savepoint=False)
def admit(request: HttpRequest, user: User, factor: Factor) -> None:
    """The second factor was right: a new session key, and from now on the session may do things.

    Raises:
        Stale: the session was ended in the meantime.
    """
    sid = UUID(request.session["sid"])
    request.session.cycle_key()
    now = clock.now()
    key = request.session.session_key
    waiting = Session.objects.filter(pk=sid, user=user, ended_at=None, verified_at=None)
    moved = waiting.update(key=key, verified_at=now, seen_at=now, factor=factor)
    if moved != 1:
        request.session.flush()
        raise Stale(_("This session has ended. Please sign in again."))
    stamp = int(now.timestamp())
    request.session.update({"verified_at": stamp, "factor": str(factor), "factor_at": stamp, "seen": stamp})
    request.session.save()
    origin = context.current().origin
    new_browser, new_country = _is_new(user, sid)
    record(
        "sign_in.succeeded",
        account=user.pk,
        actor=user.pk,
        details={"factor": factor, "new_browser": new_browser, "new_country": new_country},
    )
    if new_browser or new_country:
        messages.new_sign_in(
            owner_notifications.recipient(user, user.email),
            at=now,
            place=origin.country,
            browser=origin.browser,
            sessions_link=links.absolute("accounts:sessions"),
        )
    session_started.send(Session, user_id=user.pk, session_id=sid)


@transaction.atomic
def enrol(*, request: HttpRequest, user: User, key: str, code: str, name: str) -> list[str]:
    """Bind the only code app, and let this session in where it is not yet. Returns new recovery codes, once.

    Whoever has come in with a recovery code keeps the others: none are made.

    Raises:
        Denied: the code is not of this key, or a freeze or a factor that has to be shown first is in the way.
        Stale: the account has a code app already, or the session has ended.
    """
    User.objects.select_for_update().get(pk=user.pk)
    if not owes_enrolment(user):
        raise Stale(_("This account has a code app already. Please sign in with it."))
    verified = is_verified(request)
    if not verified and not may_enrol_by_password(user):
        raise Denied(_("Please sign in with a recovery code first."))
    second_factor.bind_totp(user=user, key=key, code=code, name=name)
    # One notice is enough: that of the code app.
    made = [] if has_recovery_codes(user) else second_factor.new_recovery_codes(user=user, tell=False)
    (renew if verified else admit)(request, user, Factor.TOTP)
    return made


def _is_new(user: User, sid: UUID) -> tuple[bool, bool]:
    """Were this browser and this country never seen on the account? The very first sign-in is not new."""
    origin = context.current().origin
    earlier = Session.objects.filter(user=user, verified_at__isnull=False).exclude(pk=sid)
    seen = set(earlier.values_list("browser", "country").distinct())
    if not seen:
        return False, False
    browsers, countries = {browser for browser, _country in seen}, {country for _browser, country in seen}
    return origin.browser[:120] not in browsers, origin.country[:2] not in countries


def renew(request: HttpRequest, user: User, factor: Factor) -> None:
    """The person has shown a factor again: the step-up of a session that was verified already."""
    stamp = int(clock.now().timestamp())
    request.session.cycle_key()
    moved = Session.objects.filter(pk=UUID(request.session["sid"]), user=user, ended_at=None).update(
        key=request.session.session_key
    )
    if moved != 1:
        request.session.flush()
        raise Stale(_("This session has ended. Please sign in again."))
    request.session.update({"factor_at": stamp, "factor": str(factor)})
    request.session.save()
    record("step_up.succeeded", account=user.pk, details={"factor": factor})


def is_verified(request: HttpRequest) -> bool:
    """Has this session shown a second factor?"""
    return bool(request.session.get("verified_at"))


@transaction.atomic
def sign_out(*, request: HttpRequest, user: User) -> None:
    sid = request.session.get("sid")
    if sid:
        record("sign_out", account=user.pk)
        sessions.end_one(user_id=user.pk, session_id=UUID(sid), reason="signed_out")
    auth.logout(request)


def seen(*, session_id: UUID, at: datetime) -> None:
    Session.objects.filter(pk=session_id, ended_at=None).update(seen_at=at)
