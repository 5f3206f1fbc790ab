"""One-time links to choose a password. Only a fingerprint is kept; any change of the password ends all.

Asking for one writes a row and looks nothing up: the answer takes as long for an address with an account as
for one without. A task, or the sweep, then does what there is to do.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import links, mails, owner_notifications, policies
from accounts.enrolment import services as enrolment
from accounts.enums import FreezeReason, LinkReason
from accounts.limits import MAILS_AN_HOUR, PASSWORD_LINK_HOURS
from accounts.models import Freeze, PasswordLink, PasswordLinkRequest, User
from accounts.sessions import known_browsers
from audit import context
from audit.recording import record
from common import clock, codes, ratelimit
from common.email_addresses import normal
from common.errors import Denied, Stale
from common.jobs import enqueue_on_commit
from common.network import networks_of
from common.ratelimit import Bound


@transaction.atomic
def ask(*, email: str, browser: str = "") -> None:
    """Somebody has forgotten their password. Never says whether the address is anybody's.

    ``browser`` is the fingerprint of the browser's cookie: where the account is known in it, the others of
    its network use nothing up.

    Raises:
        Throttled: too many requests from this network.
    """
    address = normal(email)
    if known_browsers.of_address(browser, address) is None:
        ratelimit.spend_each(
            *(
                Bound("forgot_network", network, limit=30, seconds=3600, shared=True)
                for network in networks_of(context.current().origin.address)
            )
        )
    origin = context.current().origin
    request = PasswordLinkRequest.objects.create(
        address=address, country=origin.country[:2], browser=origin.browser[:120], made_at=clock.now()
    )
    enqueue_on_commit("accounts.tasks.send_password_link", request=request.pk)


@transaction.atomic
def answer(request_id: int) -> bool:
    """Mail the link that was asked for, if the address is somebody's and enough was not sent already.

    Returns whether this call dealt with the request.
    """
    request = PasswordLinkRequest.objects.select_for_update(skip_locked=True).filter(pk=request_id).first()
    if request is None:
        return False
    request.delete()
    user = User.objects.select_for_update().filter(email=request.address, is_active=True).first()
    if user is None:
        return True
    if policies.is_frozen_by_doubt(user.pk):
        record("credential.change.refused", account=user.pk, outcome="denied", details={"reason": "frozen"})
        return True
    # Who has missed the link of a restore gets it again on demand, while nothing else changes.
    held = Freeze.objects.active().filter(user=user, reason=FreezeReason.HOLD).exists()
    if enrolment.is_owed(user) and not held:
        # The mailbox alone must not choose the password by which somebody then sets up a second factor.
        enrolment.mail(user)
        return True
    mail_unless_many(user, LinkReason.RESTORED if held else LinkReason.FORGOT, asked=request)
    owner_notifications.notify_of_asked_password(
        user, at=request.made_at, place=request.country, browser=request.browser
    )
    return True


def mail_unless_many(user: User, why: LinkReason, *, asked: PasswordLinkRequest | None = None) -> None:
    """:func:`mail` to the address that the person signs in with, as somebody has ``asked``.

    A mailbox is not to be flooded; the newest of those mails works still.
    """
    lately = PasswordLink.objects.filter(user=user, made_at__gt=clock.now() - timedelta(hours=1))
    if lately.count() < MAILS_AN_HOUR:
        mail(user, why, ends_others=False, asked=asked)


def answer_waiting() -> int:
    """The requests whose task was lost; returns how many were dealt with."""
    waiting = PasswordLinkRequest.objects.order_by("pk").values_list("pk", flat=True)[:100]
    return sum(answer(pk) for pk in waiting)


def make(user: User, why: LinkReason, *, ends_others: bool = True) -> str:
    """Make a link inside the caller's transaction and return its token; earlier ones of this person end.

    Anybody can ask for a link in place of a forgotten password: such a one ends no other, or a stranger
    could void each link before its owner has opened it.
    """
    now = clock.now()
    if ends_others:
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


def mail(
    user: User,
    why: LinkReason,
    *,
    addresses: Iterable[str] | None = None,
    case: int | None = None,
    ends_others: bool = True,
    asked: PasswordLinkRequest | None = None,
) -> None:
    """Make a link and mail it to ``addresses``, by default the one that the person signs in with."""
    link = links.absolute("accounts:password_link", make(user, why, ends_others=ends_others))
    for address in [user.email] if addresses is None else addresses:
        mails.password_link(
            owner_notifications.recipient(user, address, case),
            link=link,
            valid_hours=PASSWORD_LINK_HOURS[why],
            why=why.value,
            asked=mails.Origin(asked.made_at, asked.country, asked.browser) if asked else None,
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
    """A restore's link works during the hold that the restore placed. What a disowned sign-in froze needs a
    new password most of all. No other link works in a freeze.
    """
    freezes = Freeze.objects.active().filter(user=link.user).exclude(reason=FreezeReason.DISOWNED)
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
        raise Stale(_("This link no longer works. Ask for a new one."))
    user = User.objects.select_for_update().get(pk=link.user_id)
    if _stopped_by_freeze(link):
        raise Denied(_("This password can’t be changed right now. If you need help, ask us for a call."))
    now = clock.now()
    used = PasswordLink.objects.filter(pk=link.pk, used_at=None, void_at=None, expires_at__gt=now).update(
        used_at=now
    )
    if used != 1:
        raise Stale(_("This link no longer works. Ask for a new one."))
    return user
