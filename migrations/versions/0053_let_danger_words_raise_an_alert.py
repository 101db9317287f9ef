"""Let danger words raise an alert, and an alert be dismissed."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

CHECK = "ck_danger_alert_dismissed"


def upgrade() -> None:
    """Texts that were marked without an alert get theirs from the worker."""
    with op.batch_alter_table("danger_alert") as batch:
        batch.alter_column("account_id", existing_type=sa.Integer(), nullable=True)
        batch.add_column(
            sa.Column("is_dismissed", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch.create_check_constraint(op.f(CHECK), "NOT is_dismissed OR closed_at IS NOT NULL")


def downgrade() -> None:
    """An alert that danger words raised goes to who closed it, or is raised anew afterwards."""
    op.execute("DELETE FROM danger_alert WHERE account_id IS NULL AND closed_by IS NULL")
    op.execute("UPDATE danger_alert SET account_id = closed_by WHERE account_id IS NULL")
    with op.batch_alter_table("danger_alert") as batch:
        batch.drop_constraint(op.f(CHECK), type_="check")
        batch.drop_column("is_dismissed")
        batch.alter_column("account_id", existing_type=sa.Integer(), nullable=False)
