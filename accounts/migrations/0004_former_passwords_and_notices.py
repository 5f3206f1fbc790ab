import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F

import common.clock


def were_told(apps, schema_editor):
    """Which mails told of the changes before is not known: the owner was told when they were made."""
    apps.get_model("accounts", "CredentialChange").objects.update(told_at=F("at"))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_count_tries_by_their_source")]

    operations = [
        migrations.CreateModel(
            name="FormerPassword",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=128)),
                ("at", models.DateTimeField(default=common.clock.now)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former_passwords",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["user", "-at"], name="accounts_former_password_user")],
            },
        ),
        migrations.AddField(
            "credentialchange",
            "notices",
            django.contrib.postgres.fields.ArrayField(models.BigIntegerField(), default=list, size=None),
        ),
        migrations.AddField("credentialchange", "told_at", models.DateTimeField(blank=True, null=True)),
        migrations.RunPython(were_told, migrations.RunPython.noop),
        migrations.AddIndex(
            "credentialchange",
            django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("told_at", None)), fields=["notices"], name="accounts_change_untold"
            ),
        ),
    ]
