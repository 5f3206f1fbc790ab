"""Imported people set up their first authenticator by a link mailed to them, together with their password.

Whoever has the leaked database of the former system may know the password, and whoever reads the mailbox has
the link. Neither is enough: only the session that was begun with both may set something up.
"""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import links, mails, owner_notifications, policies
from accounts.authenticators import selectors as authenticators
from accounts.limits import ENROLMENT_LINK_HOURS, MAILS_AN_HOUR
from accounts.models import EnrolmentLink, User
from audit.recording import record
from common import clock, codes
from common.errors import Stale


def is_owed(user: User) -> bool:
    """Does it take a link to set up this account's first authenticator?"""
    return user.imported_at is not None and not authenticators.had_second_factor(user.pk)


@transaction.atomic
def mail(user: User) -> None:
    """Mail a link, if enough were not sent already. Nobody is told whether one was.

    Earlier ones go on working: who knows the password could else void each before its owner has opened it.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    now = clock.now()
    lately = EnrolmentLink.objects.filter(user=user, made_at__gt=now - timedelta(hours=1))
    if policies.is_frozen_by_doubt(user.pk) or lately.count() >= MAILS_AN_HOUR:
        return
    token = codes.token()
    EnrolmentLink.objects.create(
        user=user,
        digest=codes.fingerprint(token),
        made_at=now,
        expires_at=now + timedelta(hours=ENROLMENT_LINK_HOURS),
    )
    mails.enrolment_link(
        owner_notifications.recipient(user, user.email),
        link=links.absolute("accounts:enrolment_link", token),
        valid_hours=ENROLMENT_LINK_HOURS,
        help_link=links.absolute("help"),
    )
    record("enrolment.link_sent", account=user.pk)


def owner_of(token: str) -> User | None:
    """Whose link this is, while it can be used."""
    link = (
        EnrolmentLink.objects.select_related("user")
        .filter(
            digest=codes.fingerprint(token),
            used_at=None,
            void_at=None,
            expires_at__gt=clock.now(),
            user__is_active=True,
        )
        .first()
    )
    return link.user if link and is_owed(link.user) else None


@transaction.atomic
def use(*, user: User, token: str, session_id: UUID) -> None:
    """The session that was just begun with the password came by this link: it may set something up.

    Raises:
        Stale: the link was used, is too old, or another one was used.
    """
    now = clock.now()
    usable = EnrolmentLink.objects.filter(user=user, used_at=None, void_at=None, expires_at__gt=now)
    if usable.filter(digest=codes.fingerprint(token)).update(used_at=now, session=session_id) != 1:
        raise Stale(_("This link no longer works. Sign in to get a new one."))
    usable.update(void_at=now)
    record("enrolment.link_used", account=user.pk, actor=user.pk)


def was_begun_by_link(user: User, session_id: UUID | None) -> bool:
    """Was this session of the person begun with a link and the password?"""
    return session_id is not None and EnrolmentLink.objects.filter(user=user, session=session_id).exists()
