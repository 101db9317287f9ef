"""Help people choose their measures: synonyms, tags, and which responses a proposal led to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "synonym_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_synonym_list")),
    )
    op.add_column(
        "measure", sa.Column("tags", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=True)
    )
    op.add_column(
        "response",
        sa.Column("is_proposed", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("response", "is_proposed")
    op.drop_column("measure", "tags")
    op.drop_table("synonym_list")
