"""Statements on tables, compiled once for each kind of database.

For what every visitor asks and writes: SQLAlchemy would look each statement up in its cache and
describe each result anew, which is most of what a short statement costs.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import Session

from consultation.db.base import connection_of

Convert = Callable[[Any], Any] | None


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

    def _compiled_for(self, connection: Connection) -> "_Compiled":
        dialect = connection.dialect
        if dialect.name not in self._compiled:
            own = self._statement
            statement = own if isinstance(own, sa.ClauseElement) else own(dialect.name)
            self._compiled[dialect.name] = _compile(statement, dialect, self._columns)
        return self._compiled[dialect.name]


@dataclass(frozen=True)
class _Parameter:
    """A parameter of the driver: where its value comes from, and how it is converted."""

    key: str
    constant: Any
    is_constant: bool
    convert: Convert


@dataclass(frozen=True)
class _Compiled:
    """The text of a statement for a driver, its parameters, and how its rows are converted."""

    text: str
    by_name: Mapping[str, _Parameter]
    order: Sequence[str] | None
    """Names of the parameters in their order; None where the driver takes them by name."""
    row: Any
    converts: Sequence[Convert]

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """Return the values as the driver takes them."""
        if self.order is None:
            return {name: _taken(it, values) for name, it in self.by_name.items()}
        return tuple(_taken(self.by_name[name], values) for name in self.order)

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


def _taken(parameter: _Parameter, values: Mapping[str, Any]) -> Any:
    value = parameter.constant if parameter.is_constant else values[parameter.key]
    return parameter.convert(value) if parameter.convert else value


def _compile(
    statement: sa.ClauseElement, dialect: Dialect, columns: Sequence[str] | None
) -> _Compiled:
    compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
    if any(parameter.expanding for parameter in compiled.bind_names):
        raise ValueError("an IN has as many parameters as values: say each one")
    by_name = {
        name: _Parameter(
            parameter.key,
            parameter.value,
            not parameter.required and parameter.key not in (columns or ()),
            parameter.type.dialect_impl(dialect).bind_processor(dialect),
        )
        for parameter, name in compiled.bind_names.items()
    }
    selected = getattr(statement, "selected_columns", ())
    return _Compiled(
        str(compiled),
        by_name,
        compiled.positiontup,
        namedtuple("Row", [column.key or "_" for column in selected], rename=True),
        [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in selected],
    )
