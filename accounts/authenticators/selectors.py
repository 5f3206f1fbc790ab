"""What people have bound, whatever its kind. What counts as the owner's is said by the doubt."""

from collections.abc import Iterable

from accounts.authenticators import registry
from accounts.authenticators.base import BoundAuthenticator, Kind
from accounts.doubt.judgement import Doubt
from accounts.doubt.selectors import authenticator_key
from accounts.models import Authenticator


def bound_authenticators(user_id: int) -> list[BoundAuthenticator]:
    """What is bound now."""
    return _seen(Authenticator.objects.filter(user=user_id, removed_at=None).order_by("bound_at", "pk"))


def all_authenticators(user_id: int) -> list[BoundAuthenticator]:
    """Everything that was ever bound, oldest first: for who explains what counts and what does not."""
    return _seen(Authenticator.objects.filter(user=user_id).order_by("bound_at", "pk"))


def authenticators_that_count(user_id: int, doubt: Doubt) -> list[BoundAuthenticator]:
    """The authenticators, removed since or not, that count as the owner's and can still be checked."""
    return [one for one in all_authenticators(user_id) if doubt.counts(authenticator_key(one.id))]


def had_second_factor(user_id: int) -> bool:
    """Was an authenticator ever bound? Whether it counts now is another question."""
    return Authenticator.objects.filter(user=user_id).exists()


def bound_kinds(user_id: int) -> list[Kind]:
    """The kinds of which something is bound, the best first."""
    bound = set(
        Authenticator.objects.filter(user=user_id, removed_at=None).values_list("kind", flat=True).distinct()
    )
    return [kind for kind in registry.KINDS if kind.kind in bound]


def everyday_kinds(user_id: int) -> list[Kind]:
    """The kinds by which this person signs in every day: something of them is bound, and it isn't spare."""
    return [kind for kind in bound_kinds(user_id) if not kind.is_spare]


def has_spare(user_id: int) -> bool:
    """Is something left that was put aside for when everything else is lost?"""
    bound = list(Authenticator.objects.filter(user=user_id, removed_at=None))
    return any(kind.signs_in([row for row in bound if row.kind == kind.kind]) for kind in registry.spare())


def _seen(rows: Iterable[Authenticator]) -> list[BoundAuthenticator]:
    rows = list(rows)
    left: dict[int, int] = {}
    for kind in registry.KINDS:
        left |= kind.left([row.pk for row in rows if row.kind == kind.kind])
    return [
        BoundAuthenticator(
            row.pk,
            row.kind,
            row.name,
            row.bound_at,
            row.removed_at,
            row.used_at,
            row.used_country,
            row.used_browser,
            left.get(row.pk),
            row.checked_at,
        )
        for row in rows
    ]
