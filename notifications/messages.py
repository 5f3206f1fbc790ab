"""Every mail of the portal: one function each.

Call them inside the transaction that the mail tells of: each writes one row and rings the doorbell on
commit, so a mail is owed exactly when what it says has happened. All return the id of the delivery.

Links are whole addresses below ``settings.ORIGIN`` or paths such as ``/help/``; any other address is a
``ValueError``. Moments are aware datetimes, places ISO country codes or "" where unknown, browsers words
or "" where unknown: they become words in the reader's language and time zone when the mail is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from common import clock, codes
from notifications.delivery import services
from notifications.recipients import Recipient
from notifications.value_types import CHANGES, Link, Place

__all__ = ["Change", "Recipient"]

Credential = Literal["email", "password", "totp", "recovery_codes", "restored"]
PasswordReason = Literal["forgot", "restored", "staff"]
FreezeReason = Literal["call", "objection", "claim"]
CheckInReason = Literal["restored", "lost"]
StaffChange = Literal["role", "sessions", "disabled", "enabled"]
DisputeNews = Literal["contested", "given", "stays", "withdrawn"]
Untouched = Literal["email", "password", "totp", "recovery_codes", "profile"]
Repair = Literal[
    "email_back",
    "authenticator_out",
    "authenticator_lost",
    "authenticator_back",
    "recovery_codes_out",
    "recovery_codes_back",
    "pending_cancelled",
    "password_void",
    "password_kept",
    "sessions_ended",
    "hold",
]


@dataclass(frozen=True)
class Change:
    """One line of the letter's history: when, and what the stranger did, a key of ``wording.CHANGES``."""

    at: datetime
    what: str

    def __post_init__(self) -> None:
        if self.what not in CHANGES:
            raise ValueError(f"the letter has no words for {self.what!r}")


def sign_up_link(recipient: Recipient, *, link: str, valid_hours: int) -> int:
    """Confirm the address and go on with signing up."""
    until = clock.now() + timedelta(hours=valid_hours)
    return services.queue("sign_up_link", recipient, link=Link(link), until=until)


def call_confirm(recipient: Recipient, *, link: str, until: datetime, number_masked: str) -> int:
    """Somebody asks for a call from a crowded network: the link takes the request in without a wait."""
    return services.queue("call_confirm", recipient, link=Link(link), until=until, number=number_masked)


def sign_up_known(recipient: Recipient, *, sign_in_link: str, help_link: str) -> int:
    """Someone tried to sign up with an address that already has an account."""
    return services.queue("sign_up_known", recipient, link=Link(sign_in_link), help_link=Link(help_link))


def email_change_confirm(recipient: Recipient, *, link: str, valid_hours: int) -> int:
    """To the new address: confirm that it shall become the sign-in e-mail."""
    until = clock.now() + timedelta(hours=valid_hours)
    return services.queue("email_change_confirm", recipient, link=Link(link), until=until)


def email_change_asked(
    recipient: Recipient, *, new_masked: str, at: datetime, place: str, browser: str, link: str
) -> int:
    """To the present address: somebody asks for another one. ``link`` opens the page that stops it."""
    return services.queue(
        "email_change_asked",
        recipient,
        new=new_masked,
        at=at,
        place=Place(place),
        browser=browser,
        link=Link(link),
    )


def email_change_taken(recipient: Recipient) -> int:
    """To an address that someone wanted to change to although it belongs to another account."""
    return services.queue("email_change_taken", recipient)


def credential_changed(
    recipient: Recipient,
    *,
    what: Credential,
    at: datetime,
    place: str,
    browser: str,
    detail_masked: str = "",
    not_me_link: str | None = None,
) -> int:
    """A way to sign in was changed. ``detail_masked`` is the new e-mail or the name of the code app.

    Of ``restored`` neither place nor browser is said: they are the agent's and would only alarm.

    With ``not_me_link`` the mail carries the *This was not me* button; give it only to addresses that
    were the owner's before the change.
    """
    return services.queue(
        "credential_changed",
        recipient,
        what=what,
        at=at,
        place=Place(place) if what != "restored" else None,
        browser=browser if what != "restored" else None,
        detail=detail_masked,
        link=Link(not_me_link) if not_me_link else None,
    )


def new_sign_in(recipient: Recipient, *, at: datetime, place: str, browser: str, sessions_link: str) -> int:
    """A sign-in from a browser or a country that was never seen on this account."""
    return services.queue(
        "new_sign_in", recipient, at=at, place=Place(place), browser=browser, link=Link(sessions_link)
    )


def password_link(recipient: Recipient, *, link: str, valid_hours: int, why: PasswordReason) -> int:
    """A one-time link to choose a password."""
    until = clock.now() + timedelta(hours=valid_hours)
    return services.queue("password_link", recipient, link=Link(link), until=until, why=why)


