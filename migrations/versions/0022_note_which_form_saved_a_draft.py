"""Note which form saved a draft, so that sending another one leaves it."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("draft", sa.Column("saved_by", sa.String(length=22), nullable=True))


def downgrade() -> None:
    op.drop_column("draft", "saved_by")
