"""Note who read the pages on safety, consent and data in a language of the site."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "language_reading",
        sa.Column("tag", sa.String(35), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_language_reading_account_id_account")
        ),
        sa.PrimaryKeyConstraint("tag", name=op.f("pk_language_reading")),
    )


def downgrade() -> None:
    """Languages that were noted as read are not shown to the public any more."""
    op.drop_table("language_reading")
