"""Let a person of the team translate a text, beside the original."""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "text_translation",
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_checked", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_text_translation_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["answer_id"],
            ["moderated_text.answer_id"],
            name=op.f("fk_text_translation_answer_id_moderated_text"),
        ),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_text_translation")),
    )


def downgrade() -> None:
    """Translations are lost: they stand nowhere else."""
    op.drop_table("text_translation")
