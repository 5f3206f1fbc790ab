import django.contrib.postgres.fields
from django.db import migrations, models


def name_the_changes(apps, schema_editor):
    """What a freeze began with was a moment; from now on it names the changes that it was placed for."""
    freeze, change = apps.get_model("accounts", "Freeze"), apps.get_model("accounts", "CredentialChange")
    for row in freeze.objects.exclude(reason="hold").iterator():
        since = change.objects.filter(user=row.user_id, at__gte=row.since).order_by("pk")
        row.changes = list(since.values_list("pk", flat=True))
        row.save(update_fields=["changes"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_former_passwords_and_notices")]

    operations = [
        migrations.AddField("session", "device", models.CharField(blank=True, max_length=64, default="")),
        migrations.AddField(
            "credentialchange", "device", models.CharField(blank=True, max_length=64, default="")
        ),
        migrations.AddField(
            "freeze",
            "changes",
            django.contrib.postgres.fields.ArrayField(models.BigIntegerField(), default=list, size=None),
        ),
        migrations.RunPython(name_the_changes, migrations.RunPython.noop),
        migrations.RemoveField("freeze", "since"),
    ]
