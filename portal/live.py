"""Live pages: who may listen to what. These are short requests; ``portal/streams.py`` sends the events."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.access import VerifiedRequest, needs, public
from common.codes import fingerprint
from common.network import client_address, neighbourhood_of
from portal import streams
from portal.hub import STAFF, Plan
from recovery import current_work
from recovery.cases import selectors as case_selectors
from recovery.claimant.access import CAPABILITY_COOKIE


@public
@require_safe
def case(request: HttpRequest) -> HttpResponse:
    """For the browser that opened a case: everything about this case."""
    capability = request.COOKIES.get(CAPABILITY_COOKIE, "")
    found = case_selectors.case_by_capability(capability)
    if found is None:
        return HttpResponse(status=204)
    plan = Plan(
        kind="case",
        channels=(f"case:{found.pk}",),
        owner=f"capability {fingerprint(capability)}",
        network=_network(request),
        after=_seen(request),
    )
    return streams.begin(request, plan)


@needs(STAFF)
@require_safe
def desk(request: VerifiedRequest) -> HttpResponse:
    """For the console: the queue, the agent's own offers, and the case in their hands."""
    agent = request.user.pk
    work = current_work.case_in_work(agent)
    plan = Plan(
        kind="desk",
        channels=("desk", f"agent:{agent}"),
        owner=f"session {request.session['sid']}",
        network=_network(request),
        after=_seen(request),
        session=UUID(request.session["sid"]),
        agent=agent,
        work=work.pk if work else None,
    )
    return streams.begin(request, plan)


def _network(request: HttpRequest) -> str:
    return neighbourhood_of(client_address(request.META))


def _seen(request: HttpRequest) -> str:
    """The last event that the page has seen: by its header where a stream broke off, else by its address."""
    return request.headers.get("Last-Event-ID") or request.GET.get("after", "")
