"""Who asks, and whose account it is: as much of both as may be seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import translation

import accounts.selectors
from accounts.authenticators.selectors import everyday_kinds
from accounts.selectors import AccountSummary, FreezeSeen
from common.email_addresses import mask
from recovery import insiders
from recovery.calls import selectors as call_selectors
from recovery.console import sentences
from recovery.models import Case
from recovery.states import AttemptState, CaseState
from recovery.takeover import policies as takeover_policies
from recovery.takeover import selectors as takeover_selectors
from telephony import numbers


def is_concealed(case: Case, person: int) -> bool:
    """Until its agent knows that they speak with whoever opened the page, nobody sees whose account it is.

    Anybody can ask for a call about anybody. Until the code was read out, *that* and *when* the account
    changed is all that is shown of it; so too to somebody who sits where the request came from.
    """
    return call_selectors.confirmed_attempt(case) is None or insiders.is_insider(case.callback, person)


def who_asks(case: Case) -> dict[str, Any]:
    return {
        "email": mask(case.email),
        "number": numbers.mask(case.callback.number),
        "language": language_name(case.callback.language),
        "category": case.get_category_display(),
        "state": sentences.CASE[CaseState(case.state)],
        "tone": sentences.CASE_TONE.get(CaseState(case.state), "off"),
        "attempts": [
            (one, sentences.ATTEMPT[AttemptState(one.state)]) for one in call_selectors.attempts_of(case)
        ],
    }


def language_name(code: str) -> str:
    return str(translation.get_language_info(code)["name_translated"])


@dataclass(frozen=True)
class Account:
    """What of the account may be seen here: masked, and only for whom the desk can act."""

    summary: AccountSummary
    freezes: Sequence[FreezeSeen]
    open_sessions: int
    address_changed: bool
    second_factors: Sequence[str]


def account(case: Case) -> Account | None:
    """None where there is none, and for a colleague's account: its life is not the desk's business.

    Nor of a case that is a snapshot: this is how the account is now.
    """
    if case.is_snapshot:
        return None
    summary = takeover_selectors.account_of(case)
    if summary is None or not takeover_policies.desk_can_recover(case):
        return None
    before = takeover_selectors.offerable(case).addresses
    return Account(
        summary=summary,
        freezes=accounts.selectors.active_freezes(summary.id),
        open_sessions=len(accounts.selectors.open_sessions(summary.id)),
        address_changed=bool(before) and all(one.masked != summary.email_masked for one in before),
        second_factors=[str(kind.detail.trail) for kind in everyday_kinds(summary.id)],
    )
