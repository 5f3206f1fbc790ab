"""One-time links to choose a password. Only a fingerprint is kept; any change of the password ends all."""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import links, policies
from accounts.kinds import LinkReason
from accounts.limits import PASSWORD_LINK_HOURS
from accounts.models import Freeze, PasswordLink, User
from accounts.services import notices
from audit.services import record
from common import clock, codes
from common.errors import Denied, Stale
from notifications import messages


def make(user: User, why: LinkReason) -> str:
    """Make a link inside the caller's transaction and return its token; earlier ones of this person end."""
    now = clock.now()
    void_all(user)
    token = codes.token()
    PasswordLink.objects.create(
        user=user,
        digest=codes.fingerprint(token),
        why=why,
        made_at=now,
        expires_at=now + timedelta(hours=PASSWORD_LINK_HOURS[why]),
    )
    return token


def mail(user: User, why: LinkReason, *, address: str | None = None, case: int | None = None) -> None:
    """Make a link and mail it to ``address``, by default the one that the person signs in with."""
    messages.password_link(
        notices.recipient(user, address or user.email, case),
        link=links.absolute("accounts:password_link", make(user, why)),
        valid_hours=PASSWORD_LINK_HOURS[why],
        why=why.value,
    )
    record("password.link_sent", account=user.pk, case=case, details={"reason": why.value})


def void_all(user: User) -> None:
    PasswordLink.objects.filter(user=user, used_at=None, void_at=None).update(void_at=clock.now())


def owner_of(token: str) -> User | None:
    """Whose link this is, while it can be used."""
    link = _usable(token)
    return link.user if link else None


def _usable(token: str) -> PasswordLink | None:
    link = (
        PasswordLink.objects.select_related("user")
        .filter(
            digest=codes.fingerprint(token),
            used_at=None,
            void_at=None,
            expires_at__gt=clock.now(),
            user__is_active=True,
        )
        .first()
    )
    return link if link and not _stopped_by_freeze(link) else None


def _stopped_by_freeze(link: PasswordLink) -> bool:
    """A restore's link works during the hold that the restore placed; no other link works in a freeze."""
    freezes = Freeze.objects.active().filter(user=link.user)
    if link.why == LinkReason.RESTORED:
        freezes = freezes.filter(reason__in=policies.DOUBTFUL)
    return freezes.exists()


@transaction.atomic
def use(token: str) -> User:
    """Use the link up, inside the caller's transaction, and return whose it is.

    Raises:
        Stale: it was used, is too old, or another change has ended it.
        Denied: a freeze does not allow it.
    """
    link = (
        PasswordLink.objects.select_related("user")
        .filter(digest=codes.fingerprint(token), user__is_active=True)
        .first()
    )
    if link is None:
        raise Stale(_("This link does not work any more. Please ask for a new one."))
    user = User.objects.select_for_update().get(pk=link.user_id)
    if _stopped_by_freeze(link):
        raise Denied(_("This password cannot be changed right now. If you need help, ask us for a call."))
    now = clock.now()
    used = PasswordLink.objects.filter(pk=link.pk, used_at=None, void_at=None, expires_at__gt=now).update(
        used_at=now
    )
    if used != 1:
        raise Stale(_("This link does not work any more. Please ask for a new one."))
    return user
