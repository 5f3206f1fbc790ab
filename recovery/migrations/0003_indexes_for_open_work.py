"""What pages and sweeps ask for is found without walking what is closed. Built while the desk works on."""

from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import recovery.states


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("recovery", "0002_when_a_call_was_passed_on"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="approval",
            index=models.Index(
                condition=models.Q(("state", recovery.states.ApprovalState["REQUESTED"])),
                fields=["requested_at"],
                name="recovery_approval_requested",
            ),
        ),
        AddIndexConcurrently(
            model_name="callattempt",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", False)),
                fields=["ended_at"],
                name="recovery_attempt_ended",
            ),
        ),
        AddIndexConcurrently(
            model_name="callback",
            index=models.Index(
                condition=models.Q(
                    (
                        "state__in",
                        (recovery.states.CallbackState["WAITING"], recovery.states.CallbackState["OFFERED"]),
                    )
                ),
                fields=["due_at"],
                name="recovery_callback_in_line",
            ),
        ),
        AddIndexConcurrently(
            model_name="callback",
            index=models.Index(
                fields=["due_at"], include=("priority", "language"), name="recovery_callback_due"
            ),
        ),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["opened_at"],
                name="recovery_case_open",
            ),
        ),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False)),
                fields=["agent", "-closed_at"],
                name="recovery_case_closed_by",
            ),
        ),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(fields=["opened_at"], name="recovery_case_opened"),
        ),
    ]
