"""Note which languages each account reads beside French."""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_language",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(35), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_language_account_id_account")
        ),
        sa.PrimaryKeyConstraint("account_id", "tag", name=op.f("pk_account_language")),
    )


def downgrade() -> None:
    """Who reads which language is asked again after the next upgrade."""
    op.drop_table("account_language")
