"""INSERT statements for rows that every visitor writes, without the ORM's flush."""

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, make_transient_to_detached

from consultation.db.base import Base, connection_of
from consultation.db.statements import Statement

Row = TypeVar("Row", bound=Base)


def insert_once(session: Session, model: type[Base], values: dict[str, Any]) -> int | None:
    """Insert a row unless one has the same unique key; return the new id, or None.

    Waits for another transaction that is inserting the same key.
    """
    row = _with_defaults(model, values)
    key: int | None = _insert_once(model, tuple(row)).value(session, row)
    return key


def insert(session: Session, model: type[Row], values: dict[str, Any]) -> Row:
    """Insert a row and return its object, persistent in the session without a refresh."""
    row = model(**_with_defaults(model, values))
    setattr(row, _key_of(model).name, insert_row(session, model, values))
    make_transient_to_detached(row)
    session.add(row)
    return row


def insert_row(session: Session, model: type[Base], values: Mapping[str, Any]) -> Any:
    """Insert a row and return its key, for rows that the request does not read again."""
    row = _with_defaults(model, values)
    return _insert(model, tuple(row), is_keyed=True).value(session, row)


def encode(session: Session, model: type[Base], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values of a row as the driver takes them, for an insert that comes later.

    What is encrypted is so before the turn to write.
    """
    every = tuple(column.name for column in model.metadata.tables[model.__tablename__].columns)
    return _insert(model, every, is_keyed=False).encode(session, values)


def insert_rows(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that give values for the same columns, by one call of the driver."""
    if rows:
        filled = [_with_defaults(model, values) for values in rows]
        _insert(model, tuple(filled[0]), is_keyed=False).run_for_each(session, filled)


def insert_rows_once(
    session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]
) -> set[int]:
    """Insert rows unless one has the same unique key; return the keys of those inserted."""
    if not rows:
        return set()
    connection = connection_of(session)
    statement: Any = _statement_once(model, connection.dialect.name)
    return set(connection.scalars(statement, [_with_defaults(model, row) for row in rows]))


@cache
def _insert_once(model: type[Base], columns: tuple[str, ...]) -> Statement:
    return Statement(partial(_statement_once, model), columns)


def _statement_once(model: type[Base], dialect: str) -> sa.ClauseElement:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement: Any = insert(model.metadata.tables[model.__tablename__])
    once: sa.ClauseElement = statement.on_conflict_do_nothing().returning(_key_of(model))
    return once


@cache
def _insert(model: type[Base], columns: tuple[str, ...], *, is_keyed: bool) -> Statement:
    statement = sa.insert(model.metadata.tables[model.__tablename__])
    keyed = statement.returning(_key_of(model)) if is_keyed else statement.inline()
    return Statement(keyed, columns)


def _key_of(model: type[Base]) -> sa.Column[Any]:
    return next(iter(model.metadata.tables[model.__tablename__].primary_key))


def _with_defaults(model: type[Base], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a row, with what the columns that it leaves out default to."""
    missing = {
        name: default.arg(None) if default.is_callable else default.arg
        for name, default in _defaults(model)
        if name not in values
    }
    return {**values, **missing}


@cache
def _defaults(model: type[Base]) -> list[tuple[str, Any]]:
    columns = model.metadata.tables[model.__tablename__].columns
    return [(column.name, column.default) for column in columns if column.default is not None]
