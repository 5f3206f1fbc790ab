"""Telling the owner: which addresses hear of a change, and which of them get a link."""

from collections.abc import Iterable
from datetime import datetime

from accounts import links
from accounts.kinds import ChangeKind
from accounts.models import CredentialChange, User
from accounts.selectors import BoundAddress, addresses_of_last_days
from audit import context
from notifications import messages

WHAT: dict[str, messages.Credential] = {
    ChangeKind.EMAIL: "email",
    ChangeKind.PASSWORD: "password",
    ChangeKind.TOTP_ADDED: "totp",
    ChangeKind.TOTP_REMOVED: "totp",
    ChangeKind.TOTP_REPLACED: "totp",
    ChangeKind.RECOVERY_CODES: "recovery_codes",
}


def recipient(user: User, address: str, case: int | None = None) -> messages.Recipient:
    return messages.Recipient(address, user.language, user.zone, user.pk, case)


def doubt_begins(change: CredentialChange) -> datetime:
    """Where the doubt about a change begins: with the first change that its session made."""
    if change.session is None:
        return change.at
    first = (
        CredentialChange.objects.filter(user=change.user_id, session=change.session, at__lte=change.at)
        .order_by("at")
        .values_list("at", flat=True)
        .first()
    )
    return first or change.at


def tell_of_change(change: CredentialChange, detail_masked: str) -> None:
    """Tell every address of the last 30 days; only those bound before the doubt get the link to object."""
    begins = doubt_begins(change)
    for address in addresses_of_last_days(change.user_id):
        messages.credential_changed(
            recipient(change.user, address.value),
            what=WHAT[change.kind],
            at=change.at,
            place=change.country,
            browser=change.browser,
            detail_masked=detail_masked,
            not_me_link=links.not_me(change.pk) if address.bound_at < begins else None,
        )


def _owners(user: User, since: datetime) -> list[BoundAddress]:
    """Every address of the last 30 days that was bound before the doubtful time."""
    return [address for address in addresses_of_last_days(user.pk) if address.bound_at < since]


def tell_of_freeze(
    user: User, *, since: datetime, until: datetime, why: messages.FreezeReason, link: str
) -> None:
    for address in _owners(user, since):
        messages.account_frozen(
            recipient(user, address.value), until=until, why=why, link=link, help_link=links.absolute("help")
        )


def tell_of_lifting(user: User, *, at: datetime, since: datetime) -> None:
    for address in _owners(user, since):
        messages.freeze_lifted(recipient(user, address.value), at=at)


def tell_of_failed_evidence(user: User, *, at: datetime, since: datetime) -> None:
    for address in _owners(user, since):
        messages.evidence_failed(recipient(user, address.value), at=at)


def tell_of_restore(user: User, *, at: datetime, told: Iterable[BoundAddress], case: int | None) -> None:
    origin = context.current().origin
    for address in told:
        messages.credential_changed(
            recipient(user, address.value, case),
            what="restored",
            at=at,
            place=origin.country,
            browser=origin.browser,
        )
