"""Write reports on the plan."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "report_edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("introduction", JSON, nullable=True),
        sa.Column("axis_texts", JSON, nullable=False),
        sa.Column("prepared_by", sa.Integer(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(), nullable=False),
        sa.Column("published_by", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(), nullable=True),
        sa.Column("content", JSON, nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "coalesce(title ->> 'fr', '') <> ''", name=op.f("ck_report_edition_title_fr")
        ),
        sa.CheckConstraint(
            "(published_at IS NULL) = (content IS NULL)", name=op.f("ck_report_edition_content")
        ),
        sa.CheckConstraint(
            "(published_at IS NULL) = (content_hash IS NULL)", name=op.f("ck_report_edition_hash")
        ),
        sa.CheckConstraint(
            "(published_at IS NULL) = (published_by IS NULL)",
            name=op.f("ck_report_edition_publisher"),
        ),
        sa.ForeignKeyConstraint(
            ["prepared_by"], ["account.id"], name=op.f("fk_report_edition_prepared_by_account")
        ),
        sa.ForeignKeyConstraint(
            ["published_by"], ["account.id"], name=op.f("fk_report_edition_published_by_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_edition")),
        sa.UniqueConstraint("number", name=op.f("uq_report_edition_number")),
    )
    op.create_table(
        "report_quotation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name=op.f("fk_report_quotation_answer_id_answer")
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["report_edition.id"],
            name=op.f("fk_report_quotation_edition_id_report_edition"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_quotation")),
        sa.UniqueConstraint(
            "edition_id", "answer_id", name=op.f("uq_report_quotation_edition_id_answer_id")
        ),
    )
    op.create_index(op.f("ix_report_quotation_answer_id"), "report_quotation", ["answer_id"])
    _freeze_published()


def _freeze_published() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER report_edition_is_frozen BEFORE UPDATE OR DELETE ON report_edition"
            " FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION refuse_change()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER report_edition_refuses_{change.lower()} BEFORE {change}"
            " ON report_edition WHEN OLD.published_at IS NOT NULL"
            " BEGIN SELECT RAISE(ABORT, 'report_edition only grows'); END"
        )


def downgrade() -> None:
    """Reports are lost, published ones too."""
    op.drop_table("report_quotation")
    op.drop_table("report_edition")
