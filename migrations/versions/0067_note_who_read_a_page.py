"""Note who read a page of a language over, and keep the logo beside their names."""

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

PAGES = ("home", "measures", "form", "receipt", "help", "data", "results")


def upgrade() -> None:
    op.create_table(
        "page_reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(35), nullable=False),
        sa.Column("page", sa.String(32), nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("readers", sa.Text(), nullable=False),
        sa.Column("read_on", sa.Date(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("noted_at", sa.DateTime(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(f"page IN {PAGES}", name=op.f("ck_page_reading_page")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_page_reading_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_reading")),
        sa.UniqueConstraint("tag", "page", "code", name=op.f("uq_page_reading_tag_page_code")),
    )
    op.create_table(
        "reading_logo",
        sa.Column("tag", sa.String(35), nullable=False),
        sa.Column("public_id", sa.String(22), nullable=False),
        sa.Column("alternative", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("put_at", sa.DateTime(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_reading_logo_account_id_account")
        ),
        sa.PrimaryKeyConstraint("tag", name=op.f("pk_reading_logo")),
        sa.UniqueConstraint("public_id", name=op.f("uq_reading_logo_public_id")),
    )


def downgrade() -> None:
    """Who read a page and the logos are lost: they stand nowhere else."""
    op.drop_table("reading_logo")
    op.drop_table("page_reading")
