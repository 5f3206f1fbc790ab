"""Guarded moves from state to state: one conditional UPDATE whose row count says who won."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext as _

from common.errors import Stale

M = TypeVar("M", bound=models.Model)

Transitions = Mapping[str, frozenset[str]]


def sources_of(transitions: Transitions, target: str) -> list[str]:
    """The states that may become ``target``."""
    return [source for source, targets in transitions.items() if target in targets]


class GuardedQuerySet(models.QuerySet[M]):
    """A queryset whose rows move by a table of transitions, kept on the model as ``TRANSITIONS``."""

    def move(self, row: M, to: str, **changes: Any) -> None:
        """Move ``row`` to ``to`` if, at this instant, the table still allows it; refresh ``row``.

        Filters already on the queryset take part in the guard, for example
        ``Callback.objects.filter(offered_to=agent).move(callback, "assigned")``.

        Raises:
            Stale: the row is no longer in a state that may become ``to``.
        """
        transitions: Transitions = self.model.TRANSITIONS  # type: ignore[attr-defined]
        moved = self.filter(pk=row.pk, state__in=sources_of(transitions, to)).update(state=to, **changes)
        if moved != 1:
            raise Stale(_("Something changed in the meantime. Check the page again."))
        row.refresh_from_db()
