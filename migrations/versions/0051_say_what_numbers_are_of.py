"""Keep what a hidden value is less than, hold others back, and count answers by wording."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

EARLIER, ADDED = ("exact", "small"), ("held_back",)
SHOWING, LESS_THAN = "ck_value_publication_showing", "ck_value_publication_less_than"
ONLY_SMALL = "less_than IS NULL OR showing = 'small'"

PUBLICATIONS = sa.table(
    "value_publication",
    sa.column("id", sa.Integer),
    sa.column("value_id", sa.Integer),
    sa.column("showing", sa.String),
    sa.column("less_than", sa.Integer),
    sa.column("created_at", sa.DateTime),
)
VALUES = sa.table("indicator_value", sa.column("id", sa.Integer), sa.column("number", sa.Float))
EVENTS = sa.table(
    "audit_event",
    sa.column("id", sa.Integer),
    sa.column("action", sa.String),
    sa.column("subject", sa.String),
    sa.column("details", sa.JSON().with_variant(JSONB(), "postgresql")),
    sa.column("happened_at", sa.DateTime),
)


def upgrade() -> None:
    """Fill in what the trail of the settings tells of values that are hidden already.

    All answers are counted again, for the tallies of the wordings that they are about.
    """
    _let_change()
    with op.batch_alter_table("value_publication") as batch:
        batch.add_column(sa.Column("less_than", sa.Integer(), nullable=True))
        batch.drop_constraint(op.f(SHOWING), type_="check")
        batch.create_check_constraint(op.f(SHOWING), sa.column("showing").in_((*EARLIER, *ADDED)))
        batch.create_check_constraint(op.f(LESS_THAN), ONLY_SMALL)
    _fill()
    _refuse_changes()
    op.execute(
        "INSERT INTO tally_change (response_id)"
        " SELECT min(id) FROM response GROUP BY questionnaire_id"
    )


def downgrade() -> None:
    """A value that is held back is not public any more; what a small one is less than is lost."""
    op.execute("DELETE FROM tally WHERE indicator_id IS NOT NULL AND question = ''")
    _let_change()
    held_back = PUBLICATIONS.c.showing.in_(ADDED)
    op.execute(sa.update(PUBLICATIONS).where(held_back).values(showing=None))
    with op.batch_alter_table("value_publication") as batch:
        batch.drop_constraint(op.f(LESS_THAN), type_="check")
        batch.drop_constraint(op.f(SHOWING), type_="check")
        batch.create_check_constraint(op.f(SHOWING), sa.column("showing").in_(EARLIER))
        batch.drop_column("less_than")
    _refuse_changes()


def _fill() -> None:
    connection = op.get_bind()
    changes = connection.execute(
        sa.select(EVENTS.c.happened_at, EVENTS.c.details)
        .where(EVENTS.c.action == "setting_changed", EVENTS.c.subject == "SMALL_CELL")
        .order_by(EVENTS.c.id)
    ).all()
    small = connection.execute(
        sa.select(PUBLICATIONS.c.id, PUBLICATIONS.c.created_at, VALUES.c.number)
        .join(VALUES, VALUES.c.id == PUBLICATIONS.c.value_id)
        .where(PUBLICATIONS.c.showing == "small")
    ).all()
    for id, published_at, number in small:
        smallest = _smallest_at(published_at, changes)
        if isinstance(smallest, int) and abs(number or 0) < smallest:
            row = PUBLICATIONS.c.id == id
            connection.execute(sa.update(PUBLICATIONS).where(row).values(less_than=smallest))


def _smallest_at(moment: datetime, changes: Sequence[sa.Row]) -> object:
    """Return what the setting was, None where nobody has ever changed it on screen."""
    before = [details for happened_at, details in changes if happened_at <= moment]
    if before:
        return (before[-1] or {}).get("after")
    return (changes[0].details or {}).get("before") if changes else None


def _let_change() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER value_publication_only_grows ON value_publication")
        return
    for change in ("update", "delete"):
        op.execute(f"DROP TRIGGER value_publication_refuses_{change}")


def _refuse_changes() -> None:
    table = "value_publication"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE"
            f" ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change}"
            f" ON {table} BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
        )
