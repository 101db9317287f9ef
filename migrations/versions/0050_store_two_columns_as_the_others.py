"""Store two columns of PostgreSQL as all others of their kind."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

TABLE, TRIGGER = "institution_reply_request", "institution_reply_request_only_grows"
FROZEN = (
    "public_id, measure_id, institution, locale, due_on, assessed_on, level, evidence, source_url,"
    " shown_values, account_id, sent_at"
)
"""The columns of the trigger, which 0046 made and PostgreSQL lets nobody change under it."""


def upgrade() -> None:
    """A moment goes by the time zone of the connection, by which it came in."""
    _change_types(JSONB(), sa.DateTime())


def downgrade() -> None:
    _change_types(sa.JSON(), sa.DateTime(timezone=True))


def _change_types(of_texts: sa.types.TypeEngine, of_moments: sa.types.TypeEngine) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(f"DROP TRIGGER {TRIGGER} ON {TABLE}")
    op.alter_column(TABLE, "evidence", type_=of_texts)
    op.execute(
        f"CREATE TRIGGER {TRIGGER} BEFORE UPDATE OF {FROZEN} ON {TABLE}"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.alter_column("round", "planned_opening", type_=of_moments)
