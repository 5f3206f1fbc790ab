"""The security check-up: what is good, and what to do next, at most three things in order of use."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts import selectors
from accounts.disputes import was_this_you as settle
from accounts.disputes.was_this_you import Question
from accounts.enums import AuthenticatorKind
from accounts.selectors import FreezeSeen
from accounts.signals import check_up_asked

MIN_CODES = 3


@dataclass(frozen=True)
class Item:
    title: str
    words: str
    link: str | Promise = ""
    button: str = ""


@dataclass
class CheckUp:
    good: list[Item] = field(default_factory=list)
    todo: list[Item] = field(default_factory=list)
    freezes: list[FreezeSeen] = field(default_factory=list)
    urgent: list[Item] = field(default_factory=list)
    doubt: Question = field(default_factory=Question)


def check_up(user_id: int) -> CheckUp:
    found = CheckUp(freezes=selectors.active_freezes(user_id), doubt=settle.question(user_id))
    found.urgent = list(_urgent(user_id))
    _doubt(found)
    bound = selectors.bound_authenticators(user_id)
    apps = [one for one in bound if one.kind == AuthenticatorKind.TOTP]
    codes = next((one for one in bound if one.kind == AuthenticatorKind.RECOVERY_CODES), None)
    pending = selectors.pending_email(user_id)
    if pending:
        found.todo.append(
            Item(
                _("Confirm your new e-mail address"),
                _("We sent a link to %(address)s. Until you open it, nothing changes.")
                % {"address": pending},
                reverse_lazy("accounts:change_email"),
                _("Review"),
            )
        )
    found.good.append(Item(_("Two-step verification is on"), _("A password alone isn’t enough to sign in.")))
    _codes(found, codes.left or 0 if codes else 0)
    _apps(found, len(apps))
    others = len(selectors.open_sessions(user_id)) - 1
    if others > 0:
        found.todo.append(
            Item(
                _("You’re signed in on other browsers too"),
                _("Check that you recognise every browser in the list."),
                reverse_lazy("accounts:sessions"),
                _("Sessions"),
            )
        )
    else:
        found.good.append(
            Item(_("You’re signed in only on this browser"), _("No other browser is signed in."))
        )
    found.todo = found.todo[:3]
    return found


def _doubt(found: CheckUp) -> None:
    """What is strongly doubted stands above all else on the page; a weak doubt is one thing to do."""
    if found.doubt.groups and not found.doubt.is_strong:
        found.todo.append(
            Item(
                _("Confirm a recent change"),
                _("A change was made from a new browser or a new place. Tell us whether it was you."),
                reverse_lazy("accounts:doubt"),
                _("Review"),
            )
        )


def _urgent(user_id: int) -> Iterator[Item]:
    """What apps above this one want its owner to see first."""
    answers: list[Any] = [answer for _who, answer in check_up_asked.send(CheckUp, user_id=user_id)]
    yield from (answer for answer in answers if isinstance(answer, Item))


def _codes(found: CheckUp, left: int) -> None:
    if left > MIN_CODES:
        found.good.append(Item(_("You have recovery codes"), _("Unused codes: %(count)d") % {"count": left}))
        return
    found.todo.append(
        Item(
            _("Create new recovery codes"),
            _("Unused codes: %(count)d. They let you sign in if you lose your phone.") % {"count": left},
            reverse_lazy("accounts:recovery_codes"),
            _("Create new codes"),
        )
    )


def _apps(found: CheckUp, count: int) -> None:
    if count > 1:
        found.good.append(
            Item(
                _("You have more than one authenticator app"),
                _("If you lose one, you can sign in with another."),
            )
        )
        return
    found.todo.append(
        Item(
            _("Add a second authenticator app"),
            _("Set it up on another device, so that you can still sign in if you lose your phone."),
            reverse_lazy("accounts:totp_add"),
            _("Add one"),
        )
    )
