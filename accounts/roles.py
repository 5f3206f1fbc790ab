"""Roles and what each may do. Permissions are words of the product, not rows that somebody could add."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    USER = "user", _("User")
    AGENT = "agent", _("Agent")
    SUPERVISOR = "supervisor", _("Supervisor")
    ADMIN = "admin", _("Admin")


ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    Role.USER: frozenset(),
    Role.AGENT: frozenset({"desk.work"}),
    Role.SUPERVISOR: frozenset({"desk.work", "desk.supervise"}),
    Role.ADMIN: frozenset({"audit.review", "staff.manage"}),
}
