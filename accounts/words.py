"""What is said of a sign-in detail and of what happens to it: whoever adds one fills these in, in one place.

Pages, mails, the trail and the desk print them and know no detail by its name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.enums import ChangeKind
from audit.registry import EventType, Words

PREVIOUS, NEW = _("the previous one"), _("a new one")


@dataclass(frozen=True)
class Notice:
    """The mail after a change: its subject, and its first paragraph with ``%(site)s``."""

    subject: Words
    text: Words


@dataclass(frozen=True)
class SignInDetail:
    """Something that a person signs in with. ``name`` is kept in mails and in the trail.

    ``trail``: in the middle of a sentence; ``unchanged``: a line of what a stranger has left alone.
    """

    name: str
    trail: Words
    unchanged: Words
    notice: Notice


@dataclass(frozen=True)
class ChangeType:
    """A way in which a detail is changed. ``action`` is its event.

    ``title`` says it to the owner, ``letter`` in the list of what a stranger did, ``desk`` to agents,
    ``trail`` in the middle of a sentence, ``asked`` what somebody wants where it waits. ``before`` and
    ``after`` stand where no address and no name can be shown, "" where there was nothing.
    """

    kind: ChangeKind
    detail: SignInDetail
    action: str
    title: Words
    letter: Words
    desk: Words
    trail: Words
    asked: Words
    before: Words = PREVIOUS
    after: Words = NEW


@dataclass(frozen=True)
class HistorySentence:
    """``plain`` where nobody is named; ``yours`` and ``theirs`` where it matters who it was."""

    plain: Words
    yours: Words = ""
    theirs: Words = ""


@dataclass(frozen=True)
class EventWords:
    """A type of event, whose own sentence is the trail's, and what else is said of it.

    ``history``: to the owner; ``stranger``: to the desk, of a session that is doubted (``%(session)s``);
    ``tick``: a label in the picture of the account's life.
    """

    type: EventType
    history: HistorySentence
    stranger: Words
    tick: Words


@dataclass(frozen=True)
class RestoreStep:
    """A thing that a restore does. ``name`` is kept in mails, findings and the trail.

    ``letter`` tells the owner after a takeover, ``after_loss`` where no stranger may be spoken of. ``plan``
    makes three parts for the desk of the step's data: the thing, how it is now, how it will be.
    """

    name: str
    trail: Words
    letter: Words
    plan: Callable[[Mapping[str, Any]], tuple[str, str, str]]
    after_loss: Words = ""


@dataclass(frozen=True)
class CheckUpItem:
    """A line of the security check-up: good as it is, or, with a ``link``, something to do."""

    title: str
    words: str
    link: Words = ""
    button: str = ""
