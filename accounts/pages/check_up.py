"""The security check-up: what is good, and what to do next, at most three things in order of use."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from accounts import selectors
from accounts.authenticators import registry
from accounts.authenticators import selectors as authenticators
from accounts.disputes import was_this_you
from accounts.disputes.was_this_you import Question
from accounts.recovery_contacts.selectors import contacts_of
from accounts.selectors import ChangeSeen, FreezeSeen
from accounts.signals import check_up_asked
from accounts.words import CheckUpItem


@dataclass
class CheckUp:
    good: list[CheckUpItem] = field(default_factory=list)
    todo: list[CheckUpItem] = field(default_factory=list)
    freezes: list[FreezeSeen] = field(default_factory=list)
    urgent: list[CheckUpItem] = field(default_factory=list)
    doubt: Question = field(default_factory=Question)
    waiting_changes: list[ChangeSeen] = field(default_factory=list)


def check_up(user_id: int) -> CheckUp:
    found = CheckUp(
        freezes=selectors.active_freezes(user_id),
        doubt=was_this_you.question(user_id),
        waiting_changes=selectors.waiting_changes(user_id),
    )
    found.urgent = list(_urgent(user_id))
    _doubt(found)
    if selectors.has_leaked_password(user_id):
        found.todo.append(
            CheckUpItem(
                _("Change your password"),
                _("It has appeared in a leak from another site, so others may try it."),
                reverse_lazy("accounts:change_password"),
                _("Change"),
            )
        )
    pending = selectors.pending_email(user_id)
    if pending:
        found.todo.append(
            CheckUpItem(
                _("Confirm your new e-mail address"),
                _("We sent an e-mail to %(address)s. Until you confirm the address, nothing changes.")
                % {"address": pending},
                reverse_lazy("accounts:change_email"),
                _("Review"),
            )
        )
    found.good.append(
        CheckUpItem(_("Two-step verification is on"), _("A password alone isn’t enough to sign in."))
    )
    _authenticators(found, user_id)
    others = len(selectors.open_sessions(user_id)) - 1
    if others > 0:
        found.todo.append(
            CheckUpItem(
                _("You’re signed in on other browsers too"),
                _("Check that you recognise every browser in the list."),
                reverse_lazy("accounts:sessions"),
                _("Sessions"),
            )
        )
    else:
        found.good.append(
            CheckUpItem(_("You’re signed in only on this browser"), _("No other browser is signed in."))
        )
    _companions(found, user_id)
    found.todo = found.todo[:3]
    return found


def _companions(found: CheckUp, user_id: int) -> None:
    """Who else would hear of a takeover, and who could say that it is them."""
    if selectors.notice_address(user_id):
        found.good.append(
            CheckUpItem(_("You have a second notification address"), _("We tell it about every change too."))
        )
    else:
        found.todo.append(
            CheckUpItem(
                _("Add a second notification address"),
                _("If someone gets into your mailbox, you’ll still hear about it."),
                reverse_lazy("accounts:notice_address"),
                _("Add an address"),
            )
        )
    counting = sum(one.counts for one in contacts_of(user_id))
    if counting:
        found.good.append(
            CheckUpItem(
                _("You have recovery contacts"),
                _("People who can vouch for you: %(count)d") % {"count": counting},
            )
        )
    elif not contacts_of(user_id):
        found.todo.append(
            CheckUpItem(
                _("Choose a recovery contact"),
                _("Someone you trust can vouch for you if you lose everything else."),
                reverse_lazy("accounts:contacts"),
                _("Choose someone"),
            )
        )


def _doubt(found: CheckUp) -> None:
    """What is strongly doubted stands above all else on the page; a weak doubt is one thing to do."""
    if found.doubt.groups and not found.doubt.is_strong:
        found.todo.append(
            CheckUpItem(
                _("Confirm a recent change"),
                _("A change was made from a new browser or a new place. Tell us whether it was you."),
                reverse_lazy("accounts:doubt"),
                _("Review"),
            )
        )


def _urgent(user_id: int) -> Iterator[CheckUpItem]:
    """What apps above this one want its owner to see first."""
    answers: list[Any] = [answer for _who, answer in check_up_asked.send(CheckUp, user_id=user_id)]
    yield from (answer for answer in answers if isinstance(answer, CheckUpItem))


def _authenticators(found: CheckUp, user_id: int) -> None:
    """Spare ones first: whoever loses everything else depends on them. Of the others one is asked for.

    More of a kind that is there already only where nothing else stands beside it.
    """
    bound = authenticators.bound_authenticators(user_id)
    everyday = sum(not registry.by_kind(one.kind).is_spare for one in bound)
    asked = False
    for kind in sorted(registry.KINDS, key=lambda one: not one.is_spare):
        own = [one for one in bound if one.kind == kind.kind]
        item = kind.advice(own)
        if not item.link:
            found.good.append(item)
        elif kind.is_spare or not (asked or (own and everyday > 1)):
            found.todo.append(item)
            asked = asked or not kind.is_spare
