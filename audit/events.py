"""What the trail records of the trail itself, each type of event with its sentence."""

from django.utils.translation import gettext_lazy as _

from audit.registry import EventType as E
from audit.registry import Group, register

register(
    Group(
        "audit",
        _("The trail itself"),
        (
            E("audit.searched", _("%(who)s searched the trail: %(filters)s"), ("filters",)),
            E("audit.event.read", _("%(who)s opened an event of the trail"), ("event",)),
            E("access.denied", _("%(who)s was refused the page %(path)s"), ("path",)),
        ),
    ),
)
