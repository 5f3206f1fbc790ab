"""Every stored address in its normal form; what two people would then share is left and listed.

The rule is imported and not copied: rows must be as the code of the day compares them, and the rule knows
nothing of models.
"""

import sys
from collections import defaultdict

from django.db import migrations, models

from common.email_addresses import normal_or_none


def normalise(apps, schema_editor):
    User = apps.get_model("accounts", "User")
    Identifier = apps.get_model("accounts", "Identifier")
    PendingEmail = apps.get_model("accounts", "PendingEmail")
    owners = defaultdict(list)
    for user in User.objects.order_by("pk").only("pk", "email").iterator():
        owners[normal_or_none(user.email)].append((user.pk, user.email))
    left = []
    for address, people in owners.items():
        if address is None or len(people) > 1:
            left += [(pk, email) for pk, email in people if email != address or len(people) > 1]
            continue
        ((pk, email),) = people
        if email != address:
            User.objects.filter(pk=pk).update(email=address)
            Identifier.objects.filter(user=pk, removed_at=None).update(value=address, typed=email)
    for row in Identifier.objects.exclude(removed_at=None).iterator():
        address = normal_or_none(row.value)
        if address and address != row.value:
            Identifier.objects.filter(pk=row.pk).update(value=address, typed=row.value)
    for row in PendingEmail.objects.filter(state="pending").iterator():
        address = normal_or_none(row.address)
        if address and address != row.address:
            PendingEmail.objects.filter(pk=row.pk).update(address=address, typed=row.address)
    if left:
        numbers = ", ".join(str(pk) for pk, _email in sorted(left))
        sys.stdout.write(
            f"\n  Addresses left as they were, of accounts {numbers}: see manage.py list_address_clashes\n"
        )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_people_and_their_credentials")]

    operations = [
        migrations.AddField(
            "identifier",
            "typed",
            models.CharField(blank=True, default="", max_length=254),
            preserve_default=False,
        ),
        migrations.AddField(
            "pendingemail",
            "typed",
            models.CharField(blank=True, default="", max_length=254),
            preserve_default=False,
        ),
        migrations.RunPython(normalise, migrations.RunPython.noop),
    ]
