"""Cover the counts of a side of the respondents by their index, so that no row is looked up."""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

NARROW, COVERING = "ix_tally_round_id_side_question", "ix_tally_counts_of_side"
BEGINNING = ["round_id", "side", "question"]


def upgrade() -> None:
    op.drop_index(op.f(NARROW), table_name="tally")
    columns = [*BEGINNING, "indicator_id", "side_code", "value", "count"]
    op.create_index(op.f(COVERING), "tally", columns)


def downgrade() -> None:
    op.drop_index(op.f(COVERING), table_name="tally")
    op.create_index(op.f(NARROW), "tally", BEGINNING)
