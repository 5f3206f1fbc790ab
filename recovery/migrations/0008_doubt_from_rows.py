import django.contrib.postgres.fields
from django.db import migrations, models

FORWARD = "UPDATE recovery_case SET is_takeover = window_start IS NOT NULL"


def _ids() -> django.contrib.postgres.fields.ArrayField:
    return django.contrib.postgres.fields.ArrayField(models.BigIntegerField(), default=list, size=None)


class Migration(migrations.Migration):
    dependencies = [("recovery", "0007_what_holds_inside_the_desk")]

    operations = [
        migrations.AddField("case", "is_takeover", models.BooleanField(default=False)),
        migrations.AddField("case", "disowned", _ids()),
        migrations.AddField("case", "also_undone", _ids()),
        migrations.AddField("case", "also_reason", models.TextField(blank=True, default="", max_length=1000)),
        migrations.AddField("case", "lost", _ids()),
        migrations.AddField("case", "findings", models.JSONField(null=True)),
        migrations.RunSQL(FORWARD, migrations.RunSQL.noop),
        migrations.RemoveField("case", "window_start"),
        migrations.RemoveField("case", "window_end"),
    ]
