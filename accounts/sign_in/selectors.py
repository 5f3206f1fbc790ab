"""What somebody who has given their password has to show, or to set up, next."""

from accounts.authenticators import selectors as authenticators
from accounts.enrolment import services as enrolment
from accounts.enums import LinkReason
from accounts.models import PasswordLink, User
from audit import context
from common import clock


def owes_enrolment(user: User) -> bool:
    """Nothing is bound but what is spare: the account is led to set something up before anything else."""
    return not authenticators.everyday_kinds(user.pk)


def can_enrol_by_password(user: User) -> bool:
    """May the password alone bind the first authenticator? Only where nothing else is there to be asked for.

    An account that never had an authenticator may; an imported one only in the session that was begun with
    the mailed link as well (:mod:`accounts.enrolment.services`). One whose authenticators a restore took out
    may as long as the restore's link was good by which its password was chosen: what somebody knew of before
    does not do.
    """
    if not owes_enrolment(user) or authenticators.has_spare(user.pk):
        return False
    if enrolment.is_owed(user):
        if enrolment.was_begun_by_link(user, context.current().session):
            return True
    elif not authenticators.had_second_factor(user.pk):
        return True
    return PasswordLink.objects.filter(
        user=user,
        why=LinkReason.RESTORED,
        used_at__isnull=False,
        void_at=None,
        expires_at__gt=clock.now(),
    ).exists()
