"""The pages that show an account to its owner: check-up, methods, history, profile."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views import i18n
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import link_token, links, selectors
from accounts.access import VerifiedRequest, public
from accounts.authenticators import naming, registry
from accounts.authenticators import selectors as authenticators
from accounts.limits import UNDO_PERIOD
from accounts.pages import services
from accounts.pages.activity import activity as seen
from accounts.pages.check_up import check_up as checked
from accounts.pages.forms import ProfileForm, RenameForm
from accounts.pages.history import History
from accounts.recovery_contacts.selectors import contacts_of
from accounts.responses import page
from common import clock

ROWS = 20


@require_GET
def check_up(request: VerifiedRequest) -> HttpResponse:
    return page(request, "check_up", **vars(checked(request.user.pk)))


@require_GET
def activity(request: VerifiedRequest) -> HttpResponse:
    """*What happened here*: the last 30 days on one page."""
    here = UUID(request.session["sid"])
    return page(request, "activity", activity=seen(request.user.pk, here), here=here)


@require_GET
def methods(request: VerifiedRequest) -> HttpResponse:
    bound = authenticators.bound_authenticators(request.user.pk)
    return page(
        request,
        "methods",
        address=selectors.address_as_typed(request.user.pk),
        can_remove=sum(not registry.by_kind(one.kind).is_spare for one in bound) > 1,
        sections=[
            (kind.pages.section, [one for one in bound if one.kind == kind.kind]) for kind in registry.KINDS
        ],
        pending=selectors.pending_email(request.user.pk),
        notice_address=selectors.notice_address(request.user.pk),
        pending_notice=selectors.pending_notice_address(request.user.pk),
        contacts=len(contacts_of(request.user.pk)),
        freezes=selectors.active_freezes(request.user.pk),
        offers_to_end_others=selectors.has_changed_a_factor(request.user.pk, UUID(request.session["sid"])),
        waiting_changes=selectors.waiting_changes(request.user.pk),
    )


@require_http_methods(["GET", "POST"])
def rename(request: VerifiedRequest, authenticator: int) -> HttpResponse:
    """Call it something else: this is how its owner knows it, and changes nothing of how they sign in."""
    bound = next(
        (one for one in authenticators.bound_authenticators(request.user.pk) if one.id == authenticator), None
    )
    if bound is None or registry.by_kind(bound.kind).is_spare:
        raise Http404
    form = RenameForm(request.POST if request.method == "POST" else None, initial={"name": bound.name})
    if request.method == "POST" and form.is_valid():
        naming.rename(user=request.user, authenticator_id=authenticator, name=form.cleaned_data["name"])
        messages.success(request, _("Saved."))
        return redirect("accounts:methods")
    return page(request, "rename", status=422 if form.errors else 200, form=form, authenticator=bound)


@require_GET
def history(request: VerifiedRequest) -> HttpResponse:
    """The last 90 days, newest first; beside each change that can still be undone, *This was not me*."""
    found = History(request.user.pk)
    part = Paginator(found.entries, ROWS).get_page(request.GET.get("page"))
    return page(request, "history", rows=found.present(list(part.object_list)), part=part)


@require_POST
def object_to(request: VerifiedRequest, change: int) -> HttpResponse:
    """*This was not me* from the history: the same page as from the link in the mail."""
    if not any(
        one.id == change for one in selectors.changes_since(request.user.pk, clock.now() - UNDO_PERIOD)
    ):
        raise Http404
    return link_token.store(request, links.not_me_token(change), "not_me")


@require_http_methods(["GET", "POST"])
def profile(request: VerifiedRequest) -> HttpResponse:
    user = request.user
    initial = {
        name: getattr(user, name) for name in ("name", "name_latin", "language", "zone", "linkless_mails")
    }
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        services.update(user=user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("accounts:profile")
    return page(request, "profile", status=422 if form.errors else 200, form=form)


@public
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """The language in the page's foot: for this browser, and for a person who is signed in everywhere."""
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in ("en", "ja"):
        services.set_language(user=request.user, language=language)
    answer: HttpResponse = i18n.set_language(request)
    return answer
