"""Search in columns of text, whatever their accents and case, on both kinds of database."""

import sqlite3
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from consultation.i18n import folded

MOST_TOKENS = 8

_ACCENTED = "àâäáãåçéèêëíìîïñóòôöõúùûüýÿ’"
_BARE = "aaaaaaceeeeiiiinooooouuuuyy'"


class _Folded(FunctionElement[str]):
    """A column without accents and case; see `i18n.folded`."""

    type = sa.Text()
    inherit_cache = True


@compiles(_Folded, "sqlite")
def _on_sqlite(element: _Folded, compiler: Any, **kwargs: Any) -> str:
    return f"folded({compiler.process(element.clauses, **kwargs)})"


@compiles(_Folded, "postgresql")
def _on_postgresql(element: _Folded, compiler: Any, **kwargs: Any) -> str:
    column = f"lower({compiler.process(element.clauses, **kwargs)})"
    bare = _BARE.replace("'", "''")
    return f"replace(translate({column}, '{_ACCENTED}', '{bare}'), 'œ', 'oe')"


def add_functions(connection: sqlite3.Connection) -> None:
    """Give a connection of SQLite the function that `holds` calls."""
    connection.create_function("folded", 1, _folded, deterministic=True)


def holds(column: Any, typed: str) -> sa.ColumnElement[bool]:
    """Return the condition that a column holds every word that was typed."""
    tokens = folded(typed).split()[:MOST_TOKENS]
    return sa.and_(*(_Folded(column).contains(token, autoescape=True) for token in tokens))


def _folded(text: str | None) -> str | None:
    return None if text is None else folded(text)
