"""What every kind of authenticator brings along, and what all of them share."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from django import forms
from django.db.models import QuerySet
from django.utils.functional import Promise

from accounts.authenticators.throttling import Source
from accounts.enums import AuthenticatorKind, Factor
from accounts.models import Authenticator, User
from accounts.selectors import BoundAuthenticator
from notifications.value_types import Repair


@dataclass(frozen=True)
class Words:
    """How pages name a kind.

    ``wrong``: what a caller does after a wrong code. ``too_young``: why no code of it is taken as proof.
    ``offered``: what the agent can ask for, of these authenticators.
    """

    label: Promise
    wrong: Promise
    too_young: Promise
    offered: Callable[[Sequence[BoundAuthenticator]], str]


@dataclass(frozen=True)
class Steps:
    """What a restore is said to do with it: a stranger's goes out, a lost one too, the owner's comes back."""

    out: Repair
    lost: Repair
    back: Repair


@dataclass(frozen=True)
class Kind:
    """One kind of authenticator. Its folder fills this in, and ``accounts.authenticators.registry`` lists it.

    ``factor`` is how sessions, the trail and evidence name a proof by it. ``form`` asks for a code at
    sign-in, ``field`` anywhere else; ``recognises`` tells by the shape of what was typed, made plain.

    ``check`` says which of these locked rows a code is of, ``among`` locks them first; ``hint`` is a word
    about what may be wrong after a wrong code, or "".

    ``reject`` takes out what a stranger has bound, for good. ``bring_back`` puts back what was removed, False
    where that fails; ``can_come_back`` says so beforehand, given what else of the kind is not a stranger's.
    Both inside the caller's transaction. ``signs_in``: can its owner sign in by one of these?
    """

    kind: AuthenticatorKind
    factor: Factor
    icon: str
    words: Words
    steps: Steps
    form: type[forms.Form]
    field: type[forms.CharField]
    recognises: Callable[[str], bool]
    check: Callable[[Sequence[Authenticator], str, Source], Authenticator | None]
    among: Callable[[Collection[int], str, Source], Authenticator | None]
    hint: Callable[[Collection[int], str], str]
    reject: Callable[[User, Authenticator], None]
    bring_back: Callable[[User, Authenticator], bool]
    can_come_back: Callable[[Authenticator, Sequence[Authenticator]], bool]
    signs_in: Callable[[Sequence[Authenticator]], bool]


def locked(rows: QuerySet[Authenticator]) -> list[Authenticator]:
    """The rows, locked until the caller's transaction ends: a code is checked by one request at a time."""
    return list(rows.select_for_update().order_by("pk"))


def locked_among(ids: Collection[int], kind: AuthenticatorKind) -> list[Authenticator]:
    return locked(Authenticator.objects.filter(pk__in=list(ids), kind=kind, rejected=False))
