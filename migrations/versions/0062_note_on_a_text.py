"""Let moderators leave a note on a text, and give it to one of them."""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "text_note",
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "text <> '' OR assignee_id IS NOT NULL", name=op.f("ck_text_note_content")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_text_note_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["answer_id"],
            ["moderated_text.answer_id"],
            name=op.f("fk_text_note_answer_id_moderated_text"),
        ),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["account.id"], name=op.f("fk_text_note_assignee_id_account")
        ),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_text_note")),
    )
    op.create_index(op.f("ix_text_note_assignee_id"), "text_note", ["assignee_id"])


def downgrade() -> None:
    """Notes are lost: they stand nowhere else."""
    op.drop_table("text_note")
