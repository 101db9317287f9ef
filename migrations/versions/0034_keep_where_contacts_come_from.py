"""Keep from where the addresses of contacts come."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact_source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=300), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_contact_source_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_source")),
    )
    op.create_table(
        "invitee_source",
        sa.Column("invitee_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitee_id"], ["invitee.id"], name=op.f("fk_invitee_source_invitee_id_invitee")
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["contact_source.id"],
            name=op.f("fk_invitee_source_source_id_contact_source"),
        ),
        sa.PrimaryKeyConstraint("invitee_id", "source_id", name=op.f("pk_invitee_source")),
    )
    with op.batch_alter_table("invitee_source") as batch:
        batch.create_index(batch.f("ix_invitee_source_source_id"), ["source_id"])


def downgrade() -> None:
    op.drop_table("invitee_source")
    op.drop_table("contact_source")
