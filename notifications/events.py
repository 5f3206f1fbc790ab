"""What the trail records of mails, each type of event with its sentence."""

from django.utils.translation import gettext_lazy as _

from audit.registry import EventType as E
from audit.registry import Group, register
from notifications.registry import MAILS

register(
    Group(
        "mail",
        _("E-mails"),
        (
            E("mail.sent", _("E-mail sent: %(message)s"), ("message",)),
            E(
                "mail.failed",
                _("E-mail could not be sent: %(message)s"),
                ("message", "permanent"),
                notes={"permanent": _("It won’t be sent again.")},
            ),
        ),
    ),
    words={"message": MAILS},
)
