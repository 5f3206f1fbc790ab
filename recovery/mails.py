"""The e-mails about cases, one function each."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.utils.translation import gettext_lazy as _

from common import clock, codes
from notifications.delivery import services
from notifications.recipients import Recipient
from notifications.registry import WORDS, register, register_words
from notifications.value_types import Link, Place, PublicPage

CheckInReason = Literal["restored", "lost"]
DisputeNews = Literal["contested", "given", "stays", "withdrawn"]


register(
    {
        "case_refused": _("we couldn’t restore the account"),
        "check_in": _("next-day check-in"),
        "contact_asked": _("a recovery contact is asked to vouch"),
        "contact_was_asked": _("we asked a recovery contact"),
        "fraud_reported": _("a recovery contact reported a fraud"),
        "dispute_announced": _("a restore was announced"),
        "dispute_news": _("dispute update"),
        "evidence_code": _("code for the call"),
        "factor_replaced": _("your lost sign-in method was removed"),
        "findings": _("our findings"),
        "sessions_ended": _("sessions were ended during a call"),
        "call_confirm": _("link to ask for a call"),
        "approval_wanted": _("an agent asks for a second person"),
        "unreachable": _("we couldn’t reach you"),
    }
)
register_words(
    changes={"sign_in": _("Signed in")},
    unchanged={"profile": _("Your name, language and time zone")},
)


@dataclass(frozen=True)
class Change:
    """One line of what was found: when, and what the intruder did, a kind of change or ``sign_in``.

    ``stopped``: they asked for it, and it never took effect.
    """

    at: datetime
    what: str
    stopped: bool = False

    def __post_init__(self) -> None:
        if self.what not in WORDS["changes"]:
            raise ValueError(f"the letter has no words for {self.what!r}")


def call_confirm(recipient: Recipient, *, link: str, until: datetime, number_masked: str) -> int:
    """Someone asks for a call from a crowded network: the link sends the request without a wait."""
    return services.queue(
        "call_confirm", recipient, link=Link(link, until), until=until, number=number_masked
    )


def evidence_code(recipient: Recipient, *, code: str, minutes: int, agent_name: str) -> int:
    """The code that a caller enters on the status page during the call."""
    until = clock.now() + timedelta(minutes=minutes)
    return services.queue("evidence_code", recipient, code=codes.grouped(code), until=until, agent=agent_name)


def contact_asked(recipient: Recipient, *, owner: str, link: str, until: datetime) -> int:
    """To a recovery contact: is it really the owner who asks? ``link`` is good once."""
    return services.queue("contact_asked", recipient, owner=owner, link=Link(link, until), until=until)


def contact_was_asked(recipient: Recipient, *, at: datetime, help_link: str) -> int:
    """To the owner: one of their contacts is asked to vouch for who is on the phone."""
    return services.queue("contact_was_asked", recipient, at=at, help_link=PublicPage(help_link))


def fraud_reported(recipient: Recipient, *, at: datetime, help_link: str) -> int:
    """To the owner: a recovery contact says that whoever asks for the account isn't them."""
    return services.queue("fraud_reported", recipient, at=at, help_link=PublicPage(help_link))


def findings(
    recipient: Recipient,
    *,
    first_name: str,
    window_from: datetime,
    window_to: datetime,
    place: str,
    browser: str,
    changes: Sequence[Change],
    unchanged: Sequence[str],
    done: Sequence[str],
    link: str,
) -> int:
    """The summary after a restore: what was found, what was restored, what to do now.

    Only to addresses that count as the owner's. ``link`` leads to the security check-up.
    """
    return services.queue(
        "findings",
        recipient,
        name=first_name,
        since=window_from,
        to=window_to,
        place=Place(place),
        browser=browser,
        changes=[asdict(change) for change in changes],
        unchanged=list(unchanged),
        done=list(done),
        link=Link(link),
    )


def factor_replaced(recipient: Recipient, *, first_name: str, done: Sequence[str], link: str) -> int:
    """The summary after a lost authenticator was removed: what was done, and how to set up a new one.

    It mentions no intruder. ``link`` leads to signing in.
    """
    return services.queue("factor_replaced", recipient, name=first_name, repairs=list(done), link=Link(link))


def sessions_ended(recipient: Recipient, *, at: datetime, count: int, link: str) -> int:
    """During a call an agent ended sessions that the caller didn't recognise. ``link``: who is signed in."""
    return services.queue("sessions_ended", recipient, at=at, count=count, link=Link(link))


def check_in(
    recipient: Recipient, *, link: str, due_at: datetime | None = None, why: CheckInReason = "restored"
) -> int:
    """The day after a restore: is all well? With ``due_at`` the e-mail waits in its row until then.

    ``why``: ``lost`` if only an authenticator app was lost.
    """
    return services.queue("check_in", recipient, due_at=due_at, link=Link(link), why=why)


def unreachable(recipient: Recipient, *, tries: int, link: str) -> int:
    """We called and nobody answered; ``link`` leads to asking again."""
    return services.queue("unreachable", recipient, tries=tries, link=Link(link))


def case_refused(recipient: Recipient, *, reason_words: str, link: str) -> int:
    """The account was not restored. ``reason_words`` is a sentence in the recipient's language."""
    return services.queue("case_refused", recipient, reason=reason_words, link=Link(link))


def dispute_announced(recipient: Recipient, *, until: datetime, link: str, help_link: str) -> int:
    """Someone has shown that the account was theirs. They get it back at ``until``, unless it is contested.

    To every address of the account, with a link of its own to contest it.
    """
    return services.queue(
        "dispute_announced", recipient, until=until, link=Link(link), help_link=PublicPage(help_link)
    )


def dispute_news(recipient: Recipient, *, what: DisputeNews) -> int:
    """What became of the dispute about an account: the same text to both sides."""
    return services.queue("dispute_news", recipient, what=what)


def approval_wanted(recipient: Recipient, *, case_reference: str, agent: str, at: datetime, link: str) -> int:
    """To a supervisor: an agent asks for a second person, and nobody has decided.

    It says nothing about the case but its number.
    """
    return services.queue(
        "approval_wanted", recipient, case_reference=case_reference, agent=agent, at=at, link=Link(link)
    )
