"""What every kind of authenticator brings along, and what all of them share.

A kind is shown in one of two ways: somebody types a code of it, or the browser runs a ceremony with it
(:class:`Ceremony`). Either way a form has one field for it, what that field holds goes through
:attr:`Kind.taken`, and services get a ``code``: they need not know which way it came.
"""

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.authenticators.throttling import Source
from accounts.enums import SPARE_KINDS, AuthenticatorKind, ChangeKind, Factor
from accounts.models import Authenticator, User
from accounts.record_change import Apply
from accounts.words import ChangeType, CheckUpItem, EventWords, RestoreStep, SignInDetail
from audit import context
from common import clock
from common.errors import Denied

_USED = gettext_lazy("This code is incorrect or has already been used.")


@dataclass(frozen=True)
class BoundAuthenticator:
    """``used_country`` and ``used_browser``: where it was used last. ``left``: how often it can still be
    used, None where nothing is used up. ``checked_at``: when its owner last said that it is still at hand.
    """

    id: int
    kind: str
    name: str
    bound_at: datetime
    removed_at: datetime | None
    used_at: datetime | None
    used_country: str
    used_browser: str
    left: int | None
    checked_at: datetime | None = None


@dataclass(frozen=True)
class Prompt:
    """The label of a field for a code, and the hint below it."""

    label: Promise
    hint: Promise


@dataclass(frozen=True)
class Ceremony:
    """How a page lets the browser show something: ``static/js/ceremony.js`` does as it says here.

    ``route``: where the challenge comes from. ``button``: what starts it, where no other button of the form
    does. ``cancelled``: it came to nothing, or the person gave up; ``missing``: this browser can't do it;
    ``scripts``: without scripts no browser can.
    """

    route: str
    button: Promise
    cancelled: Promise
    missing: Promise
    scripts: Promise


@dataclass(frozen=True)
class Words:
    """How pages name a kind. The prompts ask for a code at sign-in, for one from before some changes
    (``older``), and on the page of a caller (``asked``).

    ``proof``: what was shown, in the middle of a sentence; ``instead``: the link to this kind from another;
    ``wrong``: what a caller does after a wrong code, ``refused``: what is said elsewhere; ``too_young``: why
    no code of it is taken as proof. ``setup``: the choice to set one up first, with a line about it;
    ``alone``: the button to sign in by it without a password.
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
    refused: Promise = _USED
    setup: Prompt | None = None
    alone: Promise | None = None


@dataclass(frozen=True)
class Steps:
    """What a restore does with it: a stranger's goes out, a lost one too, the owner's comes back."""

    out: RestoreStep
    lost: RestoreStep
    back: RestoreStep


@dataclass(frozen=True)
class Pages:
    """``urls``: the module of its addresses. ``section``: its template among the sign-in methods.

    ``verify`` is the route of the page that asks for it at sign-in, and ``verify_path`` its address;
    ``enrol`` that of the page that binds the first one, "" where it can't be the first.
    ``fresh``: of the page that shows the code in place of a used one, "" where nothing is used up.
    """

    urls: str
    section: str
    verify: str
    verify_path: str
    fresh: str = ""
    enrol: str = ""


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


def _as_typed(_request: HttpRequest, typed: str) -> str:
    return typed


@dataclass(frozen=True)
class Kind:
    """One kind of authenticator. Its folder fills this in, and ``accounts.authenticators.registry`` lists it.

    ``factor`` is how sessions, the trail and evidence name a proof by it.

    What matters of it: ``is_spare``: it is there for when everything else is lost, so that an account with
    nothing else is led to set something up. ``in_the_hand``: a code of it can't lie in a stolen mailbox.
    ``can_be_lost``: a caller can say which one they have lost, and a restore then takes it out.
    ``lasts``: once shown it pays for all changes of five minutes; a code that was typed pays for one.

    ``form`` asks for it at sign-in, ``field`` anywhere else. A kind with a ``ceremony`` has a hidden field,
    which :class:`accounts.authenticators.fields.CeremonyField` is; of any other, ``recognises`` tells by the
    shape of what was typed, made plain. ``taken`` makes of what the field holds the ``code`` that services
    take: of a ceremony it takes the challenge out of the browser's session, once, and refuses where there is
    none. ``check`` says which of these locked rows a code is of, ``among`` locks them first; ``hint`` is a
    word about what may be wrong after a wrong code, or "". ``owner``: whose account a code is for, where it
    says so itself: by such a kind people sign in without a password.

    ``reject`` takes out what a stranger has bound, for good. ``bring_back`` puts back what was removed, False
    where that fails; ``can_come_back`` says so beforehand, given what else of the kind is not a stranger's.
    Both inside the caller's transaction. ``signs_in``: can its owner sign in by one of these?
    ``shred`` destroys what undoing needs no longer, and says how much that was.

    ``advice`` is a line of the check-up about what is bound of this kind. ``left`` counts how often each of
    these can still be used. ``make_first`` makes codes to be saved along with the first authenticator of an
    account. A used code is replaced at once: ``fresh`` is the token of the page that shows the new one to who
    has just used the old one, "" without any; ``replace_used`` hands it over where one was shown to the desk.
    ``remind`` mails whose codes have lain untouched for a year, and says how many that were.

    ``apply`` makes a change of this kind that has waited.
    """

    kind: AuthenticatorKind
    factor: Factor
    icon: str
    is_spare: bool
    in_the_hand: bool
    can_be_lost: bool
    lasts: bool
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
    ceremony: Ceremony | None = None
    taken: Callable[[HttpRequest, str], str] = _as_typed
    owner: Callable[[str], int | None] | None = None
    hint: Callable[[Collection[int], str], str] = _no_hint
    left: Callable[[Collection[int]], Mapping[int, int]] = _nothing_left
    make_first: Callable[[User], list[str]] = _nothing_made
    replace_used: Callable[[int], str | None] = _nothing_replaced
    fresh: Callable[[int], str] = _nothing_fresh
    remind: Callable[[], int] = _nobody_reminded
    apply: Mapping[ChangeKind, Apply[object]] = dataclasses.field(default_factory=dict)


def locked(rows: QuerySet[Authenticator]) -> list[Authenticator]:
    """The rows, locked until the caller's transaction ends: a code is checked by one request at a time."""
    return list(rows.select_for_update().order_by("pk"))


def locked_among(ids: Collection[int], kind: AuthenticatorKind) -> list[Authenticator]:
    return locked(Authenticator.objects.filter(pk__in=list(ids), kind=kind, rejected=False))


def where_used() -> dict[str, object]:
    """When and where something is used now, as columns of its row."""
    origin = context.current().origin
    return {
        "used_at": clock.now(),
        "used_country": origin.country[:2],
        "used_browser": origin.browser[:120],
    }


def has_everyday(user_id: int) -> bool:
    """Is anything bound that isn't there for emergencies only?"""
    return _everyday(user_id).exists()


def check_is_not_last(user_id: int, authenticator_id: int) -> None:
    """An account keeps at least one authenticator for every day, of whichever kind.

    Raises:
        Denied: this is the last one.
    """
    if not _everyday(user_id).exclude(pk=authenticator_id).exists():
        raise Denied(_("This is your only way to complete two-step verification. Add another one first."))


def _everyday(user_id: int) -> QuerySet[Authenticator]:
    return Authenticator.objects.filter(user=user_id, removed_at=None).exclude(kind__in=SPARE_KINDS)
