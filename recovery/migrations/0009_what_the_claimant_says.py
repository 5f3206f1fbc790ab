import django.contrib.postgres.fields
from django.db import migrations, models

NOTICED = [
    ("cant_sign_in", "I can't sign in"),
    ("email_changed", "My e-mail address was changed"),
    ("not_mine", "Things happened that I did not do"),
    ("lost_factor", "I lost my phone or codes"),
]
SINCE = [
    ("today", "Today"),
    ("days", "In the last days"),
    ("longer", "Longer ago"),
    ("unknown", "I don't know"),
]
FORWARD = "UPDATE recovery_case SET has_lost = (category = 'lost_factor' OR lost <> '{}')"


class Migration(migrations.Migration):
    dependencies = [("recovery", "0008_doubt_from_rows")]

    operations = [
        migrations.AddField(
            "case",
            "noticed",
            django.contrib.postgres.fields.ArrayField(
                models.CharField(choices=NOTICED, max_length=20), default=list, size=None
            ),
        ),
        migrations.AddField(
            "case", "since", models.CharField(choices=SINCE, default="unknown", max_length=10)
        ),
        migrations.AddField("case", "said", models.TextField(blank=True, default="", max_length=500)),
        migrations.AddField(
            "case",
            "strange_sessions",
            django.contrib.postgres.fields.ArrayField(models.UUIDField(), default=list, size=None),
        ),
        migrations.AddField("case", "has_lost", models.BooleanField(default=False)),
        migrations.AddField("case", "knows_password", models.BooleanField(default=False)),
        migrations.RunSQL(FORWARD, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "case",
            models.CheckConstraint(
                condition=models.Q(
                    noticed__contained_by=[code for code, _words in NOTICED],
                    since__in=[code for code, _words in SINCE],
                ),
                name="recovery_case_claim_is_known",
            ),
        ),
        migrations.AddConstraint(
            "case",
            models.CheckConstraint(
                condition=models.Q(lost=[]) | models.Q(has_lost=True),
                name="recovery_case_names_what_is_lost",
            ),
        ),
        migrations.AddConstraint(
            "case",
            models.CheckConstraint(
                condition=models.Q(also_undone=[]) | ~models.Q(also_reason=""),
                name="recovery_case_says_why_more_is_undone",
            ),
        ),
    ]
