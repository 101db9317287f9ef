"""Add outlines, texts of rounds, sent sheets and drafts; announce the rounds that there are."""

import secrets

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outline",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("published_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_outline_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outline")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_outline_round_id_number")),
    )
    with op.batch_alter_table("outline", schema=None) as batch_op:
        batch_op.create_index(
            "uq_outline_working",
            ["round_id"],
            unique=True,
            sqlite_where=sa.text("published_at IS NULL"),
            postgresql_where=sa.text("published_at IS NULL"),
        )

    op.create_table(
        "round_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "home_title",
                "home_lead",
                "home_more",
                "notice",
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
            "coalesce(content ->> 'fr', '') <> ''", name=op.f("ck_round_text_content_fr")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_round_text_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_round_text_round_id_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_text")),
        sa.UniqueConstraint(
            "round_id", "kind", "number", name=op.f("uq_round_text_round_id_kind_number")
        ),
    )
    op.create_table(
        "sent_sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "plan",
                "statuses",
                "questionnaire",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("filename", sa.String(length=100), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_sent_sheet_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_sheet")),
        sa.UniqueConstraint("public_id", name=op.f("uq_sent_sheet_public_id")),
    )
    with op.batch_alter_table("sent_sheet", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sent_sheet_sent_at"), ["sent_at"], unique=False)

    op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("respondent_id", sa.Integer(), nullable=False),
        sa.Column("questionnaire_id", sa.Integer(), nullable=False),
        sa.Column("fields", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["questionnaire_id"],
            ["questionnaire.id"],
            name=op.f("fk_draft_questionnaire_id_questionnaire"),
        ),
        sa.ForeignKeyConstraint(
            ["respondent_id"], ["respondent.id"], name=op.f("fk_draft_respondent_id_respondent")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint(
            "respondent_id",
            "questionnaire_id",
            name=op.f("uq_draft_respondent_id_questionnaire_id"),
        ),
    )
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_draft_questionnaire_id"), ["questionnaire_id"], unique=False
        )
    with op.batch_alter_table("measure_status", schema=None) as batch_op:
        batch_op.add_column(sa.Column("public_id", sa.String(length=22), nullable=True))
        batch_op.add_column(sa.Column("source_url", sa.String(length=500), nullable=True))
    _give_ids("measure_status")
    with op.batch_alter_table("measure_status", schema=None) as batch_op:
        batch_op.alter_column("public_id", existing_type=sa.String(length=22), nullable=False)
        batch_op.create_index("ix_measure_status_assessed_on", ["assessed_on"], unique=False)
        batch_op.create_unique_constraint(
            batch_op.f("uq_measure_status_measure_id_assessor_assessed_on"),
            ["measure_id", "assessor", "assessed_on"],
        )
        batch_op.create_unique_constraint(batch_op.f("uq_measure_status_public_id"), ["public_id"])

    with op.batch_alter_table("round", schema=None) as batch_op:
        batch_op.add_column(sa.Column("announced_at", sa.DateTime(), nullable=True))
    op.execute("UPDATE round SET announced_at = opens_at")


def _give_ids(table: str) -> None:
    rows = sa.table(table, sa.column("id"), sa.column("public_id"))
    connection = op.get_bind()
    for (row_id,) in connection.execute(sa.select(rows.c.id)).all():
        connection.execute(
            sa.update(rows).where(rows.c.id == row_id).values(public_id=secrets.token_urlsafe(16))
        )


def downgrade() -> None:
    with op.batch_alter_table("round", schema=None) as batch_op:
        batch_op.drop_column("announced_at")

    with op.batch_alter_table("measure_status", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_measure_status_public_id"), type_="unique")
        batch_op.drop_constraint(
            batch_op.f("uq_measure_status_measure_id_assessor_assessed_on"), type_="unique"
        )
        batch_op.drop_index("ix_measure_status_assessed_on")
        batch_op.drop_column("source_url")
        batch_op.drop_column("public_id")

    op.drop_table("draft")
    with op.batch_alter_table("sent_sheet", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sent_sheet_sent_at"))

    op.drop_table("sent_sheet")
    op.drop_table("round_text")
    with op.batch_alter_table("outline", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_outline_working",
            sqlite_where=sa.text("published_at IS NULL"),
            postgresql_where=sa.text("published_at IS NULL"),
        )

    op.drop_table("outline")
