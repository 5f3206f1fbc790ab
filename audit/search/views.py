"""The trail explorer. Who reads here leaves an event of it, with what they searched for."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from audit import reading
from audit.recording import record, record_refusal
from audit.search import counting, explorer, presenter
from audit.search.forms import SearchForm, initial_of, query_of
from common import clock

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def reviewers_only(view: View[P]) -> View[P]:
    """For those who may review the trail; to all others there is no such page."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.has_perm("audit.review"):
            record_refusal("access.denied", details={"path": request.path})
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@require_safe
@reviewers_only
def trail(request: HttpRequest) -> HttpResponse:
    form = SearchForm(request.GET)
    if not form.is_valid():
        context = {"form": form, "refused": True, "open": set(form.errors) - {"q"}}
        return render(request, "audit/trail.html", context, status=422)
    filters, unknown = form.filters(), " ".join(form.not_understood())
    query = query_of(filters)
    asked = query | ({"q": unknown} if unknown else {})
    if asked != {name: value for name, value in request.GET.items() if name not in ("before", "after")}:
        # What was typed (a name, a local time, empty fields) becomes what it means: a URL worth keeping.
        return redirect(f"{request.path}{explorer.url_of(asked)}" if asked else request.path)
    shown = SearchForm(initial=initial_of(filters) | {"q": unknown})
    context = {
        "form": shown,
        "unknown": unknown,
        "chips": explorer.chips(filters),
        "presets": explorer.presets(filters, clock.now()),
    }
    if unknown and not query:
        # Nothing of it was understood: the whole trail would be no answer to it.
        return render(request, "audit/trail.html", context | {"refused": True}, status=422)
    return render(request, "audit/trail.html", context | _found(request, filters))


def _found(request: HttpRequest, filters: reading.Filters) -> dict[str, Any]:
    """A page of events and their picture; that somebody searched is an event of its own."""
    page = reading.events(filters, before=_cursor(request, "before"), after=_cursor(request, "after"))
    counted = counting.count(filters)
    record(
        "audit.searched",
        account=filters.account[0] if len(filters.account) == 1 else None,
        case=filters.case,
        details={"filters": query_of(filters)},
    )
    buckets = counted.buckets
    return {
        "rows": presenter.present(page.entries),
        "newer": page.newer,
        "older": page.older,
        "counted": counted,
        "bars": explorer.bars(counted, filters),
        "first": explorer.moment_of(buckets[0].start, counted.unit) if buckets else "",
        "last": explorer.moment_of(buckets[-1].start, counted.unit) if buckets else "",
    }


@require_safe
@reviewers_only
def event(request: HttpRequest, cursor: reading.Cursor) -> HttpResponse:
    entry = reading.event(cursor)
    if entry is None:
        raise Http404
    (shown,) = presenter.present([entry])
    siblings = reading.of_request(entry.request) if entry.request else []
    record("audit.event.read", account=entry.account, case=entry.case, details={"event": str(cursor)})
    return render(
        request,
        "audit/event.html",
        {
            "event": shown,
            "entry": entry,
            "values": explorer.values(shown),
            "facts": presenter.facts(entry.details),
            "changes": presenter.changes(entry.details),
            "siblings": presenter.present([other for other in siblings if other.cursor != cursor]),
        },
    )


def _cursor(request: HttpRequest, name: str) -> reading.Cursor | None:
    try:
        return reading.Cursor.parse(request.GET[name])
    except (KeyError, ValueError):
        return None
