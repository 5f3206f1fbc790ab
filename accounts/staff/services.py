"""What an admin changes about the access of staff. Each act counts at once and is mailed to the person.

Every act locks all admins and the person, in one order. Who acts must still be an admin then, and is never
the person: of two admins who disable each other at the same moment one comes too late, and one admin stays.
"""

from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import links, mails
from accounts.credentials import password_links
from accounts.models import User
from accounts.owner_notifications import recipient
from accounts.roles import ROLE_PERMISSIONS, Role
from accounts.sessions import services as sessions
from accounts.signals import permissions_lost
from accounts.staff import policies
from audit.recording import record
from common import clock
from common.errors import Stale


@transaction.atomic
def change_role(*, actor_id: int, person_id: int, role: Role, was: str) -> None:
    """Give another role. ``was`` is the role that the page showed. Where rights are lost, sessions end.

    Raises:
        Stale: their role is no longer ``was``.
        Denied: see :func:`accounts.staff.policies.check_can_manage`.
    """
    person = _lock(actor_id, person_id)
    if person.role != was or role == was:
        raise Stale(_("Their role has changed in the meantime. Check it again."))
    person.role = role
    person.save(update_fields=["role"])
    lost = ROLE_PERMISSIONS[was] - ROLE_PERMISSIONS[role]
    ended = _take_away(person, lost, "role") if lost else 0
    record(
        "staff.role_changed",
        account=person.pk,
        actor=actor_id,
        details={"from_role": was, "to_role": str(role), "sessions_ended": ended},
    )
    _tell(person, "role")


@transaction.atomic
def end_sessions(*, actor_id: int, person_id: int) -> int:
    """Sign the person out everywhere; returns how many sessions ended. They can sign in again."""
    person = _lock(actor_id, person_id)
    ended = sessions.end_others(user_id=person.pk, keep=None, reason="ended_by_admin")
    if ended:
        record("staff.sessions_ended", account=person.pk, actor=actor_id, details={"sessions_ended": ended})
        _tell(person, "sessions")
    return ended


@transaction.atomic
def end_session(*, actor_id: int, person_id: int, session_id: UUID) -> None:
    """Sign the person out in one browser.

    Raises:
        Stale: it has ended already.
        Denied: see :func:`accounts.staff.policies.check_can_manage`.
    """
    person = _lock(actor_id, person_id)
    if not sessions.end_one(user_id=person.pk, session_id=session_id, reason="ended_by_admin"):
        raise Stale(_("This session has already ended."))
    record("staff.sessions_ended", account=person.pk, actor=actor_id, details={"sessions_ended": 1})
    _tell(person, "session")


@transaction.atomic
def disable(*, actor_id: int, person_id: int) -> None:
    """From now on the person reaches nothing: sessions and links end, the apps above take back their work.

    Raises:
        Stale: it is disabled already.
        Denied: see :func:`accounts.staff.policies.check_can_manage`.
    """
    person = _lock(actor_id, person_id)
    if not person.is_active:
        raise Stale(_("This account is already disabled."))
    person.is_active = False
    person.save(update_fields=["is_active"])
    password_links.void_all(person)
    ended = _take_away(person, ROLE_PERMISSIONS[person.role], "disabled")
    record(
        "staff.disabled",
        account=person.pk,
        actor=actor_id,
        details={"from_access": "enabled", "to_access": "disabled", "sessions_ended": ended},
    )
    _tell(person, "disabled")


@transaction.atomic
def enable(*, actor_id: int, person_id: int) -> None:
    """The person may sign in again, in the role that they had.

    Raises:
        Stale: it is not disabled.
        Denied: see :func:`accounts.staff.policies.check_can_manage`.
    """
    person = _lock(actor_id, person_id)
    if person.is_active:
        raise Stale(_("This account isn’t disabled."))
    # A sign-in that was under way when the account was disabled must not come to life now.
    sessions.end_others(user_id=person.pk, keep=None, reason="disabled")
    person.is_active = True
    person.save(update_fields=["is_active"])
    record(
        "staff.enabled",
        account=person.pk,
        actor=actor_id,
        details={"from_access": "disabled", "to_access": "enabled"},
    )
    _tell(person, "enabled")


def _lock(actor_id: int, person_id: int) -> User:
    """Lock every admin and the person, and see again who may do this."""
    rows = User.objects.filter(Q(role=Role.ADMIN, is_active=True) | Q(pk=person_id)).exclude(role=Role.USER)
    # Not the key: agents write rows that name them, and need not wait.
    held = {row.pk: row for row in rows.select_for_update(no_key=True).order_by("pk")}
    if person_id not in held:
        raise Stale(_("This person isn’t a member of staff."))
    policies.check_can_manage(actor=held.get(actor_id), person=held[person_id])
    return held[person_id]


def _take_away(person: User, permissions: frozenset[str], reason: str) -> int:
    permissions_lost.send(User, user_id=person.pk, permissions=permissions, reason=reason)
    return sessions.end_others(user_id=person.pk, keep=None, reason=reason)


def _tell(person: User, what: mails.StaffChange) -> None:
    mails.staff_access_changed(
        recipient(person, person.email),
        what=what,
        role=person.role,
        at=clock.now(),
        link=links.absolute("accounts:sign_in"),
    )
