"""What the site asks its database while something is done."""

from contextlib import contextmanager

import sqlalchemy as sa


@contextmanager
def sent(beginning=""):
    """The statements that the block sends and that begin so, gathered while it runs."""
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        if statement.startswith(beginning):
            statements.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def selects():
    """The queries that the block sends, gathered while it runs."""
    return sent("SELECT")


def plan_of(session, statement):
    """The steps in which SQLite would run a statement, whatever its parameters are."""
    unbound = (None,) * statement.count("?")
    steps = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", unbound)
    return [step.detail for step in steps]


@contextmanager
def failing_at(beginning):
    """Let the database go away whenever a statement begins so."""

    def fail(_connection, _cursor, statement, *_rest):
        if statement.startswith(beginning):
            raise sa.exc.OperationalError(statement, None, ConnectionError("reset"))

    sa.event.listen(sa.Engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", fail)
