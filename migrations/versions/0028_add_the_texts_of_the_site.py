"""Add the texts of the site: the collective, its legal notice and its help, in versions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "site_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "members",
                "plan_link",
                "evaluation",
                "help",
                "publisher",
                "director",
                "host",
                "controller",
                "legal_basis",
                "recipients",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("written_at", sa.DateTime(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "coalesce(content ->> 'fr', '') <> ''", name=op.f("ck_site_text_content_fr")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_site_text_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_text")),
        sa.UniqueConstraint("kind", "number", name=op.f("uq_site_text_kind_number")),
    )


def downgrade() -> None:
    op.drop_table("site_text")
