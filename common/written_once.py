"""Statements that Django writes once and the process keeps, for what every request, every sign-in or every
live page asks.

Writing a statement costs the ORM about ten times what running it costs. Here it is written at the first use,
from an ordinary queryset with :class:`Later` where values come in, and bound to new values each time::

    _BY_ADDRESS = Select(lambda: User.objects.filter(email=Later("address"), is_active=True))
    user = _BY_ADDRESS.first(address=address)

Values are bound by the driver as in any other statement. They must be what the column holds: a primary key
and not an object, an aware moment, a UUID.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models import Expression, sql
from django.db.models.expressions import Col
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError

M = TypeVar("M", bound=models.Model)


class Later(Expression):
    """The place of a value that is given when the statement is run."""

    def __init__(self, name: str) -> None:
        super().__init__(output_field=models.Field())
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, Any]:
        return "%s", [self]


def _bound(parameters: tuple[Any, ...], values: dict[str, object]) -> list[Any]:
    return [values[one.name] if isinstance(one, Later) else one for one in parameters]


@dataclass(frozen=True)
class _Statement:
    """``names`` are those of the model's own columns, which come first; ``related`` makes the rest of a row
    into the objects that ``select_related`` asked for.
    """

    text: str
    parameters: tuple[Any, ...]
    model: type[models.Model]
    names: list[str]
    related: list[Any]
    locks: bool


class Select(Generic[M]):
    """Rows of one model as objects, with those that ``select_related`` names, or as tuples where the queryset
    was made by ``values_list``. What a tuple says that is no column comes as the database gives it.
    """

    def __init__(self, build: Callable[[], models.QuerySet[M, Any]]) -> None:
        self._build = build

    @cached_property
    def _written(self) -> _Statement:
        queryset = self._build()
        compiler = queryset.query.get_compiler(connection=connection)
        text, parameters = compiler.as_sql()
        columns = [column for column, *_ in compiler.select]
        if compiler.get_converters(column for column in columns if isinstance(column, Col)):
            raise TypeError("A column that Django converts after reading cannot be read in this way.")
        names, related = [], []
        if compiler.klass_info:
            names = [columns[place].target.attname for place in compiler.klass_info["select_fields"]]
            # The types are those of a later Django.
            related = get_related_populators(compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]
        locks = queryset.query.select_for_update
        return _Statement(text, tuple(parameters), queryset.model, names, related, locks)

    def rows(self, **values: object) -> list[tuple[Any, ...]]:
        written = self._written
        database = connections[DEFAULT_DB_ALIAS]
        if written.locks and not database.in_atomic_block:
            raise TransactionManagementError("Rows are locked inside of a transaction.")
        with database.cursor() as cursor:
            cursor.execute(written.text, _bound(written.parameters, values))
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return found

    def all(self, **values: object) -> list[M]:
        written = self._written
        own = len(written.names)
        found: list[Any] = []
        for row in self.rows(**values):
            one = written.model.from_db(DEFAULT_DB_ALIAS, written.names, row[:own])
            for other in written.related:
                other.populate(row, one)
            found.append(one)
        return found

    def first(self, **values: object) -> M | None:
        """The first row in the queryset's own order, if there is one."""
        return next(iter(self.all(**values)), None)


class Update:
    """One guarded change. ``changes`` name the columns, with :class:`Later` where values come in."""

    def __init__(self, build: Callable[[], models.QuerySet[Any, Any]], **changes: object) -> None:
        self._build = build
        self._changes = changes

    @cached_property
    def _written(self) -> tuple[str, tuple[Any, ...]]:
        query: Any = self._build().query.chain(sql.UpdateQuery)
        query.add_update_values(self._changes)
        text, parameters = query.get_compiler(connection=connection).as_sql()
        return text, tuple(parameters)

    def run(self, **values: object) -> int:
        """Returns how many rows changed."""
        text, parameters = self._written
        with connection.cursor() as cursor:
            cursor.execute(text, _bound(parameters, values))
            return int(cursor.rowcount)


class Insert:
    """One new row of ``model``; a key that the database makes is left to it and not read back."""

    def __init__(self, model: type[models.Model]) -> None:
        self._model = model

    @cached_property
    def _written(self) -> tuple[str, list[str]]:
        about = self._model._meta  # noqa: SLF001 - Django documents it under this name
        quote = connection.ops.quote_name
        fields = [field for field in about.concrete_fields if not isinstance(field, models.AutoField)]
        names = ", ".join(quote(str(field.column)) for field in fields)
        places = ", ".join("%s" for _ in fields)
        text = f"INSERT INTO {quote(about.db_table)} ({names}) VALUES ({places})"  # noqa: S608
        return text, [field.attname for field in fields]

    def run(self, row: models.Model) -> None:
        text, names = self._written
        values: list[Any] = [getattr(row, name) for name in names]
        with connection.cursor() as cursor:
            cursor.execute(text, values)
