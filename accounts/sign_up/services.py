"""Making an account: the address first, proved by a link, then name and password, then a second factor."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts import links, mails, selectors
from accounts.limits import MAILS_AN_HOUR, SIGN_UP_HOURS
from accounts.models import Identifier, User
from accounts.roles import Role
from audit import context
from audit.recording import record
from common import clock, codes, encryption, ratelimit
from common.email_addresses import normal, tidy
from common.errors import Denied, Stale
from common.network import networks_of
from common.ratelimit import Bound
from notifications.recipients import Recipient


@transaction.atomic
def ask(*, email: str, language: str, zone: str) -> None:
    """Mail a link to go on, or, to an address that has an account, that somebody tried. One answer for both.

    A mailbox gets a few such mails an hour: more are not sent, and the answer is the same.

    Raises:
        Throttled: too many tries from this network, or in all.
    """
    address = normal(email)
    ratelimit.spend_each(
        Bound("sign_up_all", "all", limit=600, seconds=60, shared=True),
        *(
            Bound("sign_up_network", network, limit=30, seconds=3600, shared=True)
            for network in networks_of(context.current().origin.address)
        ),
    )
    if ratelimit.is_over(Bound("sign_up_mails", codes.fingerprint(address), MAILS_AN_HOUR, seconds=3600)):
        return
    recipient = Recipient(address, language, zone)
    if selectors.is_taken(address):
        mails.sign_up_known(
            recipient, sign_in_link=links.absolute("accounts:sign_in"), help_link=links.absolute("help")
        )
    else:
        link = links.absolute("accounts:sign_up_link", make_token(email))
        mails.sign_up_link(recipient, link=link, valid_hours=SIGN_UP_HOURS)


def make_token(address: str) -> str:
    """The address as it was typed, sealed: a log that keeps the link's path keeps no address."""
    until = clock.now() + timedelta(hours=SIGN_UP_HOURS)
    return encryption.seal({"sign_up": address, "until": until.isoformat()}).decode()


def read_token(token: str) -> str | None:
    """The address that the link proves, while the link is good and the address is free."""
    try:
        held = encryption.unseal(token.encode())
        address, until = str(held["sign_up"]), datetime.fromisoformat(held["until"])
    except (encryption.Unreadable, KeyError, ValueError):
        return None
    return address if until > clock.now() and not selectors.is_taken(address) else None


@transaction.atomic
def create(
    *,
    email: str,
    name: str,
    password: str | None,
    name_latin: str = "",
    language: str | None = None,
    zone: str | None = None,
    role: str = Role.USER,
    languages: tuple[str, ...] = (),
    how: str = "signed_up",
) -> User:
    """Make an account with a proved address. Without a password it waits for a link to choose one.

    Raises:
        InvalidAddress: no mail can be sent to this address.
        Denied: the address belongs to an account.
    """
    address = normal(email)
    if selectors.is_taken(address):
        raise Denied(_("This address is already used by another account."))
    user = User(
        email=address,
        name=name,
        name_latin=name_latin,
        role=role,
        language=language or get_language() or "en",
        zone=zone or settings.DEFAULT_ZONE,
        languages=list(languages),
        joined_at=clock.now(),
    )
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
            Identifier.objects.create(user=user, value=address, typed=tidy(email), bound_at=user.joined_at)
    except IntegrityError as error:
        raise Denied(_("This address is already used by another account.")) from error
    record("account.created", account=user.pk, details={"how": how})
    return user


@transaction.atomic
def finish(*, token: str, name: str, password: str, language: str, zone: str, name_latin: str = "") -> User:
    """Make the account for which the link was mailed.

    Raises:
        Stale: the link is too old or was used already.
    """
    address = read_token(token)
    if address is None:
        raise Stale(_("This link no longer works. Ask for a new one."))
    user = create(
        email=address, name=name, name_latin=name_latin, password=password, language=language, zone=zone
    )
    record("account.address.verified", account=user.pk)
    return user
