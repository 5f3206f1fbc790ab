from django.db import migrations, models
from django.db.models.functions import Now

REASON = "keys_hashed"


def end_all(apps, _editor):
    """Rows held the keys themselves. Everybody signs in once more, and backups of before open nothing."""
    apps.get_model("sessions", "Session").objects.all().delete()
    sessions = apps.get_model("accounts", "Session").objects
    sessions.filter(ended_at=None).update(ended_at=Now(), end_reason=REASON, key=None)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_imported_accounts"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(end_all, migrations.RunPython.noop),
        migrations.AddField(
            model_name="session",
            name="factor_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
