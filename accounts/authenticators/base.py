"""What every kind of authenticator brings along, and what all of them share."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.enums import AuthenticatorKind
from accounts.models import Authenticator, User


@dataclass(frozen=True)
class Kind:
    """One kind of authenticator. Its folder fills this in, and ``accounts.authenticators.registry`` lists it.

    ``reject`` takes out what a stranger has bound, for good; ``bring_back`` puts back what was removed, False
    where it can't be. Both inside the caller's transaction.
    """

    kind: AuthenticatorKind
    reject: Callable[[User, Authenticator], None]
    bring_back: Callable[[User, Authenticator], bool]


def locked(rows: QuerySet[Authenticator]) -> list[Authenticator]:
    """The rows, locked until the caller's transaction ends: a code is checked by one request at a time."""
    return list(rows.select_for_update().order_by("pk"))


def locked_among(ids: Collection[int], kind: AuthenticatorKind) -> list[Authenticator]:
    return locked(Authenticator.objects.filter(pk__in=list(ids), kind=kind, rejected=False))
