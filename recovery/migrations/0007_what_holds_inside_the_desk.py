"""What must hold inside the desk, whatever the code does."""

from django.db import migrations, models

import recovery.states


class Migration(migrations.Migration):
    dependencies = [("recovery", "0006_inside_the_desk")]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False), ("wrap_up_ended_at__isnull", True)),
                fields=["agent"],
                name="recovery_case_in_wrap_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        (
                            "state__in",
                            (
                                recovery.states.ApprovalState["REQUESTED"],
                                recovery.states.ApprovalState["APPROVED"],
                            ),
                        ),
                        _negated=True,
                    ),
                    models.Q(("plan", ""), ("evidence", []), _connector="OR", _negated=True),
                    _connector="OR",
                ),
                name="recovery_approval_names_what_it_approves",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by__isnull", True),
                    models.Q(("worked_by__contains", [models.F("decided_by")]), _negated=True),
                    _connector="OR",
                ),
                name="recovery_decided_by_nobody_who_worked_the_case",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", recovery.states.ApprovalState["DECLINED"]), _negated=True),
                    models.Q(("decline_reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="recovery_declined_with_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="callback",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("agent__isnull", True),
                        models.Q(("from_staff__contains", [models.F("agent")]), _negated=True),
                        _connector="OR",
                    ),
                    models.Q(
                        ("offered_to__isnull", True),
                        models.Q(("from_staff__contains", [models.F("offered_to")]), _negated=True),
                        _connector="OR",
                    ),
                ),
                name="recovery_nobody_works_on_what_came_from_their_own_desk",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("agent__isnull", True), ("worked_by__contains", [models.F("agent")]), _connector="OR"
                ),
                name="recovery_agent_has_worked_the_case",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("wrap_up_ended_at__isnull", True),
                    models.Q(("closed_at__isnull", False), ("wrap_up_ended_at__gte", models.F("closed_at"))),
                    _connector="OR",
                ),
                name="recovery_wrap_up_ends_after_the_case",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_at__isnull", True),
                    ("agent__isnull", False),
                    ("wrap_up_ended_at__isnull", False),
                    _connector="OR",
                ),
                name="recovery_wrap_up_is_an_agents",
            ),
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        (
                            "state__in",
                            (recovery.states.DutyState["FREE"], recovery.states.DutyState["OFFERED"]),
                        ),
                        _negated=True,
                    ),
                    ("seen_at__isnull", False),
                    _connector="OR",
                ),
                name="recovery_who_is_free_was_seen",
            ),
        ),
    ]
