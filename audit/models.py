"""What is kept: one row an event, and nobody changes it.

The table is made by SQL in the first migration (partitions, triggers, a transaction id by default), so
the model is unmanaged: it reads. Rows are written by :func:`audit.recording.record` alone. No foreign
keys: the trail outlives what it tells of.
"""

from typing import Any

from django.db import models


class Outcome(models.TextChoices):
    OK = "ok"
    FAILED = "failed"
    DENIED = "denied"


class DistinctFrom(models.Lookup):
    """``IS DISTINCT FROM``, written as the partial index over acts on other people's accounts has it."""

    lookup_name = "distinct_from"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} IS DISTINCT FROM {right}", (*left_params, *right_params)


class Within(models.Lookup):
    """The address stands in this network; PostgreSQL serves it from the btree over addresses."""

    lookup_name = "within"
    prepare_rhs = False

    def get_db_prep_lookup(self, value: object, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s::inet", (str(value),)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} <<= {right}", (*left_params, *right_params)


models.BigIntegerField.register_lookup(DistinctFrom)
models.GenericIPAddressField.register_lookup(Within)


class Event(models.Model):
    pk = models.CompositePrimaryKey("occurred_at", "id")
    id = models.BigIntegerField()
    occurred_at = models.DateTimeField()
    action = models.TextField()
    account = models.BigIntegerField(null=True)
    actor = models.BigIntegerField(null=True)
    case = models.BigIntegerField(null=True, db_column="case_id")
    outcome = models.TextField(choices=Outcome)
    address = models.GenericIPAddressField(null=True)
    country = models.CharField(max_length=2, null=True)  # noqa: DJ001 - char(2) would hold two blanks
    browser = models.TextField()
    session = models.UUIDField(null=True)
    request = models.UUIDField(null=True)
    details = models.JSONField()

    class Meta:
        managed = False
        db_table = "audit_event"

    def __str__(self) -> str:
        return f"{self.action} {self.occurred_at:%Y-%m-%d %H:%M:%S}"
