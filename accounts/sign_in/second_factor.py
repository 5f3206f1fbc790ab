"""The second half of signing in, and the step-up: a code of what the person has bound."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts import owner_notifications, policies
from accounts.authenticators import registry, throttling
from accounts.authenticators.base import locked
from accounts.doubt.selectors import authenticator_key, doubt_about
from accounts.enums import Factor
from accounts.models import Authenticator, User
from accounts.sessions import known_browsers
from audit import context
from audit.recording import record
from common import clock
from common.errors import Denied, Throttled


class TooYoung(Denied):
    """What was shown is right, and too young to allow a change in a risky session."""


def check_code(*, user: User, factor: Factor, code: str) -> Authenticator | None:
    """Of which authenticator this is a code, or None. A right one is used up, a wrong one counts.

    Wrong codes count where they come from. The caller's transaction holds the authenticators; it lets the
    session in or goes on to :func:`count_wrong_code`.

    Raises:
        Throttled: too many wrong codes from here.
        Doubted: what was shown is doubted while a freeze lasts.
    """
    bound = locked(_bound(user, factor))
    usable = _usable(bound, user.pk)
    if bound and not usable:
        raise doubted()
    here = context.current()
    known = known_browsers.of_user(here.device, user)
    source = throttling.source_of(user, known, here.origin.address)
    return registry.by_factor(factor).check(usable, code, source)


def refused(*, user: User, factor: Factor, refusal: Denied | Throttled, step_up: bool) -> None:
    """Record that no code was looked at."""
    reason = "too_many_tries" if isinstance(refusal, Throttled) else "frozen"
    record(
        "step_up.failed" if step_up else "sign_in.refused",
        account=user.pk,
        outcome="denied",
        details={"factor": factor} if step_up else {"reason": reason},
    )


def check_is_old_enough(*, user: User, shown: int | None) -> None:
    """In a risky session only what counts as the owner's, bound more than 72 hours ago, lets anything change.

    Raises:
        TooYoung: what was shown last does not count.
    """
    if shown is None or not doubt_about(user.pk).counts(authenticator_key(shown)):
        raise TooYoung(
            _(
                "This sign-in looks unusual, so please confirm it with something you set up more than "
                "72 hours ago. Or make the change in a browser you’ve used before."
            )
        )


def doubted() -> policies.Doubted:
    return policies.Doubted(
        _(
            "This account is protected right now, and anything set up by a suspicious "
            "change can’t be used to sign in. If you made that change, confirm it with "
            "something you had before it."
        )
    )


def _bound(user: User, factor: Factor) -> QuerySet[Authenticator]:
    return Authenticator.objects.filter(user=user, kind=registry.by_factor(factor).kind, removed_at=None)


def keeps_some_back(user: User, factor: Factor) -> bool:
    """Is one of what is bound kept back, so that a right code of it was a wrong one?"""
    bound = list(_bound(user, factor))
    return len(_usable(bound, user.pk)) < len(bound)


def _usable(bound: list[Authenticator], user_id: int) -> list[Authenticator]:
    """While a doubt freezes the account, nothing that a doubtful change has bound signs in."""
    if not bound or not policies.is_frozen_by_doubt(user_id):
        return bound
    doubt = doubt_about(user_id)
    return [one for one in bound if not doubt.is_doubtful(authenticator_key(one.pk))]


@transaction.atomic
def count_wrong_code(*, user: User, factor: Factor, step_up: bool) -> None:
    """Record a wrong code, and tell its owner.

    Called when the authenticators are let go: whoever restores an account locks the person before them.
    """
    if step_up:
        record("step_up.failed", account=user.pk, outcome="failed", details={"factor": factor})
    else:
        record(
            "sign_in.failed", account=user.pk, outcome="failed", details={"factor": factor, "reason": "wrong"}
        )
    owner_notifications.notify_of_wrong_code(
        user, session=context.current().session, at=clock.now(), signed_in=step_up
    )
