"""The staff: who works here, and what an admin changes about their access."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import VerifiedRequest, fresh_factor_required, needs, nothing_changed
from accounts.limits import PASSWORD_LINK_HOURS
from accounts.models import User
from accounts.pages.services import create_staff
from accounts.responses import add_refusal, page
from accounts.roles import Role
from accounts.staff import policies, selectors, services
from accounts.staff.forms import InviteForm, RoleForm
from common.errors import Refusal

PERMISSION = "staff.manage"
Managing = Callable[..., HttpResponse]


def managing(view: Managing) -> Managing:
    """For a page that changes somebody's access. GET asks once more, POST does it.

    What may not be, or is no longer as the page showed it, is said on the person's page.
    """

    @needs(PERMISSION)
    @fresh_factor_required
    @require_http_methods(["GET", "POST"])
    @wraps(view)
    def found(request: VerifiedRequest, person: int, **more: Any) -> HttpResponse:
        row = _member(person)
        try:
            policies.check_can_manage(actor=request.user, person=row)
            return view(request, row, **more)
        except Refusal as refusal:
            messages.warning(request, str(refusal))
            nothing_changed(request)
            return redirect("staff:person", person)

    return found


def _member(person: int) -> User:
    row = selectors.member(person)
    if row is None:
        raise Http404
    return row


@needs(PERMISSION)
@require_GET
def people(request: VerifiedRequest) -> HttpResponse:
    return page(request, "staff/people", members=selectors.members())


@needs(PERMISSION)
@require_GET
def person(request: VerifiedRequest, person: int) -> HttpResponse:
    row = _member(person)
    return page(
        request,
        "staff/person",
        person=row,
        can_manage=policies.can_manage(actor=request.user, person=row),
    )


@needs(PERMISSION)
@fresh_factor_required
@require_http_methods(["GET", "POST"])
def invite(request: VerifiedRequest) -> HttpResponse:
    """A new member of staff: they get a mail with a link to choose their password."""
    form = InviteForm(request.POST or None, initial={"language": request.user.language})
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            made = create_staff(
                email=typed["email"],
                name=typed["name"],
                role=Role(typed["role"]),
                language=typed["language"],
                languages=tuple(typed["languages"]),
            )
        except Refusal as refusal:
            add_refusal(form, refusal, "email")
        else:
            words = _("Invited. A link to choose a password is on its way to %(address)s.")
            messages.success(request, words % {"address": made.email})
            return redirect("staff:people")
    status = 422 if request.method == "POST" else 200
    return page(request, "staff/invite", status=status, form=form, hours=PASSWORD_LINK_HOURS["staff"])


@managing
def role(request: VerifiedRequest, person: User) -> HttpResponse:
    initial = {"role": person.role, "was": person.role}
    form = RoleForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        services.change_role(
            actor_id=request.user.pk,
            person_id=person.pk,
            role=Role(form.cleaned_data["role"]),
            was=form.cleaned_data["was"],
        )
        messages.success(request, _("Role changed. We’ve e-mailed them about it."))
        return redirect("staff:person", person.pk)
    return page(request, "staff/role", status=422 if form.errors else 200, person=person, form=form)


@managing
def end_sessions(request: VerifiedRequest, person: User) -> HttpResponse:
    if request.method == "GET":
        return page(request, "staff/end_sessions", person=person)
    count = services.end_sessions(actor_id=request.user.pk, person_id=person.pk)
    if count:
        words = ngettext("%(count)d session was ended.", "%(count)d sessions were ended.", count)
        messages.success(request, words % {"count": count})
    else:
        messages.info(request, _("They weren’t signed in anywhere. Nothing was changed."))
    return redirect("staff:person", person.pk)


@managing
def end_session(request: VerifiedRequest, person: User, session: UUID) -> HttpResponse:
    found = selectors.open_session(person, session)
    if found is None:
        messages.info(request, _("This session has already ended."))
        return redirect("staff:person", person.pk)
    if request.method == "GET":
        return page(request, "staff/end_session", person=person, session=found)
    services.end_session(actor_id=request.user.pk, person_id=person.pk, session_id=session)
    messages.success(request, _("The session was ended. That browser is now signed out."))
    return redirect("staff:person", person.pk)


@managing
def disable(request: VerifiedRequest, person: User) -> HttpResponse:
    if request.method == "GET":
        return page(request, "staff/disable", person=person)
    services.disable(actor_id=request.user.pk, person_id=person.pk)
    messages.success(request, _("The account is disabled. They were signed out everywhere."))
    return redirect("staff:person", person.pk)


@managing
def enable(request: VerifiedRequest, person: User) -> HttpResponse:
    if request.method == "GET":
        return page(request, "staff/enable", person=person)
    services.enable(actor_id=request.user.pk, person_id=person.pk)
    messages.success(request, _("The account is enabled again. They can sign in as before."))
    return redirect("staff:person", person.pk)
