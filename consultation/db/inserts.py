"""Rows that many visitors write, inserted at once: the unit of work takes several times as long."""

from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, make_transient_to_detached

from consultation.db.base import Base, connection_of


def insert_once(session: Session, model: type[Base], values: dict[str, Any]) -> int | None:
    """Insert a row unless a unique key holds one already; return the new id, or None.

    Where another transaction is inserting the same key, this one waits for it to end.
    """
    connection = connection_of(session)
    statement = _inserting_once(model, connection.dialect.name)
    return connection.execute(statement, values).scalar_one_or_none()


@cache
def _inserting_once(model: type[Base], dialect: str) -> sa.Executable:
    table = model.metadata.tables[model.__tablename__]
    key = next(iter(table.primary_key))
    if dialect == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing().returning(key)
    return postgresql.insert(table).on_conflict_do_nothing().returning(key)


Row = TypeVar("Row", bound=Base)


def insert(session: Session, model: type[Row], values: dict[str, Any]) -> Row:
    """Insert a row and return its object, which the session holds as if it had read it."""
    made = model(**values)
    setattr(made, _inserting(model)[1], insert_row(session, model, values))
    make_transient_to_detached(made)
    session.add(made)
    return made


def insert_row(session: Session, model: type[Base], values: dict[str, Any]) -> Any:
    """Insert a row and return its key, for rows that nobody looks at in the same request."""
    return connection_of(session).execute(_inserting(model)[0], values).scalar_one()


@cache
def _inserting(model: type[Base]) -> tuple[sa.Executable, str]:
    table = model.metadata.tables[model.__tablename__]
    key = next(iter(table.primary_key))
    return sa.insert(table).returning(key), key.name
