"""Putting an account back: what doubtful changes did is undone, and what they took away comes back.

:func:`accounts.rollback.plans.plan` reads what would be done, :func:`restore` does exactly that in one
transaction. Who may ask for it is decided by the callers: the desk by its evidence, *This was not me* by a
factor older than the change.
"""

from dataclasses import dataclass
from typing import Literal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import owner_notifications, policies
from accounts.credentials import password_links
from accounts.doubt.judgement import Doubt
from accounts.doubt.selectors import address_key, doubt_about
from accounts.enums import FreezeReason, LinkReason
from accounts.freezes import services as freezes
from accounts.models import Freeze, User
from accounts.rollback import undoing
from accounts.rollback.finding import ONLY_DOUBTFUL, Found, Terms, find
from accounts.rollback.plans import Step, steps_of
from accounts.selectors import BoundAddress
from accounts.sessions import services as sessions
from audit.recording import record
from common import clock
from common.errors import Denied, Stale


@dataclass(frozen=True)
class Restored:
    """``changes``: how many were undone; ``addresses``: those that count, which may hear the findings."""

    changes: int
    steps: tuple[Step, ...]
    password_link_token: str | None
    addresses: tuple[str, ...]


@transaction.atomic
def restore(
    *,
    user_id: int,
    terms: Terms = ONLY_DOUBTFUL,
    case: int | None = None,
    by: int | None = None,
    password_link_for: Literal["mail", "now"] = "mail",  # noqa: S107 - the way, not a password
    tell: bool = True,
) -> Restored:
    """Undo what is doubtful, and what else ``terms`` ask for, in one transaction.

    The password becomes void whether or not it was changed: whoever came in may know it. A one-time link
    to choose a new one is mailed to the addresses that count, or its token returned for the browser that
    proved itself (``"now"``). ``by`` is the agent; without it the person acts for themselves.

    Raises:
        Stale: the account has been put back a short time ago, and nothing is left to undo.
        Denied: the former address belongs to somebody else by now.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    found = find(user, terms)
    if not found.moves_something and is_put_back(user_id):
        raise Stale(_("This account has already been restored."))
    # Written down before anything moves: afterwards nobody could tell whom it concerned.
    told = _counting(user_id, found.doubt)
    steps = steps_of(found)
    now = clock.now()
    removed = undoing.undo(found, now, tell=tell)
    _close(found, case)
    record(
        "credential.restored",
        account=user_id,
        actor=by,
        case=case,
        details={"what": [step.kind for step in steps], "undone": len(found.changes), "removed": removed},
    )
    if tell and (found.doubt.is_strong or not found.lost):
        # Of a lost authenticator the letter tells; this notice speaks of what somebody else has changed.
        owner_notifications.notify_of_restore(user, at=now, told=told, case=case)
    token = _link(found, password_link_for, told, case)
    return Restored(len(found.changes), steps, token, tuple(one.value for one in told))


def _close(found: Found, case: int | None) -> None:
    """Whoever is signed in has to come in again, and the details stay as they are for a while."""
    user_id = found.user.pk
    sessions.end_others(user_id=user_id, keep=None, reason="restored")
    freezes.lift(user_id=user_id, how="restored", reasons=tuple(FreezeReason), tell=False)
    freezes.freeze_after_restore(user=found.user, case=case)


def _link(
    found: Found, how: Literal["mail", "now"], told: list[BoundAddress], case: int | None
) -> str | None:
    """If the password was invalidated: a one-time link to choose one, e-mailed or for this browser."""
    if found.keeps_password:
        password_links.void_all(found.user)
    elif how == "now":
        return password_links.make(found.user, LinkReason.RESTORED)
    else:
        password_links.mail(found.user, LinkReason.RESTORED, addresses=_for_link(found.user, told), case=case)
    return None


def _counting(user_id: int, doubt: Doubt) -> list[BoundAddress]:
    """The owner's addresses that count as evidence."""
    return [one for one in owner_notifications.owners(user_id, doubt) if doubt.counts(address_key(one.id))]


def _for_link(user: User, told: list[BoundAddress]) -> list[str]:
    """The address to sign in with, if it counts; else all that count. Never one that is in doubt."""
    counting = [one.value for one in told if one.signs_in] or [one.value for one in told]
    return [user.email] if user.email in counting else counting


@transaction.atomic
def send_link_again(*, user_id: int, case: int | None = None) -> None:
    """The account was put back a short time ago: a new one-time link goes to an address that counts.

    Raises:
        Denied: no address counts, or a doubt freezes the account.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    doubt = doubt_about(user_id)
    told = _counting(user_id, doubt)
    if not told or policies.is_frozen_by_doubt(user_id):
        raise Denied(_("There’s no address to send the link to."))
    password_links.mail(user, LinkReason.RESTORED, addresses=_for_link(user, told), case=case)


def is_put_back(user_id: int) -> bool:
    """Was the account restored within the last 72 hours?"""
    return Freeze.objects.active().filter(user=user_id, reason=FreezeReason.HOLD).exists()
