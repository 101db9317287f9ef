"""What the site asks its database while something is done."""

from contextlib import contextmanager

import sqlalchemy as sa


@contextmanager
def selects():
    """The queries that the block sends, gathered while it runs."""
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        if statement.startswith("SELECT"):
            statements.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
