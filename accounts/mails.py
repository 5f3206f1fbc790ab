"""The e-mails about accounts, one function each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.utils.translation import gettext_lazy as _

from common import clock
from notifications.delivery import services
from notifications.digests.services import notify
from notifications.recipients import Recipient
from notifications.registry import register
from notifications.value_types import Link, Place, PublicPage

PasswordReason = Literal["forgot", "restored", "staff", "disowned"]
FreezeReason = Literal["call", "objection", "claim", "disowned"]
ContactAnswer = Literal["accepted", "declined", "resigned"]
StaffChange = Literal["role", "session", "sessions", "disabled", "enabled"]
SIGN_INS_AT_ONCE = 3


register(
    {
        "account_frozen": _("sign-in details are frozen"),
        "address_removed": _("this address was removed"),
        "change_cancelled": _("a waiting change of sign-in details was cancelled"),
        "change_waiting": _("a change of sign-in details is waiting"),
        "contact_answered": _("a recovery contact answered"),
        "contact_invited": _("invitation to be a recovery contact"),
        "contact_removed": _("no longer a recovery contact"),
        "notice_address_confirm": _("confirm a second notification address"),
        "credential_changed": _("a sign-in detail was changed"),
        "email_change_asked": _("someone asked to change the e-mail address"),
        "email_change_confirm": _("confirm the new address"),
        "email_change_taken": _("the new address already has an account"),
        "enrolment_link": _("finish setting up an account that was moved here"),
        "evidence_failed": _("someone failed to confirm their identity"),
        "failed_verification": _("a sign-in stopped at two-step verification"),
        "freeze_lifted": _("sign-in details can be changed again"),
        "new_sign_in": _("a sign-in from a new place or browser"),
        "password_link": _("choose a new password"),
        "spare_code_used": _("a recovery code was used"),
        "spare_codes_check": _("yearly check of the recovery codes"),
        "password_link_asked": _("someone asked for a new password"),
        "sign_up_known": _("someone tried to sign up with your address"),
        "sign_up_link": _("finish signing up"),
        "staff_access_changed": _("the access of a member of staff was changed"),
    }
)


@dataclass(frozen=True)
class Origin:
    """When something was asked for, from which country and with which browser."""

    at: datetime
    place: str
    browser: str


def sign_up_link(recipient: Recipient, *, link: str, valid_hours: int) -> int:
    """Confirm the address and continue signing up."""
    until = clock.now() + timedelta(hours=valid_hours)
    return services.queue("sign_up_link", recipient, link=Link(link, until), until=until)


def sign_up_known(recipient: Recipient, *, sign_in_link: str, help_link: str) -> int:
    """Someone tried to sign up with an address that already has an account."""
    return services.queue(
        "sign_up_known", recipient, link=Link(sign_in_link), help_link=PublicPage(help_link)
    )


def email_change_confirm(recipient: Recipient, *, link: str, valid_hours: int) -> int:
    """To the new address: confirm it as the sign-in e-mail."""
    until = clock.now() + timedelta(hours=valid_hours)
    return services.queue("email_change_confirm", recipient, link=Link(link, until), until=until)


def email_change_asked(
    recipient: Recipient, *, new_masked: str, at: datetime, place: str, browser: str, link: str | None
) -> int:
    """Someone asked for another address. ``link`` opens the page that stops it: for the owner's addresses."""
    return services.queue(
        "email_change_asked",
        recipient,
        new=new_masked,
        at=at,
        place=Place(place),
        browser=browser,
        link=Link(link) if link else None,
    )


def email_change_taken(recipient: Recipient) -> int:
    """To an address that someone wanted to change to although it belongs to another account."""
    return services.queue("email_change_taken", recipient)


def credential_changed(
    recipient: Recipient,
    *,
    what: str,
    at: datetime,
    place: str,
    browser: str,
    detail_masked: str = "",
    not_me_link: str | None = None,
) -> int:
    """A way to sign in was changed. ``what`` is the name of a sign-in detail, or ``restored``.

    ``detail_masked`` is the new e-mail or what its owner calls the authenticator.
    ``restored`` shows neither place nor browser: they are the agent's and would only alarm.

    With ``not_me_link`` the e-mail has the *This was not me* button; give it only to addresses that
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


def change_waiting(
    recipient: Recipient,
    *,
    what: str,
    at: datetime,
    until: datetime,
    place: str,
    browser: str,
    detail_masked: str = "",
    not_me_link: str | None = None,
) -> int:
    """A change that was asked for in a risky session takes effect at ``until``, unless the owner stops it.

    ``what`` is the kind of the change. ``not_me_link`` as in :func:`credential_changed`.
    """
    return services.queue(
        "change_waiting",
        recipient,
        what=what,
        at=at,
        until=until,
        place=Place(place),
        browser=browser,
        detail=detail_masked,
        link=Link(not_me_link) if not_me_link else None,
    )


def change_cancelled(recipient: Recipient, *, what: str, at: datetime, help_link: str) -> int:
    """A change that was waiting was taken back, or can't be made any more. ``what`` as above."""
    return services.queue("change_cancelled", recipient, what=what, at=at, help_link=PublicPage(help_link))


