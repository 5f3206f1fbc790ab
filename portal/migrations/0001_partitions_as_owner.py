"""The months of the trail are made as their owner, whoever asks: the portal itself changes no table.

A worker asks every night, and the role that it signs in with may make no table. This function makes nothing but
months that are missing.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_trail")]

    operations = [
        migrations.RunSQL(
            "ALTER FUNCTION audit_ensure_partitions(date, integer) SECURITY DEFINER SET search_path = public, pg_temp",
            "ALTER FUNCTION audit_ensure_partitions(date, integer) SECURITY INVOKER RESET search_path",
        )
    ]
