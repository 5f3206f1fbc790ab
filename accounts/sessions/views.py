"""Where somebody is signed in, and ending it."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts import selectors
from accounts.access import VerifiedRequest
from accounts.responses import page, safe_next
from accounts.sessions import services

ROWS = 20


@require_GET
def sessions(request: VerifiedRequest) -> HttpResponse:
    here = UUID(request.session["sid"])
    found = sorted(selectors.open_sessions(request.user.pk), key=lambda one: one.id != here)
    part = Paginator(found, ROWS).get_page(request.GET.get("page"))
    return page(request, "sessions", sessions=part.object_list, part=part, here=here)


@require_POST
def end(request: VerifiedRequest, session: UUID) -> HttpResponse:
    if not services.end_one(user_id=request.user.pk, session_id=session):
        raise Http404
    messages.success(request, _("The session was ended. That browser is now signed out."))
    return redirect(safe_next(request, "accounts:sessions"))


@require_POST
def end_others(request: VerifiedRequest) -> HttpResponse:
    count = services.end_others(user_id=request.user.pk, keep=UUID(request.session["sid"]))
    words = ngettext("%(count)d other session was ended.", "%(count)d other sessions were ended.", count)
    messages.success(request, words % {"count": count})
    return redirect(safe_next(request, "accounts:sessions"))
