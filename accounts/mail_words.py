"""What mails say of sign-in details, their changes and restores: told to the app that writes the mails."""

from django.utils.translation import gettext_lazy as _

from accounts import change_types
from accounts.rollback import steps
from accounts.words import Notice
from notifications.registry import register_words

RESTORED = Notice(
    _("Your sign-in details were restored"),
    _(
        "The sign-in details of your account at %(site)s were restored to what they were before someone "
        "else changed them."
    ),
)

_NOTICES = {detail.name: detail.notice for detail in change_types.details()} | {"restored": RESTORED}
_STEPS = {step.name: step for step in steps.every()}

register_words(
    subjects={name: notice.subject for name, notice in _NOTICES.items()},
    notices={name: notice.text for name, notice in _NOTICES.items()},
    changes={change.kind: change.letter for change in change_types.every()},
    asked={change.kind: change.asked for change in change_types.every()},
    unchanged={detail.name: detail.unchanged for detail in change_types.details()},
    done={name: step.letter for name, step in _STEPS.items()},
    after_loss={name: step.after_loss or step.letter for name, step in _STEPS.items()},
)
