"""Add the channels of what staff type in, and the day on which it came.

SQLite rebuilds a table to change its check, which fails on triggers that read it: they are dropped
before, and made again as they were.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

BEFORE, ADDED = ("web", "mail"), ("paper", "phone")


def upgrade() -> None:
    _let_channel_be((*BEFORE, *ADDED))
    op.add_column("response", sa.Column("received_on", sa.Date(), nullable=True))


def downgrade() -> None:
    """Call what was typed in a mail: the team has read and entered that as well."""
    respondent = sa.table("respondent", sa.column("channel"))
    op.execute(sa.update(respondent).where(respondent.c.channel.in_(ADDED)).values(channel="mail"))
    op.drop_column("response", "received_on")
    _let_channel_be(BEFORE)


def _let_channel_be(values: tuple[str, ...]) -> None:
    triggers = _drop_triggers()
    with op.batch_alter_table("respondent", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_respondent_channel"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_respondent_channel"), sa.column("channel").in_(values)
        )
    for statement in triggers:
        op.execute(statement)


def _drop_triggers() -> list[str]:
    """Drop the triggers of tallies on SQLite; return the statements that make them again."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return []
    kept = connection.execute(
        sa.text(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'tally%'"
            " ORDER BY name"
        )
    ).all()
    for name, _statement in kept:
        op.execute(f"DROP TRIGGER {name}")
    return [statement for _name, statement in kept]
