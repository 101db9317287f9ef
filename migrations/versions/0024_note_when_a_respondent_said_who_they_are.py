"""Note when a respondent last said who they are and what they agree to."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("respondent", sa.Column("said_at", sa.DateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("respondent", "said_at")
