"""Let a round be tried out before it opens."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

CHECK = "only_a_trial_has_a_plan"


def upgrade() -> None:
    with op.batch_alter_table("round") as batch:
        batch.add_column(
            sa.Column("is_trial", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch.add_column(sa.Column("planned_opening", sa.DateTime(timezone=True)))
        batch.create_check_constraint(
            op.f(f"ck_round_{CHECK}"), "is_trial OR planned_opening IS NULL"
        )


def downgrade() -> None:
    """A trial becomes a round like any other: its responses are there to be erased by hand."""
    with op.batch_alter_table("round") as batch:
        batch.drop_constraint(op.f(f"ck_round_{CHECK}"), type_="check")
        batch.drop_column("planned_opening")
        batch.drop_column("is_trial")
