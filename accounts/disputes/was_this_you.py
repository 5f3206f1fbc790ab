"""*Was this you?*: the owner answers for what is doubted, with something older than that.

The page that refuses somebody leads here, whatever has placed the freeze. What a doubtful change has bound
answers for nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.authenticators import registry, throttling
from accounts.authenticators.base import Kind, Prompt
from accounts.disputes import objections
from accounts.doubt.judgement import Doubt, DoubtfulChange
from accounts.doubt.selectors import doubt_about
from accounts.doubt.words import REASONS
from accounts.enums import Factor
from accounts.models import User
from accounts.rollback import services as rollback
from accounts.selectors import ChangeSeen, changes_named
from accounts.sessions import known_browsers
from audit import context
from common.errors import Denied, Stale


@dataclass(frozen=True)
class Doubted:
    """A doubtful change with its reasons in words."""

    change: ChangeSeen
    reasons: tuple[Promise, ...]


@dataclass(frozen=True)
class Group:
    """What one session did, which is answered together. ``strong``: enough to freeze the account."""

    id: str
    changes: tuple[Doubted, ...]
    strong: bool


@dataclass(frozen=True)
class Question:
    """What is doubted, the oldest group first. ``factors``: by what it can be answered."""

    groups: tuple[Group, ...] = ()
    factors: tuple[Factor, ...] = ()

    @property
    def is_strong(self) -> bool:
        return any(group.strong for group in self.groups)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return tuple(registry.by_factor(factor) for factor in self.factors)

    @property
    def typed(self) -> tuple[Kind, ...]:
        """By codes of which it can be answered."""
        return tuple(kind for kind in self.kinds if not kind.ceremony)

    @property
    def prompt(self) -> Prompt:
        if len(self.typed) == 1:
            return self.typed[0].words.older
        return Prompt(
            gettext_lazy("A code from before these changes"),
            gettext_lazy(
                "Use a code from an authenticator app that you had before (even if it was removed "
                "in the last 30 days), or one of the recovery codes you had before."
            ),
        )


def question(user_id: int) -> Question:
    groups = groups_of(doubt_about(user_id))
    found: set[Factor] = set()
    for group in groups:
        found |= set(objections.factors_older_than(user_id, _ids([group])))
    return Question(groups, tuple(factor for factor in Factor if factor in found))


def groups_of(doubt: Doubt) -> tuple[Group, ...]:
    seen = changes_named(doubt.change_ids)
    by_session: dict[str, list[DoubtfulChange]] = {}
    for one in doubt.changes:
        by_session.setdefault(one.change.session or f"change-{one.change.id}", []).append(one)
    return tuple(
        Group(
            id=key,
            changes=tuple(
                Doubted(seen[one.change.id], tuple(REASONS[reason] for reason in one.reasons)) for one in ones
            ),
            strong=any(one.strong for one in ones),
        )
        for key, ones in by_session.items()
    )


def _ids(groups: Collection[Group]) -> list[int]:
    return [one.change.id for group in groups for one in group.changes]


@transaction.atomic
def confirm(*, user: User, groups: Collection[str], factor: Factor, code: str, browser: str) -> bool:
    """*Yes, it was me*: these groups are settled for good, and freezes end with the doubt. False: wrong code.

    ``browser`` is the fingerprint of the browser's cookie: wrong codes count where they come from, together
    with those of signing in.

    Raises:
        Stale: one of the groups is not doubted any more.
        Denied: nothing of this kind is older than these changes.
        Throttled: too many wrong codes from here.
    """
    changes = _chosen(user, groups)
    if not _prove(user, changes, factor, code, browser):
        return False
    objections.keep_all(user_id=user.pk, changes=changes)
    return True


@transaction.atomic
def undo_them(
    *, user: User, groups: Collection[str], factor: Factor, code: str, browser: str
) -> rollback.Restored | None:
    """*No, undo it*: these groups and everything else that is doubted. None where the code is wrong.

    What comes back carries the token of a one-time link to choose a password, for this browser.

    Raises: as :func:`confirm`; and
        Denied: nothing but an objection speaks against these changes.
    """
    changes = _chosen(user, groups)
    if not _prove(user, changes, factor, code, browser):
        return None
    return objections.undo_all(user_id=user.pk, changes=changes)


@transaction.atomic
def hint(*, user: User, groups: Collection[str], factor: Factor, code: str) -> str:
    """A word about what may be wrong after a wrong code, or ""."""
    return objections.hint(user_id=user.pk, changes=_chosen(user, groups), factor=factor, code=code)


def _chosen(user: User, groups: Collection[str]) -> list[int]:
    """The changes of these groups, after the person's row was locked: one answer comes after the other."""
    User.objects.select_for_update().get(pk=user.pk)
    chosen = [group for group in groups_of(doubt_about(user.pk)) if group.id in groups]
    if not chosen or len(chosen) != len(set(groups)):
        raise Stale(_("This has already been answered. Check the page again."))
    return _ids(chosen)


def _prove(user: User, changes: list[int], factor: Factor, code: str, browser: str) -> bool:
    if factor not in objections.factors_older_than(user.pk, changes):
        raise Denied(str(registry.by_factor(factor).words.too_young))
    source = throttling.source_of(
        user, known_browsers.of_user(browser, user), context.current().origin.address
    )
    return objections.prove(user_id=user.pk, changes=changes, factor=factor, code=code, source=source)
