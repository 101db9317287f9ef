"""Let lists of contacts wait for their confirmation, encrypted like all files that wait."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

EARLIER = ("plan", "statuses", "questionnaire")
CHECK = "ck_sent_sheet_purpose"


def upgrade() -> None:
    """Files that wait, a day at most, are sent again."""
    op.execute(sa.text("DELETE FROM sent_sheet"))
    with op.batch_alter_table("sent_sheet") as batch:
        batch.drop_constraint(op.f(CHECK), type_="check")
        batch.create_check_constraint(op.f(CHECK), sa.column("purpose").in_((*EARLIER, "contacts")))
        batch.add_column(
            sa.Column("choices", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False)
        )


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM sent_sheet"))
    with op.batch_alter_table("sent_sheet") as batch:
        batch.drop_column("choices")
        batch.drop_constraint(op.f(CHECK), type_="check")
        batch.create_check_constraint(op.f(CHECK), sa.column("purpose").in_(EARLIER))
