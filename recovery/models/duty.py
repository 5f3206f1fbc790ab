from django.conf import settings
from django.db import models
from django.db.models import Q

from common.moves import MovingQuerySet
from recovery import states
from recovery.states import DutyState


class Duty(models.Model):
    """Whether an agent can be offered a call right now."""

    TRANSITIONS = states.DUTY

    agent = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="duty")
    state = models.CharField(max_length=10, default=DutyState.OFF)
    since = models.DateTimeField()
    wrap_up_until = models.DateTimeField(null=True)

    objects = MovingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state=DutyState.WRAP_UP, wrap_up_until__isnull=False)
                | (~Q(state=DutyState.WRAP_UP) & Q(wrap_up_until__isnull=True)),
                name="recovery_wrap_up_has_its_end",
            ),
        ]
