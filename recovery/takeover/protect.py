"""The account that a request names is protected at once."""

import logging

from django.db import transaction
from django.db.models import Min, QuerySet

import accounts.freezes.services
import accounts.selectors
import audit.recording
from accounts.sessions import known_browsers
from common import clock, live
from recovery import insiders, states
from recovery.models import Callback, Case

log = logging.getLogger(__name__)


PROTECTED_AT_ONCE = 20


@transaction.atomic
def protect(*, case_id: int) -> bool:
    """Look up the account, and freeze what a takeover touched. Once a case.

    Only doubtful sessions end, and only where the doubt is strong are sign-in details frozen: a healthy
    account is not touched by a stranger's request.

    Returns whether this call did it: not if somebody else did, or is busy with the case.
    """
    callback = _unprotected().filter(case=case_id).first()
    case = Case.objects.select_for_update().filter(pk=case_id, protected_at__isnull=True).first()
    if callback is None or case is None:
        return False
    now = clock.now()
    account = accounts.selectors.find_account(case.email)
    found, ended = False, 0
    if account:
        doubt, ended = accounts.freezes.services.protect(user_id=account, case=case.pk)
        found = doubt.is_strong
    Case.objects.filter(pk=case.pk).update(protected_at=now, account=account, is_takeover=found)
    _place(callback, account, runs=found)
    insiders.mark([callback])
    _tell_of_protection(case.pk, account=account, takeover=found, sessions_ended=ended)
    return True


def protect_waiting() -> int:
    """Protect the first of those who have asked and are not protected yet. Returns how many.

    One transaction does it for all who have no account, about whom there is nothing to find out. What
    somebody else is busy with is left to them.
    """
    with transaction.atomic():
        first = _unprotected().order_by("case__opened_at")[:PROTECTED_AT_ONCE]
        held = {callback.case_id: callback for callback in first}
        asked = Case.objects.select_for_update().filter(pk__in=held, protected_at__isnull=True)
        emails = dict(asked.values_list("pk", "email"))
        known = accounts.selectors.find_accounts(emails.values())
        strangers = [case_id for case_id, email in emails.items() if email not in known]
        Case.objects.filter(pk__in=strangers).update(protected_at=clock.now())
        insiders.mark([held[case_id] for case_id in strangers])
        for case_id in strangers:
            _tell_of_protection(case_id, account=None, takeover=False, sessions_ended=0)
    return len(strangers) + sum(_protected(case_id) for case_id in emails if case_id not in strangers)


def _protected(case_id: int) -> bool:
    """:func:`protect`, whatever happens: one account that cannot be looked into holds up nobody else."""
    try:
        return protect(case_id=case_id)
    except Exception:
        log.exception("case %s was not protected", case_id)
        return False


def _unprotected() -> QuerySet[Callback]:
    """Places in line to lock whose cases are not protected yet, but for those that somebody else holds."""
    return Callback.objects.select_for_update(of=("self",), skip_locked=True).filter(
        case__protected_at__isnull=True
    )


def _tell_of_protection(case_id: int, *, account: int | None, takeover: bool, sessions_ended: int) -> None:
    audit.recording.record(
        "case.protected",
        account=account,
        case=case_id,
        details={"matched": account is not None, "takeover": takeover, "sessions_ended": sessions_ended},
    )
    live.publish_on_commit("desk")
    live.publish_on_commit(f"case:{case_id}")


def _place(callback: Callback, account: int | None, *, runs: bool) -> None:
    """A takeover that runs is called first.

    Strangers may name one account from sixty networks. Who asks from where the account was used before takes
    the place of the first of them; nobody else is overtaken.
    """
    changes: dict[str, object] = {"priority": 0} if runs else {}
    if account is not None and (
        known_browsers.is_familiar_to(callback.browser, account)
        or accounts.selectors.is_familiar_network(account, callback.networks)
    ):
        same = Callback.objects.filter(case__account=account, state__in=states.OPEN_CALLBACK)
        changes |= {
            "unfamiliar": False,
            "turn_at": same.filter(due_at__lt=callback.due_at).aggregate(first=Min("due_at"))["first"],
        }
    if changes:
        Callback.objects.filter(pk=callback.pk).update(**changes)
