"""Each mail carries a reference, and its row what that is looked up by. Built while mails are sent."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("notifications", "0001_owe_mails_as_rows")]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="reference_key",
            field=models.CharField(default="", max_length=64, db_default=""),
        ),
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("reference_key", ""), _negated=True),
                fields=["reference_key"],
                name="notifications_delivery_ref",
            ),
        ),
    ]
