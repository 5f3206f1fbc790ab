"""What every method of evidence brings along: what can be asked for, how, and when an answer is right."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django import forms
from django.http import HttpRequest
from django.utils.functional import Promise

from recovery.evidence import policies
from recovery.models import Case, Evidence
from recovery.takeover.selectors import Offerable


@dataclass(frozen=True)
class Option:
    """One thing that the caller can be asked for. ``target``: to which address or contact something goes."""

    what: str
    target: int | None = None


@dataclass(frozen=True)
class Question:
    """What is kept of a question: what it is about, also masked, and the digest of what was sent."""

    target: int | None = None
    masked: str = ""
    digest: str = ""


@dataclass(frozen=True)
class Item:
    """An address, authenticator or contact that a method may have shown, by its key in the judgement."""

    key: str
    what: str
    bound_at: datetime


class EvidenceMethod(ABC):
    """One way in which a caller can show that the account is theirs.

    ``name`` is a value of ``recovery.models.evidence.Method``; ``proof``: what was shown, inside a sentence.
    ``in_the_hand``: it can't lie in a stolen mailbox. ``is_sent``: asking sends something to the caller.
    ``max_asked``: how often it may be asked for in one case, None where that does not matter. ``holds``: for
    how long it counts. ``is_typed``: the caller answers, on their own page; else somebody else does, on
    another one, and ``shown``, ``field``, ``hint`` and ``wrong`` are asked of nobody.
    """

    name: str
    proof: str | Promise
    icon: str
    in_the_hand: bool
    is_sent = False
    is_typed = True
    life: timedelta = policies.PROMPT_LIFE
    holds: timedelta = policies.EVIDENCE_LIFE
    max_asked: int | None = None

    @abstractmethod
    def options(self, offered: Offerable) -> Sequence[Option]:
        """What the agent can ask for, of what counts as the owner's."""

    @abstractmethod
    def described(self, masked: str) -> str:
        """What was asked for in a case that is closed."""

    @abstractmethod
    def ask(self, case: Case, offered: Offerable, target: int | None) -> Question:
        """Ask the caller, inside the caller's transaction.

        Raises:
            Denied: nothing of this is accepted as the owner's.
        """

    def shown(self, evidence: Evidence, typed: str) -> int | None:
        """Of which address or authenticator this is a right answer, or None. A wrong one counts.

        Raises:
            Throttled: it was tried too often at the desk.
        """
        raise NotImplementedError

    def field(self) -> forms.CharField:
        """Asks for the answer, on the claimant's own page."""
        raise NotImplementedError

    def taken(self, _request: HttpRequest, typed: str) -> str:
        """What that field holds, as :meth:`shown` takes it.

        Raises:
            Denied: the page has to be shown again first.
        """
        return typed

    def hint(self, masked: str) -> str:
        """What the page says below that field."""
        raise NotImplementedError

    def wrong(self, case: Case, typed: str) -> str:
        """What the page says after a wrong answer."""
        raise NotImplementedError

    @abstractmethod
    def item_key(self, target: int) -> str:
        """What an evidence was about, by the key that the judgement knows it by."""

    @abstractmethod
    def items(self, offered: Offerable, target: int | None) -> Sequence[Item]:
        """What an evidence may have been about, as facts that stay."""

    def replace_used(self, _user_id: int) -> str | None:
        """What the owner gets in place of what was used up by showing it."""
        return None
