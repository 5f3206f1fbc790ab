"""Who did it when a task did it: a task carries the context of who caused it in its message's headers.

Only ids, the address, the country and the words for the browser travel; nothing secret is among them.
"""

from collections.abc import Mapping
from contextvars import Token
from typing import Any
from uuid import UUID

from celery import signals

from audit.context import Context, Source, current, enter, leave
from common.network import Origin

HEADER = "audit"
_entered: dict[str, Token[Source]] = {}


def connect() -> None:
    signals.before_task_publish.connect(_put_header, dispatch_uid="audit.propagation")
    signals.task_prerun.connect(_enter_task, dispatch_uid="audit.propagation")
    signals.task_postrun.connect(_leave_task, dispatch_uid="audit.propagation")


def pack(context: Context) -> dict[str, Any]:
    return {
        "actor": context.actor,
        "address": context.origin.address,
        "country": context.origin.country,
        "browser": context.origin.browser,
        "session": context.session and str(context.session),
        "request": context.request and str(context.request),
    }


def unpack(packed: Mapping[str, Any] | None) -> Context:
    """The context of a message, empty for one of beat or of an older version."""
    if not packed:
        return Context()
    session, request = packed.get("session"), packed.get("request")
    return Context(
        actor=packed.get("actor"),
        origin=Origin(packed.get("address"), packed.get("country") or "", packed.get("browser") or ""),
        session=UUID(session) if session else None,
        request=UUID(request) if request else None,
    )


def _put_header(headers: dict[str, Any] | None = None, **kwargs: Any) -> None:
    if headers is not None:
        headers.setdefault(HEADER, pack(current()))


def _enter_task(task_id: str, task: Any, **kwargs: Any) -> None:
    context = unpack(getattr(task.request, HEADER, None))
    _entered[task_id] = enter(lambda: context)


def _leave_task(task_id: str, **kwargs: Any) -> None:
    token = _entered.pop(task_id, None)
    if token is not None:
        leave(token)
