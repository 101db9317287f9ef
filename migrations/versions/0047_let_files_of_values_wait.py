"""Let files of values wait for their confirmation."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

EARLIER = ("plan", "statuses", "questionnaire", "contacts")
CHECK = "ck_sent_sheet_purpose"


def upgrade() -> None:
    _let_purpose_be((*EARLIER, "values"))


def downgrade() -> None:
    """Files that wait, a day at most, are sent again."""
    sheets = sa.table("sent_sheet", sa.column("purpose"))
    op.execute(sa.delete(sheets).where(sheets.c.purpose == "values"))
    _let_purpose_be(EARLIER)


def _let_purpose_be(purposes: tuple[str, ...]) -> None:
    with op.batch_alter_table("sent_sheet") as batch:
        batch.drop_constraint(op.f(CHECK), type_="check")
        batch.create_check_constraint(op.f(CHECK), sa.column("purpose").in_(purposes))
