"""The owner's recovery contacts; and the page of a contact's link, who needs no account."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from accounts import link_token, selectors
from accounts.access import VerifiedRequest, fresh_factor_required, public
from accounts.limits import CONTACT_COUNTS_AFTER, MAX_CONTACTS
from accounts.mails import ContactAnswer
from accounts.recovery_contacts import selectors as contacts
from accounts.recovery_contacts import services
from accounts.recovery_contacts.forms import ContactForm
from accounts.responses import add_refusal, page, refused, say_made, status_of
from accounts.sign_in import http_session
from common.errors import Refusal, Stale

ANSWERS: dict[str, ContactAnswer] = {"accept": "accepted", "decline": "declined", "resign": "resigned"}


@require_GET
def overview(request: VerifiedRequest) -> HttpResponse:
    found = contacts.contacts_of(request.user.pk)
    return page(
        request,
        "recovery_contacts/overview",
        contacts=found,
        may_add=len(found) < MAX_CONTACTS,
        freezes=selectors.active_freezes(request.user.pk),
    )


@fresh_factor_required
@require_http_methods(["GET", "POST"])
def add(request: VerifiedRequest) -> HttpResponse:
    form = ContactForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = services.add(
                    user=request.user,
                    name=form.cleaned_data["name"],
                    address=form.cleaned_data["email"],
                    note=form.cleaned_data["note"],
                    session=http_session.session_id(request),
                )
                say_made(request, made, _("We’ve e-mailed them. They’ll be in this list."))
                return redirect("accounts:contacts")
            except Refusal as refusal:
                add_refusal(form, refusal)
                status = status_of(refusal)
    return page(request, "recovery_contacts/add", status=status, form=form, days=CONTACT_COUNTS_AFTER.days)


@require_POST
def invite(request: VerifiedRequest, contact: int) -> HttpResponse:
    _own(request, contact)
    try:
        services.invite_again(user=request.user, contact_id=contact)
    except Refusal as refusal:
        return refused(request, refusal, again="accounts:contacts")
    messages.success(request, _("The invitation was sent again. The earlier link no longer works."))
    return redirect("accounts:contacts")


@fresh_factor_required
@require_http_methods(["GET", "POST"])
def remove(request: VerifiedRequest, contact: int) -> HttpResponse:
    named = _own(request, contact)
    if request.method == "POST":
        try:
            made = services.remove(
                user=request.user, contact_id=contact, session=http_session.session_id(request)
            )
        except Refusal as refusal:
            return refused(request, refusal, again="accounts:contacts")
        say_made(request, made, _("The recovery contact was removed, and we’ve let them know."))
        return redirect("accounts:contacts")
    return page(request, "recovery_contacts/remove", contact=named)


def _own(request: VerifiedRequest, contact: int) -> contacts.Contact:
    found = contacts.contact_of(request.user.pk, contact)
    if found is None:
        raise Http404
    return found


@public
@require_safe
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    if contacts.invitation(token) is None:
        return _is_dead(request)
    return link_token.store(request, token, "accounts:contact")


def _is_dead(request: HttpRequest) -> HttpResponse:
    return refused(
        request, Stale(_("This link no longer works. Ask the person who named you to send a new one."))
    )


@public
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest) -> HttpResponse:
    """GET shows who asks and what for; each button is one POST: a scanner of mails decides nothing."""
    token = link_token.peek(request)
    if not token:
        return link_token.missing(request)
    invitation = contacts.invitation(token)
    if invitation is None or invitation.expired:
        return _is_dead(request)
    if request.method == "POST":
        to = ANSWERS.get(request.POST.get("act", ""))
        if to is not None:
            try:
                services.answer(token=token, to=to)
            except Refusal:
                pass  # answered before, perhaps by a second click: the page says how it stands now
        return link_token.here(request, "accounts:contact")
    return page(request, "recovery_contacts/answer", invitation=invitation, days=CONTACT_COUNTS_AFTER.days)
