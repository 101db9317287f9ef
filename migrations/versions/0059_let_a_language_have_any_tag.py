"""Let a language have any tag of BCP 47.

SQLite rebuilds a table to change a type, and loses its triggers; PostgreSQL changes no column that
a trigger names.  So triggers are dropped before, and made again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

TABLES = {
    "incoming_message": False,
    "institution_reply_request": False,
    "invitee": False,
    "moderated_text": True,
    "outbox_message": False,
    "report_file": False,
    "respondent": False,
}
"""The tables whose rows are in a language, and whether it may be unknown."""
BEFORE, AFTER = 5, 35
"""Lengths; RFC 5646, 4.4.1, counts 35 signs for the longest tag in use."""
ON_SQLITE = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
ON_POSTGRESQL = """
SELECT tgname, relname, pg_get_triggerdef(trigger.oid)
FROM pg_trigger AS trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace ORDER BY tgname
"""


def upgrade() -> None:
    _let_tags_have(AFTER, BEFORE)


def downgrade() -> None:
    """A row in a language of a longer tag passes for French."""
    _let_tags_have(BEFORE, AFTER)


def _let_tags_have(length: int, before: int) -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    triggers = op.get_bind().execute(sa.text(ON_SQLITE if is_sqlite else ON_POSTGRESQL)).all()
    for name, table, _statement in triggers:
        op.execute(f"DROP TRIGGER {name}" + ("" if is_sqlite else f" ON {table}"))
    for table, is_nullable in TABLES.items():
        if length < before:
            rows = sa.table(table, sa.column("locale"))
            longer = sa.func.length(rows.c.locale) > length
            op.execute(sa.update(rows).where(longer).values(locale="fr"))
        with op.batch_alter_table(table) as batch:
            batch.alter_column(
                "locale",
                type_=sa.String(length),
                existing_type=sa.String(before),
                existing_nullable=is_nullable,
            )
    for _name, _table, statement in triggers:
        op.execute(sa.text(statement.replace(":", "\\:")))
