"""The addresses of open cases in the normal form by which accounts are found.

The rule is imported and not copied: rows must be as the code of the day compares them.
"""

from django.db import migrations

from common.email_addresses import normal_or_none


def normalise(apps, schema_editor):
    Case = apps.get_model("recovery", "Case")
    for case in Case.objects.filter(closed_at=None).only("pk", "email").iterator():
        address = normal_or_none(case.email)
        if address and address != case.email:
            Case.objects.filter(pk=case.pk).update(email=address)


class Migration(migrations.Migration):
    dependencies = [("recovery", "0004_lanes_and_what_calls_may_cost")]

    operations = [migrations.RunPython(normalise, migrations.RunPython.noop)]