def account_frozen(
    recipient: Recipient, *, until: datetime, why: FreezeReason, link: str, help_link: str
) -> int:
    """Sign-in details cannot be changed for a while. ``link`` leads to where the owner can lift that."""
    return services.queue(
        "account_frozen", recipient, until=until, why=why, link=Link(link), help_link=Link(help_link)
    )


def freeze_lifted(recipient: Recipient, *, at: datetime) -> int:
    """The freeze has ended before its time."""
    return services.queue("freeze_lifted", recipient, at=at)


def evidence_code(recipient: Recipient, *, code: str, minutes: int, agent_name: str) -> int:
    """The code that a caller types on the status page during the call."""
    until = clock.now() + timedelta(minutes=minutes)
    return services.queue("evidence_code", recipient, code=codes.grouped(code), until=until, agent=agent_name)


def evidence_failed(recipient: Recipient, *, at: datetime) -> int:
    """Somebody, on the phone or on the page of a notice, could not show that the account is theirs."""
    return services.queue("evidence_failed", recipient, at=at)


def findings(
    recipient: Recipient,
    *,
    first_name: str,
    window_from: datetime,
    window_to: datetime,
    place: str,
    browser: str,
    changes: Sequence[Change],
    unchanged: Sequence[Untouched],
    done: Sequence[Repair],
    link: str,
) -> int:
    """The letter after a restore: what was found, what was put back, what to do now.

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
        changes=[{"at": change.at, "what": change.what} for change in changes],
        unchanged=list(unchanged),
        done=list(done),
        link=Link(link),
    )


def factor_replaced(recipient: Recipient, *, first_name: str, done: Sequence[Repair], link: str) -> int:
    """The letter after a lost authenticator was taken out: what was done, and how to set up a new one.

    It speaks of no stranger. ``link`` leads to signing in.
    """
    return services.queue("factor_replaced", recipient, name=first_name, repairs=list(done), link=Link(link))


def sessions_ended(recipient: Recipient, *, at: datetime, count: int, link: str) -> int:
    """During a call an agent ended sessions that the caller did not know. ``link``: who is signed in."""
    return services.queue("sessions_ended", recipient, at=at, count=count, link=Link(link))


def check_in(
    recipient: Recipient, *, link: str, due_at: datetime | None = None, why: CheckInReason = "restored"
) -> int:
    """The day after a restore: is all well? With ``due_at`` the mail waits in its row until then.

    ``why``: ``lost`` where nothing but an authenticator was lost.
    """
    return services.queue("check_in", recipient, due_at=due_at, link=Link(link), why=why)


def unreachable(recipient: Recipient, *, tries: int, link: str) -> int:
    """We rang and nobody answered; ``link`` asks for a call again."""
    return services.queue("unreachable", recipient, tries=tries, link=Link(link))


def case_refused(recipient: Recipient, *, reason_words: str, link: str) -> int:
    """The account was not restored. ``reason_words`` is a sentence in the recipient's language."""
    return services.queue("case_refused", recipient, reason=reason_words, link=Link(link))


def dispute_announced(recipient: Recipient, *, until: datetime, link: str, help_link: str) -> int:
    """Somebody has shown that the account was theirs and gets it back ``until`` then, unless it is contested.

    To every address of the account, with a link of its own to contest it.
    """
    return services.queue(
        "dispute_announced", recipient, until=until, link=Link(link), help_link=Link(help_link)
    )


def dispute_news(recipient: Recipient, *, what: DisputeNews) -> int:
    """How the dispute about an account went on: the same words to both sides."""
    return services.queue("dispute_news", recipient, what=what)


def approval_wanted(recipient: Recipient, *, case_reference: str, agent: str, at: datetime, link: str) -> int:
    """To a supervisor: an agent asks for a second person, and nobody has decided.

    It says nothing of the case but its number.
    """
    return services.queue(
        "approval_wanted", recipient, reference=case_reference, agent=agent, at=at, link=Link(link)
    )


def address_removed(recipient: Recipient) -> int:
    """To an address that a stranger had set up: it learns that it was removed, and nothing more."""
    return services.queue("address_removed", recipient)


def failed_verification(recipient: Recipient, *, at: datetime, place: str, browser: str = "") -> int:
    """The password was right, the second factor was not: someone may know the password."""
    return services.queue("failed_verification", recipient, at=at, place=Place(place), browser=browser)


def staff_access_changed(
    recipient: Recipient, *, what: StaffChange, role: str, at: datetime, link: str
) -> int:
    """An admin changed what a member of staff may do. ``role``: agent, supervisor or admin, as it is now.

    ``link`` leads to signing in; a mail about a disabled account carries none.
    """
    return services.queue("staff_access_changed", recipient, what=what, role=role, at=at, link=Link(link))
