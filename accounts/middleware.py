"""Sessions that run out, and the one gate through which every view is reached."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import auth, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.access import ENROLLING, PASSWORD_ONLY, PUBLIC, VERIFIED, access_of
from accounts.authenticators import registry
from accounts.limits import UNVERIFIED_SESSION, session_limits
from accounts.sessions import services as sessions
from accounts.sign_in import http_session, selectors
from accounts.sign_in import services as sign_in
from accounts.zones import known
from audit.recording import record
from common import clock

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class SessionMiddleware:
    """Ends what was idle or lasted too long, notes what was seen, and speaks the person's language."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        zone = request.COOKIES.get("tz", "")
        if request.session.session_key and request.user.is_authenticated:
            self._keep_time(request)
            if request.user.is_authenticated:
                zone = request.user.zone
                translation.activate(request.user.language)
                request.LANGUAGE_CODE = request.user.language
        timezone.activate(ZoneInfo(known(zone)))
        return self.get_response(request)

    def _keep_time(self, request: HttpRequest) -> None:
        now = int(clock.now().timestamp())
        sid = request.session.get("sid")
        if not sid:
            # Signed in past our own door: such a session knows no factor and no end.
            auth.logout(request)
            return
        reason = self._over(request, now)
        if reason:
            sessions.run_out(session_id=UUID(sid), reason=reason)
            auth.logout(request)
            messages.info(request, _("You were signed out because you were inactive for a while."))
        elif now - int(request.session.get("seen", 0)) >= 60 and not _by_itself(request):
            request.session["seen"] = now
            sign_in.seen(session_id=UUID(sid), at=datetime.fromtimestamp(now, UTC))

    def _over(self, request: HttpRequest, now: int) -> str:
        started, proved, seen = (int(request.session.get(key, 0)) for key in ("started", "proved_at", "seen"))
        if not http_session.is_verified(request):
            return "idle" if now - started > UNVERIFIED_SESSION.total_seconds() else ""
        limits = session_limits(staff=request.user.is_authenticated and request.user.is_staff_member)
        if now - max(started, proved) > limits.whole.total_seconds():
            return "too_long"
        return "idle" if now - seen > limits.idle.total_seconds() else ""


def _by_itself(request: HttpRequest) -> bool:
    """Did the page ask without its reader? What refreshes itself must not keep a session awake.

    A page without scripts says of itself that it comes again by itself (``?again``).
    """
    return request.method == "GET" and (
        "HX-Request" in request.headers
        or "again" in request.GET
        or "text/event-stream" in request.headers.get("Accept", "")
    )


class AccessMiddleware:
    """Deny by default: who has not shown a second factor reaches what is marked for them and nothing else.

    A session of an account with a factor, be it one recovery code, is never let into enrolling before it has
    shown that factor: else the password alone could bind a new one.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        changed = response.status_code < 400 and not getattr(request, "nothing_changed", False)
        if getattr(request, "changes_by_factor", False) and changed:
            http_session.spend_factor(request)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        access = access_of(view)
        if access == PUBLIC:
            return None
        if not request.user.is_authenticated:
            return _go(request, "accounts:sign_in")
        if not http_session.is_verified(request):
            return self._unverified(request, access)
        if self._owes_app(request, access):
            return _go(request, "accounts:enrol")
        permission = getattr(view, "needs", None)
        if permission and not request.user.has_perm(permission):
            record(
                "access.denied",
                account=request.user.pk,
                outcome="denied",
                details={"path": request.path[:200]},
            )
            raise Http404
        over = getattr(view, "over", None)
        if over and request.method == "GET" and over(request, *args, **kwargs):
            return None
        if getattr(view, "fresh", False):
            if not http_session.is_fresh(request, request.user):
                return _go(request, "accounts:verify")
            request.changes_by_factor = request.method == "POST"  # type: ignore[attr-defined]
        return None

    def _unverified(self, request: HttpRequest, access: str) -> HttpResponseBase | None:
        if access == PASSWORD_ONLY:
            return None
        if not (request.user.is_authenticated and selectors.can_enrol_by_password(request.user)):
            return _go(request, "accounts:verify")
        return None if access == ENROLLING else _go(request, "accounts:enrol")

    def _owes_app(self, request: HttpRequest, access: str) -> bool:
        """Who came in with a spare code because everything else is lost sets up something new first."""
        return (
            access == VERIFIED
            and request.session.get("factor") in [kind.factor for kind in registry.spare()]
            and request.user.is_authenticated
            and selectors.owes_enrolment(request.user)
        )


def _go(request: HttpRequest, name: str) -> HttpResponse:
    """Send to a page of signing in, and from there back to where the person was going."""
    target = reverse(name)
    if request.method == "GET" and not _by_itself(request):
        target += "?" + urlencode({"next": request.get_full_path()})
    elif request.method == "POST" and name == "accounts:verify":
        target += "?" + urlencode({"next": request.path})
    if "HX-Request" in request.headers:
        # A fragment must not be filled with the sign-in page: the whole page goes there.
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return redirect(target)
