"""What happened to an account, told to its owner in the second person.

*You* is who was signed in. What came from a session, or belongs to a change, that the owner has disowned was
another's, and is told with where it came from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from accounts import selectors
from accounts.authenticators import registry as authenticators
from accounts.limits import UNDO_PERIOD
from accounts.selectors import ChangeSeen
from accounts.sessions import services as sessions
from accounts.states import OPEN_CHANGE, ChangeState
from accounts.words import HistorySentence
from audit import reading, registry
from audit import sentences as audit_sentences
from common import clock
from common.countries import country_name

HISTORY = timedelta(days=90)
DISOWNED = (ChangeState.OBJECTED, ChangeState.UNDONE)


# What happened to the person's own account. How staff work on a case is told in the letter.
_SENTENCES: Mapping[str, HistorySentence] = {
    "account.created": HistorySentence(_("Your account was created")),
    "account.address.verified": HistorySentence(_("You confirmed your e-mail address")),
    "sign_in.password_accepted": HistorySentence(
        _("Your password was accepted; two-step verification was still pending")
    ),
    "sign_in.succeeded": HistorySentence(
        _("You signed in with %(factor)s"),
        theirs=_("Someone signed in to your account with %(factor)s: %(session)s"),
    ),
    "sign_in.failed": HistorySentence(_("A sign-in to your account failed with %(factor)s: %(reason)s")),
    "sign_in.refused": HistorySentence(_("A sign-in to your account was denied: %(reason)s")),
    "sign_out": HistorySentence(_("You signed out"), theirs=_("%(session)s was signed out")),
    "session.ended": HistorySentence(
        _("One of your sessions was ended: %(reason)s"), yours=_("You ended a session")
    ),
    "session.expired": HistorySentence(_("One of your sessions expired: %(reason)s")),
    "password.link_sent": HistorySentence(_("You were sent a link to choose a new password: %(reason)s")),
    "password.found_leaked": HistorySentence(
        _("Your password was found among leaked ones when you signed in")
    ),
    "enrolment.link_sent": HistorySentence(_("You were sent a link to set up two-step verification")),
    "enrolment.link_used": HistorySentence(_("The link to set up two-step verification was used")),
    "password.link_used": HistorySentence(_("The link to choose a new password was used")),
    "credential.password.changed": HistorySentence(
        _("Your password was changed: %(how)s"),
        yours=_("You changed your password"),
        theirs=_("Your password was changed from %(session)s"),
    ),
    "credential.email.change_requested": HistorySentence(
        _("A change of your e-mail address to %(to_masked)s was requested"),
        yours=_("You asked to change your e-mail address to %(to_masked)s"),
        theirs=_("A change of your e-mail address to %(to_masked)s was requested from %(session)s"),
    ),
    "credential.email.changed": HistorySentence(
        _("Your e-mail address was changed from %(from_masked)s to %(to_masked)s"),
        yours=_("You changed your e-mail address from %(from_masked)s to %(to_masked)s"),
        theirs=_("Your e-mail address was changed from %(from_masked)s to %(to_masked)s: %(session)s"),
    ),
    "credential.email.change_cancelled": HistorySentence(
        _("A change of your e-mail address was cancelled"),
        yours=_("You cancelled the change of your e-mail address"),
    ),
    "credential.notice_address.requested": HistorySentence(
        _("Someone asked to send your notices to %(to_masked)s too"),
        yours=_("You asked to send your notices to %(to_masked)s too"),
        theirs=_("It was asked from %(session)s to send your notices to %(to_masked)s too"),
    ),
    "credential.notice_address.confirmed": HistorySentence(
        _("Someone who reads %(to_masked)s agreed to get your notices")
    ),
    "credential.notice_address.cancelled": HistorySentence(
        _("A new notification address was cancelled before it was confirmed")
    ),
    "credential.notice_address.added": HistorySentence(
        _("Your notices now go to %(to_masked)s too"),
        theirs=_("Your notices went to %(to_masked)s too: %(session)s"),
    ),
    "credential.notice_address.removed": HistorySentence(
        _("Your notices no longer go to %(from_masked)s"),
        yours=_("You removed the notification address %(from_masked)s"),
        theirs=_("The notification address %(from_masked)s was removed from %(session)s"),
    ),
    "credential.contact.added": HistorySentence(
        _("A recovery contact was named: %(contact_masked)s"),
        yours=_("You named a recovery contact: %(contact_masked)s"),
        theirs=_("A recovery contact was named from %(session)s: %(contact_masked)s"),
    ),
    "credential.contact.removed": HistorySentence(
        _("A recovery contact was removed: %(contact_masked)s"),
        yours=_("You removed a recovery contact: %(contact_masked)s"),
        theirs=_("A recovery contact was removed from %(session)s: %(contact_masked)s"),
    ),
    "contact.invited_again": HistorySentence(_("A recovery contact was invited again")),
    "contact.accepted": HistorySentence(_("%(contact_masked)s agreed to be your recovery contact")),
    "contact.declined": HistorySentence(_("%(contact_masked)s declined to be your recovery contact")),
    "contact.resigned": HistorySentence(_("%(contact_masked)s is no longer your recovery contact")),
    "credential.restored": HistorySentence(
        _("Your sign-in details were restored: %(what)s"),
        yours=_("You restored your sign-in details: %(what)s"),
    ),
    "credential.change.waiting": HistorySentence(
        _("A change was requested and waits until %(until)s: %(what)s"),
        yours=_("You asked for a change, which waits until %(until)s: %(what)s"),
        theirs=_("A change was requested from %(session)s: %(what)s"),
    ),
    "credential.change.cancelled": HistorySentence(
        _("A waiting change was cancelled: %(what)s"), yours=_("You cancelled a waiting change: %(what)s")
    ),
    "credential.change.stopped": HistorySentence(
        _("A waiting change was stopped before it took effect: %(what)s")
    ),
    "credential.change.refused": HistorySentence(
        _("A change to your sign-in details was denied: %(reason)s")
    ),
    "credential.renamed": HistorySentence(
        _("“%(from_name)s” was renamed to “%(name)s”"),
        yours=_("You renamed “%(from_name)s” to “%(name)s”"),
        theirs=_("“%(from_name)s” was renamed to “%(name)s” from %(session)s"),
    ),
    "freeze.placed": HistorySentence(_("Your sign-in details were frozen: %(reason)s")),
    "freeze.lifted": HistorySentence(_("Your sign-in details were unfrozen: %(how)s")),
    "freeze.resumed": HistorySentence(_("Your sign-in details stay frozen because of another request")),
    "objection.kept": HistorySentence(_("You confirmed suspicious changes as your own: %(changes)s")),
    "objection.made": HistorySentence(
        _("A change was reported as “This was not me” with the link in a notice")
    ),
    "session.disowned": HistorySentence(
        _("A sign-in was reported as “This was not me” with the link in a notice")
    ),
    "session.confirmed": HistorySentence(_("You confirmed a reported sign-in as your own")),
    "objection.evidence.failed": HistorySentence(_("An attempt to undo changes failed with %(factor)s")),
    "objection.undone": HistorySentence(_("Changes that weren’t yours were undone")),
}


def sentences() -> Mapping[str, HistorySentence]:
    return {**_SENTENCES, **{event.type.name: event.history for event in authenticators.events()}}


@dataclass(frozen=True)
class Row:
    """``change``: the one that *This was not me* is about, while it can be undone."""

    entry: reading.Entry
    sentence: str
    notes: tuple[str, ...]
    theirs: bool
    change: int | None


class History:
    """The last 90 days of an account, newest first; a part of it becomes sentences when it is shown."""

    def __init__(self, user_id: int) -> None:
        found = reading.of_account(user_id, clock.now() - HISTORY, actions=list(sentences()))
        self.entries = _worth_telling(found)[::-1]
        self._changes = {one.id: one for one in selectors.changes_since(user_id, clock.now() - HISTORY)}
        disowned = {one.session for one in self._changes.values() if one.state in DISOWNED}
        marked = {
            one.id for one in selectors.sessions_of(user_id) if one.disowned or one.end_reason == "desk"
        }
        self._strangers = (disowned | marked) - {None}

    def present(self, entries: Sequence[reading.Entry]) -> list[Row]:
        return [self._row(entry) for entry in entries]

    def _row(self, entry: reading.Entry) -> Row:
        change = self._change_of(entry)
        theirs = entry.session in self._strangers or bool(change and change.state in DISOWNED)
        notes = registry.type_of(entry.action).notes
        return Row(
            entry,
            _sentence(entry, theirs=theirs),
            tuple(str(words) for key, words in notes.items() if entry.details.get(key) is True),
            theirs,
            change.id if change and _can_be_undone(change) else None,
        )

    def _change_of(self, entry: reading.Entry) -> ChangeSeen | None:
        change = entry.details.get("change")
        return self._changes.get(change) if isinstance(change, int) else None


def _can_be_undone(change: ChangeSeen) -> bool:
    return change.state in OPEN_CHANGE and change.at >= clock.now() - UNDO_PERIOD


def _sentence(entry: reading.Entry, *, theirs: bool) -> str:
    said = sentences()[entry.action]
    own = entry.actor is not None and entry.actor == entry.account
    words = (said.theirs if theirs else said.yours if own else "") or said.plain
    keys = registry.type_of(entry.action).keys
    values = {key: audit_sentences.humanize(key, entry.details.get(key)) for key in keys}
    sentence = str(words) % {**values, "session": _session(entry)}
    return sentence[:1].upper() + sentence[1:]


def _session(entry: reading.Entry) -> str:
    """A session in words, for the middle of a sentence: ``a session in Germany (Firefox, Linux)``."""
    place = country_name(entry.country, get_language() or "en") or gettext("an unknown place")
    browser = entry.browser or gettext("unknown browser")
    return gettext("a session in %(place)s (%(browser)s)") % {"place": place, "browser": browser}


def _worth_telling(entries: list[reading.Entry]) -> list[reading.Entry]:
    """Without the halves of a whole: the password of a sign-in that succeeded, the end that a sign-out is."""
    came_in = {one.session for one in entries if one.action == "sign_in.succeeded"}
    return [
        one
        for one in entries
        if not (one.action == "sign_in.password_accepted" and one.session in came_in)
        and not (one.action == "session.ended" and one.details.get("reason") in sessions.ORDINARY)
    ]
