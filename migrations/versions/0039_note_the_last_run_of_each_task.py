"""Note the last run of each periodic task, and when it is due next."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "task_run",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("failure", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_task_run")),
    )


def downgrade() -> None:
    op.drop_table("task_run")
