"""Statements on tables, compiled once for each kind of database.

For what every visitor asks and writes: SQLAlchemy would look each statement up in its cache and
describe each result anew, which is most of what a short statement costs.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.orm import Session

from consultation.db.base import connection_of

Convert = Callable[[Any], Any] | None


@dataclass(frozen=True)
class Encoded:
    """A value as the driver takes it, worked out before the turn to write."""

    value: Any


class Statement:
    """A statement that is compiled when a kind of database first runs it.

    One that differs between kinds is given as a function of the dialect's name.  It takes the
    values of its `bindparam`, or those of `columns` for an `INSERT`, all of them; it can't expand
    an `IN`.  Rows of a `SELECT` are converted as its columns say, those of a `RETURNING` are keys
    and need none.
    """

    def __init__(
        self,
        statement: sa.ClauseElement | Callable[[str], sa.ClauseElement],
        columns: Sequence[str] | None = None,
    ) -> None:
        self._statement, self._columns = statement, columns
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, session: Session | Connection, values: Mapping[str, Any]) -> list[Any]:
        """Run the statement; return its rows, as named tuples."""
        connection = session if isinstance(session, Connection) else connection_of(session)
        compiled = self._compiled_for(connection)
        with connection.exec_driver_sql(compiled.text, compiled.parameters(values)) as result:
            cursor = result.cursor
            return compiled.converted(cursor.fetchall()) if cursor is not None else []

    def row(self, session: Session | Connection, values: Mapping[str, Any]) -> Any | None:
        """Run the statement; return its first row, or None."""
        rows = self.rows(session, values)
        return rows[0] if rows else None

    def value(self, session: Session | Connection, values: Mapping[str, Any]) -> Any:
        """Run the statement; return the first value of its first row, or None."""
        rows = self.rows(session, values)
        return rows[0][0] if rows else None

    def run_for_each(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run the statement once for each row of values, by one call of the driver."""
        connection = connection_of(session)
        compiled = self._compiled_for(connection)
        connection.exec_driver_sql(compiled.text, [compiled.parameters(row) for row in rows])

    def encode(self, session: Session, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values, some of those that the statement takes, as the driver takes them."""
        return self._compiled_for(session.get_bind()).encode(values)

    def _compiled_for(self, bind: Connection | Engine) -> "_Compiled":
        dialect = bind.dialect
        if dialect.name not in self._compiled:
            own = self._statement
            statement = own if isinstance(own, sa.ClauseElement) else own(dialect.name)
            self._compiled[dialect.name] = _compile(statement, dialect, self._columns)
        return self._compiled[dialect.name]


@dataclass(frozen=True)
class _Parameter:
    """A parameter of the driver: where its value comes from, and how it is converted.

    A constant has no key, and is converted already.
    """

    key: str | None
    constant: Any
    convert: Convert


@dataclass(frozen=True)
class _Compiled:
    """The text of a statement for a driver, its parameters, and how its rows are converted."""

    text: str
    taken: Sequence[_Parameter]
    """In the order in which the driver takes them."""
    names: Sequence[str] | None
    """Their names, where the driver takes them by name."""
    row: Any
    converts: Sequence[Convert]

    def encode(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values of parameters as the driver takes them."""
        encoded = dict(values)
        for parameter in self.taken:
            if parameter.convert and parameter.key in encoded:
                encoded[parameter.key] = Encoded(parameter.convert(encoded[parameter.key]))
        return encoded

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """Return the values as the driver takes them; some may be encoded."""
        taken = []
        for parameter in self.taken:
            value = parameter.constant if parameter.key is None else values[parameter.key]
            if parameter.convert:
                value = value.value if type(value) is Encoded else parameter.convert(value)
            taken.append(value)
        return tuple(taken) if self.names is None else dict(zip(self.names, taken, strict=True))

    def converted(self, rows: Sequence[Sequence[Any]]) -> list[Any]:
        """Return rows of the driver as named tuples of what the columns hold."""
        if not self.converts:
            return list(rows)
        return [
            self.row._make(
                convert(value) if convert else value
                for value, convert in zip(row, self.converts, strict=True)
            )
            for row in rows
        ]


def _compile(
    statement: sa.ClauseElement, dialect: Dialect, columns: Sequence[str] | None
) -> _Compiled:
    compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
    if any(parameter.expanding for parameter in compiled.bind_names):
        raise ValueError("an IN has as many parameters as values: say each one")
    by_name = {
        name: _parameter(parameter, dialect, columns or ())
        for parameter, name in compiled.bind_names.items()
    }
    order = compiled.positiontup
    selected = getattr(statement, "selected_columns", ())
    return _Compiled(
        str(compiled),
        [by_name[name] for name in (by_name if order is None else order)],
        list(by_name) if order is None else None,
        namedtuple("Row", [column.key or "_" for column in selected], rename=True),
        [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in selected],
    )


def _parameter(parameter: Any, dialect: Dialect, columns: Sequence[str]) -> _Parameter:
    convert = parameter.type.dialect_impl(dialect).bind_processor(dialect)
    if parameter.required or parameter.key in columns:
        return _Parameter(parameter.key, None, convert)
    return _Parameter(None, convert(parameter.value) if convert else parameter.value, None)
