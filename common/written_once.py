"""Statements that Django writes once and the process keeps, for what every request or every sign-in asks.

Writing a statement costs the ORM about ten times what running it costs. Here it is written at the first use,
from an ordinary queryset with :class:`Later` where values come in, and bound to new values each time::

    _BY_ADDRESS = Select(lambda: User.objects.filter(email=Later("address"), is_active=True))
    user = _BY_ADDRESS.first(address=address)

Values are bound by the driver as in any other statement. They must be what the column holds: a primary key
and not an object, an aware moment, a UUID.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models import Expression, sql
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


class Select(Generic[M]):
    """Rows of one model as objects, or as tuples where the queryset was made by ``values_list``."""

    def __init__(self, build: Callable[[], models.QuerySet[M, Any]]) -> None:
        self._build = build

    @cached_property
    def _written(self) -> tuple[str, tuple[Any, ...], type[M], list[str], bool]:
        queryset = self._build()
        compiler = queryset.query.get_compiler(connection=connection)
        text, parameters = compiler.as_sql()
        columns = [column for column, *_ in compiler.select]
        if compiler.get_converters(columns):
            raise TypeError("A column that Django converts after reading cannot be read in this way.")
        names = [column.target.attname for column in columns]
        return text, tuple(parameters), queryset.model, names, queryset.query.select_for_update

    def rows(self, **values: object) -> list[tuple[Any, ...]]:
        text, parameters, _model, _names, locks = self._written
        database = connections[DEFAULT_DB_ALIAS]
        if locks and not database.in_atomic_block:
            raise TransactionManagementError("Rows are locked inside of a transaction.")
        with database.cursor() as cursor:
            cursor.execute(text, _bound(parameters, values))
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return found

    def all(self, **values: object) -> list[M]:
        rows = self.rows(**values)
        _text, _parameters, model, names, _locks = self._written
        return [model.from_db(DEFAULT_DB_ALIAS, names, row) for row in rows]

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
