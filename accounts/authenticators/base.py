"""What every kind of authenticator brings along, and what all of them share."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.db.models import QuerySet
from django.utils.functional import Promise

from accounts.authenticators.throttling import Source
from accounts.enums import AuthenticatorKind, Factor
from accounts.models import Authenticator, User
from accounts.words import ChangeType, CheckUpItem, EventWords, RestoreStep, SignInDetail


@dataclass(frozen=True)
class BoundAuthenticator:
    """``left``: how often it can still be used, None where nothing is used up. ``checked_at``: when its
    owner last said that it is still at hand."""

    id: int
    kind: str
    name: str
    bound_at: datetime
    removed_at: datetime | None
    used_at: datetime | None
    left: int | None
    checked_at: datetime | None = None


@dataclass(frozen=True)
class Prompt:
    """The label of a field for a code, and the hint below it."""

    label: Promise
    hint: Promise


@dataclass(frozen=True)
class Words:
    """How pages name a kind. The prompts ask for a code at sign-in, for one from before some changes
    (``older``), and on the page of a caller (``asked``).

    ``proof``: what was shown, in the middle of a sentence; ``instead``: the link to this kind from another;
    ``wrong``: what a caller does after a wrong code; ``too_young``: why no code of it is taken as proof.
    ``offered``: what the agent can ask for, of these authenticators; ``item``: one of them, by its name.
    """

    label: Promise
    proof: Promise
    sign_in: Prompt
    older: Prompt
    asked: Prompt
    instead: Promise
    wrong: Promise
    too_young: Promise
    offered: Callable[[Sequence[BoundAuthenticator]], str]
    item: Callable[[str], str]


@dataclass(frozen=True)
class Steps:
    """What a restore does with it: a stranger's goes out, a lost one too, the owner's comes back."""

    out: RestoreStep
    lost: RestoreStep
    back: RestoreStep


@dataclass(frozen=True)
class Pages:
    """``urls``: the module of its addresses. ``section``: its template among the sign-in methods.

    ``verify`` is the route of the page that asks for a code at sign-in, and ``verify_path`` its address.
    ``fresh``: of the page that shows the code in place of a used one, "" where nothing is used up.
    """

    urls: str
    section: str
    verify: str
    verify_path: str
    fresh: str = ""


def _no_hint(_ids: Collection[int], _code: str) -> str:
    return ""


def _nothing_left(_ids: Collection[int]) -> Mapping[int, int]:
    return {}


def _nothing_made(_user: User) -> list[str]:
    return []


def _nothing_replaced(_user_id: int) -> str | None:
    return None


def _nothing_fresh(_user_id: int) -> str:
    return ""


def _nobody_reminded() -> int:
    return 0


@dataclass(frozen=True)
class Kind:
    """One kind of authenticator. Its folder fills this in, and ``accounts.authenticators.registry`` lists it.

    ``factor`` is how sessions, the trail and evidence name a proof by it.

    What matters of it: ``is_spare``: it is there for when everything else is lost, so that an account with
    nothing else is led to set something up. ``in_the_hand``: a code of it can't lie in a stolen mailbox.
    ``can_be_lost``: a caller can say which one they have lost, and a restore then takes it out.

    ``form`` asks for a code at sign-in, ``field`` anywhere else; ``recognises`` tells by the shape of what
    was typed, made plain. ``check`` says which of these locked rows a code is of, ``among`` locks them
    first; ``hint`` is a word about what may be wrong after a wrong code, or "".

    ``reject`` takes out what a stranger has bound, for good. ``bring_back`` puts back what was removed, False
    where that fails; ``can_come_back`` says so beforehand, given what else of the kind is not a stranger's.
    Both inside the caller's transaction. ``signs_in``: can its owner sign in by one of these?
    ``shred`` destroys what undoing needs no longer, and says how much that was.

    ``advice`` is a line of the check-up about what is bound of this kind. ``left`` counts how often each of
    these can still be used. ``make_first`` makes codes to be saved along with the first authenticator of an
    account. A used code is replaced at once: ``fresh`` is the token of the page that shows the new one to who
    has just used the old one, "" without any; ``replace_used`` hands it over where one was shown to the desk.
    ``remind`` mails whose codes have lain untouched for a year, and says how many that were.
    """

    kind: AuthenticatorKind
    factor: Factor
    icon: str
    is_spare: bool
    in_the_hand: bool
    can_be_lost: bool
    words: Words
    detail: SignInDetail
    changes: tuple[ChangeType, ...]
    events: tuple[EventWords, ...]
    steps: Steps
    pages: Pages
    advice: Callable[[Sequence[BoundAuthenticator]], CheckUpItem]
    form: type[forms.Form]
    field: type[forms.CharField]
    recognises: Callable[[str], bool]
    check: Callable[[Sequence[Authenticator], str, Source], Authenticator | None]
    among: Callable[[Collection[int], str, Source], Authenticator | None]
    reject: Callable[[User, Authenticator], None]
    bring_back: Callable[[User, Authenticator], bool]
    can_come_back: Callable[[Authenticator, Sequence[Authenticator]], bool]
    signs_in: Callable[[Sequence[Authenticator]], bool]
    shred: Callable[[QuerySet[Authenticator]], int]
    hint: Callable[[Collection[int], str], str] = _no_hint
    left: Callable[[Collection[int]], Mapping[int, int]] = _nothing_left
    make_first: Callable[[User], list[str]] = _nothing_made
    replace_used: Callable[[int], str | None] = _nothing_replaced
    fresh: Callable[[int], str] = _nothing_fresh
    remind: Callable[[], int] = _nobody_reminded


def locked(rows: QuerySet[Authenticator]) -> list[Authenticator]:
    """The rows, locked until the caller's transaction ends: a code is checked by one request at a time."""
    return list(rows.select_for_update().order_by("pk"))


def locked_among(ids: Collection[int], kind: AuthenticatorKind) -> list[Authenticator]:
    return locked(Authenticator.objects.filter(pk__in=list(ids), kind=kind, rejected=False))
