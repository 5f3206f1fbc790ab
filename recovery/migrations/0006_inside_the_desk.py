"""What the inside of the desk has to remember: who worked a case, where a request came from, who is there."""

from collections import defaultdict

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Now


def remember_who_worked(apps, schema_editor):
    """Who had a case, called, wrote or asked; and, of cases that are still open, who took it from somebody."""
    Case = apps.get_model("recovery", "Case")
    Event = apps.get_model("audit", "Event")
    worked = defaultdict(set)
    for model, case, person in (
        ("Case", "pk", "agent"),
        ("CallAttempt", "callback__case", "agent"),
        ("Note", "case", "author"),
        ("Evidence", "case", "agent"),
        ("Approval", "case", "requested_by"),
    ):
        rows = apps.get_model("recovery", model).objects.filter(**{f"{person}__isnull": False})
        for case_id, who in rows.values_list(case, person).iterator():
            worked[case_id].add(who)
    open_cases = list(Case.objects.filter(closed_at=None).values_list("pk", flat=True))
    acts = ("call.offer_accepted", "call.taken", "case.handed_back", "case.reassigned")
    events = Event.objects.filter(action__in=acts, case__in=open_cases, actor__isnull=False)
    for case_id, who in events.values_list("case", "actor"):
        worked[case_id].add(who)
    for case_id, people in worked.items():
        Case.objects.filter(pk=case_id).update(worked_by=sorted(people))
    Case.objects.filter(closed_at__isnull=False).update(wrap_up_ended_at=F("closed_at"))


def withdraw_what_names_nothing(apps, schema_editor):
    """What somebody decides now has to say what it is about: who asked before asks once more."""
    Approval = apps.get_model("recovery", "Approval")
    Evidence = apps.get_model("recovery", "Evidence")
    standing = Approval.objects.filter(state__in=("requested", "approved"))
    standing.filter(case__closed_at=None).update(state="withdrawn")
    for approval in standing.all():
        passed = Evidence.objects.filter(case=approval.case_id, state="passed").values_list("pk", flat=True)
        Approval.objects.filter(pk=approval.pk).update(evidence=list(passed) or [0], plan="not kept")
    Approval.objects.filter(state="declined").update(decline_reason="–")


def see_who_is_on_duty(apps, schema_editor):
    """Their pages are open, or it shows within a minute."""
    apps.get_model("recovery", "Duty").objects.exclude(state="off").update(seen_at=Now())


class Migration(migrations.Migration):
    dependencies = [
        ("recovery", "0005_one_form_of_an_address"),
        ("audit", "0001_trail"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Reading",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("session", models.UUIDField()),
                (
                    "why",
                    models.CharField(max_length=16),
                ),
                ("reason", models.TextField(blank=True, max_length=500)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="approval",
            name="decline_reason",
            field=models.TextField(blank=True, max_length=1000),
        ),
        migrations.AddField(
            model_name="approval",
            name="evidence",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="plan",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="approval",
            name="worked_by",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="callback",
            name="came_from",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=49), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="callback",
            name="from_staff",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="worked_by",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="wrap_up_ended_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="duty",
            name="seen_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="duty",
            name="seen_from",
            field=models.CharField(blank=True, max_length=49),
        ),
        migrations.AddField(
            model_name="reading",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="readings", to="recovery.case"
            ),
        ),
        migrations.AddField(
            model_name="reading",
            name="reader",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="reading",
            constraint=models.UniqueConstraint(
                fields=("case", "session", "why"), name="recovery_read_once_a_session_and_case"
            ),
        ),
        migrations.AddConstraint(
            model_name="reading",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("why", "look"), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="recovery_looks_have_their_reason",
            ),
        ),
        migrations.RunPython(remember_who_worked, migrations.RunPython.noop),
        migrations.RunPython(withdraw_what_names_nothing, migrations.RunPython.noop),
        migrations.RunPython(see_who_is_on_duty, migrations.RunPython.noop),
    ]
