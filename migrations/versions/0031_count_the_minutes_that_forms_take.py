"""Count how many forms took how many minutes."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "completion_count",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("indicator_count", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("is_in_space", sa.Boolean(), nullable=False),
        sa.Column("minutes", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_completion_count_round_id_round")
        ),
        sa.PrimaryKeyConstraint(
            "round_id",
            "indicator_count",
            "is_in_space",
            "minutes",
            name=op.f("pk_completion_count"),
        ),
    )


def downgrade() -> None:
    op.drop_table("completion_count")
