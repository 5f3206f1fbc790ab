"""Who may change whose access. ``check_...`` raises with a sentence fit to show, the other asks."""

from django.utils.translation import gettext as _

from accounts.models import User
from common.errors import Denied, refusal_of


def check_can_manage(*, actor: User | None, person: User) -> None:
    """An admin manages everybody on the staff but themselves: so one admin is always left.

    Raises:
        Denied: they are no admin (any more), or it is about themselves.
    """
    if actor is None or not actor.has_perm("staff.manage"):
        raise Denied(_("Your own access has just been changed. Nothing was done."))
    if actor.pk == person.pk:
        raise Denied(_("You can’t change your own access. Another admin has to do it."))


def can_manage(*, actor: User, person: User) -> bool:
    return not refusal_of(check_can_manage, actor=actor, person=person)
