"""Keep with a decision a keyed hash of the signature that was read beside the text."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "moderation_decision", sa.Column("signature_index", sa.String(length=64), nullable=True)
    )


def downgrade() -> None:
    # Not in a batch, which makes the table anew without what refuses changes to it.
    op.drop_column("moderation_decision", "signature_index")
