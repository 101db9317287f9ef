"""Find the mail of one box at once, however much waits for others."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLE, BY_BOX = "outbox_message", "ix_outbox_message_recipient_index"


def upgrade() -> None:
    op.create_index(f"{BY_BOX}_status", TABLE, ["recipient_index", "status"])
    op.drop_index(BY_BOX, TABLE)


def downgrade() -> None:
    op.create_index(BY_BOX, TABLE, ["recipient_index"])
    op.drop_index(f"{BY_BOX}_status", TABLE)
