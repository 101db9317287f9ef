"""Keep recordings of texts of the public pages, read aloud in a language."""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

KINDS = ("round_text", "section", "question", "indicator")
FORMATS = ("mp3", "opus")


def upgrade() -> None:
    op.create_table(
        "recording",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(22), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("format", sa.String(32), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(f"kind IN {KINDS}", name=op.f("ck_recording_kind")),
        sa.CheckConstraint(f"format IN {FORMATS}", name=op.f("ck_recording_format")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_recording_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording")),
        sa.UniqueConstraint("public_id", name=op.f("uq_recording_public_id")),
        sa.UniqueConstraint(
            "language", "digest", "kind", "code",
            name=op.f("uq_recording_language_digest_kind_code"),
        ),
        sqlite_autoincrement=True,
    )  # fmt: skip


def downgrade() -> None:
    """Recordings are lost: they stand nowhere else."""
    op.drop_table("recording")
