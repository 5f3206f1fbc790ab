"""Reading the staff: who they are, and where they are signed in."""

from uuid import UUID

from django.db.models import Max, Prefetch, Q, QuerySet

from accounts.models import Session, User
from accounts.roles import Role


def members() -> list[User]:
    """Everybody on the staff, those with access first; each with ``last_seen`` and ``open_sessions``."""
    return list(_members().order_by("-is_active", "name", "pk"))


def member(person_id: int) -> User | None:
    return _members().filter(pk=person_id).first()


def open_session(person: User, session_id: UUID) -> Session | None:
    """This session of somebody whom :func:`member` has found, while it lives."""
    open_sessions: list[Session] = person.open_sessions  # type: ignore[attr-defined]
    return next((one for one in open_sessions if one.pk == session_id), None)


def _members() -> QuerySet[User]:
    verified = Session.objects.filter(verified_at__isnull=False)
    return (
        User.objects.exclude(role=Role.USER)
        .annotate(last_seen=Max("sessions__seen_at", filter=Q(sessions__verified_at__isnull=False)))
        .prefetch_related(
            Prefetch("sessions", verified.filter(ended_at=None).order_by("-seen_at"), to_attr="open_sessions")
        )
    )
