"""What people say about themselves, and the accounts of staff."""

from django.db import transaction

from accounts.credentials import password_links
from accounts.enums import LinkReason
from accounts.models import User
from accounts.roles import Role
from accounts.sign_up import services as sign_up
from accounts.zones import known
from audit.recording import record


def update(*, user: User, name: str, name_latin: str, language: str, zone: str, linkless_mails: bool) -> None:
    user.name, user.name_latin, user.language, user.zone = name, name_latin, language, known(zone)
    user.linkless_mails = linkless_mails
    user.save(update_fields=["name", "name_latin", "language", "zone", "linkless_mails"])


def set_language(*, user: User, language: str) -> None:
    """The language of pages and mails, chosen in the page's foot."""
    user.language = language
    user.save(update_fields=["language"])


@transaction.atomic
def create_staff(
    *,
    email: str,
    name: str,
    role: Role,
    language: str,
    languages: tuple[str, ...],
    name_latin: str = "",
) -> User:
    """Make the account of a member of staff and mail them a link to choose their password.

    Raises:
        InvalidAddress: no mail can be sent to this address.
        Denied: the address belongs to an account.
    """
    user = sign_up.create(
        email=email,
        name=name,
        name_latin=name_latin,
        password=None,
        language=language,
        role=role,
        languages=languages,
        how="staff",
    )
    record("staff.created", account=user.pk, details={"role": role})
    password_links.mail(user, LinkReason.STAFF)
    return user
