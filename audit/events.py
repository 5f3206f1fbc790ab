"""What the trail records of the trail itself, each type of event with its sentence."""

from django.utils.translation import gettext_lazy as _

from audit.registry import EventType as E
from audit.registry import Group, register

register(
    Group(
        "audit",
        _("The audit trail"),
        (
            E("audit.searched", _("%(who)s searched the audit trail: %(filters)s"), ("filters",)),
            E("audit.event.read", _("%(who)s opened an event in the audit trail"), ("event",)),
            E("access.denied", _("%(who)s was denied access to the page %(path)s"), ("path",)),
        ),
    ),
)