def new_sign_in(
    recipient: Recipient, *, at: datetime, place: str, browser: str, not_me_link: str | None
) -> int | None:
    """A sign-in from a browser or a country that this account had never been used from.

    Three an hour go one by one, the others into a digest. ``not_me_link`` as for :func:`credential_changed`.
    """
    return notify(
        "new_sign_in",
        recipient,
        at=at,
        at_once=SIGN_INS_AT_ONCE,
        place=Place(place),
        browser=browser,
        link=Link(not_me_link) if not_me_link else None,
    )


def password_link(
    recipient: Recipient, *, link: str, valid_hours: int, why: PasswordReason, asked: Origin | None = None
) -> int:
    """A one-time link to choose a password. ``asked``: from where somebody has asked for it."""
    until = clock.now() + timedelta(hours=valid_hours)
    return services.queue(
        "password_link",
        recipient,
        link=Link(link, until),
        until=until,
        why=why,
        at=asked.at if asked else None,
        place=Place(asked.place) if asked else None,
        browser=asked.browser if asked else None,
    )


def password_link_asked(recipient: Recipient, *, at: datetime, place: str, browser: str) -> int | None:
    """To the other addresses: someone has asked for a link to choose a password.

    One an hour, then a digest.
    """
    return notify("password_link_asked", recipient, at=at, place=Place(place), browser=browser)


def enrolment_link(recipient: Recipient, *, link: str, valid_hours: int, help_link: str) -> int:
    """To somebody whose account was imported: set up two-step verification, with the password of before."""
    until = clock.now() + timedelta(hours=valid_hours)
    return services.queue(
        "enrolment_link", recipient, link=Link(link, until), until=until, help_link=PublicPage(help_link)
    )


def account_frozen(
    recipient: Recipient, *, until: datetime, why: FreezeReason, link: str, help_link: str
) -> int:
    """Sign-in details can't be changed for a while. ``link`` leads to where the owner can end that."""
    return services.queue(
        "account_frozen", recipient, until=until, why=why, link=Link(link), help_link=PublicPage(help_link)
    )


def freeze_lifted(recipient: Recipient, *, at: datetime) -> int:
    """The freeze has ended early."""
    return services.queue("freeze_lifted", recipient, at=at)


def evidence_failed(recipient: Recipient, *, at: datetime) -> int | None:
    """Someone, on the phone or with a notice's link, couldn't confirm that the account is theirs.

    One an hour, then a digest.
    """
    return notify("evidence_failed", recipient, at=at)


def spare_code_used(recipient: Recipient, *, at: datetime, place: str, browser: str, help_link: str) -> int:
    """One of the saved codes was used, and a new one replaces it. The code is in no e-mail."""
    return services.queue(
        "spare_code_used",
        recipient,
        at=at,
        place=Place(place),
        browser=browser,
        help_link=PublicPage(help_link),
    )


def spare_codes_check(recipient: Recipient, *, since: datetime, link: str) -> int:
    """Once a year: are the saved codes still at hand? ``since``: last made, used or checked."""
    return services.queue("spare_codes_check", recipient, since=since, link=Link(link))


def notice_address_confirm(recipient: Recipient, *, owner_masked: str, link: str, valid_hours: int) -> int:
    """To an address that someone wants notices to go to: confirm it. It may be another person's."""
    until = clock.now() + timedelta(hours=valid_hours)
    return services.queue(
        "notice_address_confirm", recipient, owner=owner_masked, link=Link(link, until), until=until
    )


def contact_invited(recipient: Recipient, *, name: str, owner: str, link: str) -> int:
    """To somebody whom an owner wants as a recovery contact. By the same link they can resign later."""
    return services.queue("contact_invited", recipient, name=name, owner=owner, link=Link(link))


def contact_answered(
    recipient: Recipient, *, name: str, what: ContactAnswer, counts_from: datetime | None
) -> int:
    """To the owner: a recovery contact has accepted, declined or resigned. ``name`` is the contact's."""
    return services.queue("contact_answered", recipient, contact=name, answer=what, counts_from=counts_from)


def contact_removed(recipient: Recipient, *, owner: str) -> int:
    """To somebody who is no recovery contact of this owner any more."""
    return services.queue("contact_removed", recipient, owner=owner)


def address_removed(recipient: Recipient) -> int:
    """To an address that an intruder had set up: that it was removed, and nothing more."""
    return services.queue("address_removed", recipient)


def failed_verification(
    recipient: Recipient,
    *,
    at: datetime,
    place: str,
    browser: str = "",
    signed_in: bool = False,
    not_me_link: str | None = None,
) -> int | None:
    """The password was correct, two-step verification was not completed: someone may know the password.

    One an hour, then a digest. ``signed_in``: they were in already, and were asked once more.
    ``not_me_link`` as for :func:`credential_changed`.
    """
    return notify(
        "failed_verification",
        recipient,
        at=at,
        place=Place(place),
        browser=browser,
        signed_in=signed_in,
        link=Link(not_me_link) if not_me_link else None,
    )


def staff_access_changed(
    recipient: Recipient, *, what: StaffChange, role: str, at: datetime, link: str
) -> int:
    """An admin changed what a member of staff may do. ``role``: agent, supervisor or admin, as it is now.

    ``link`` leads to signing in; an e-mail about a disabled account has none.
    """
    return services.queue(
        "staff_access_changed",
        recipient,
        what=what,
        role=role,
        at=at,
        link=Link(link) if what != "disabled" else None,
    )
