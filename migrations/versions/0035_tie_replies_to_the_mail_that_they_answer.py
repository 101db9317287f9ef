"""Tie replies to the mail that they answer, by the fingerprints of what they name."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "incoming_reference",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["incoming_message.id"],
            name=op.f("fk_incoming_reference_message_id_incoming_message"),
        ),
        sa.PrimaryKeyConstraint("message_id", "fingerprint", name=op.f("pk_incoming_reference")),
    )
    op.create_index(
        op.f("ix_incoming_reference_fingerprint"), "incoming_reference", ["fingerprint"]
    )


def downgrade() -> None:
    op.drop_table("incoming_reference")
