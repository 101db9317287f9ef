"""Add rounds and questionnaires."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("title", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("opens_at", sa.DateTime(), nullable=False),
        sa.Column("closes_at", sa.DateTime(), nullable=False),
        sa.Column("document_url", sa.String(length=500), nullable=True),
        sa.CheckConstraint("coalesce(title ->> 'fr', '') <> ''", name=op.f("ck_round_title_fr")),
        sa.CheckConstraint("opens_at < closes_at", name=op.f("ck_round_opens_before_closing")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
        sa.UniqueConstraint("code", name=op.f("uq_round_code")),
    )
    op.create_table(
        "questionnaire",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("published_at", sa.DateTime(), nullable=True),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "coalesce(title ->> 'fr', '') <> ''", name=op.f("ck_questionnaire_title_fr")
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["measure.id"], name=op.f("fk_questionnaire_measure_id_measure")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_questionnaire_round_id_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaire")),
        sa.UniqueConstraint("public_id", name=op.f("uq_questionnaire_public_id")),
        sa.UniqueConstraint(
            "round_id",
            "measure_id",
            "version",
            name=op.f("uq_questionnaire_round_id_measure_id_version"),
        ),
    )
    with op.batch_alter_table("questionnaire", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_questionnaire_measure_id"), ["measure_id"], unique=False
        )
        batch_op.create_index(
            "uq_questionnaire_current_measure",
            ["round_id", "measure_id"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL AND measure_id IS NOT NULL"),
            postgresql_where=sa.text("closed_at IS NULL AND measure_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_questionnaire_current_tool",
            ["round_id"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL AND measure_id IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL AND measure_id IS NULL"),
        )

    op.create_table(
        "section",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("questionnaire_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("intro", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=True),
        sa.CheckConstraint("coalesce(title ->> 'fr', '') <> ''", name=op.f("ck_section_title_fr")),
        sa.ForeignKeyConstraint(
            ["questionnaire_id"],
            ["questionnaire.id"],
            name=op.f("fk_section_questionnaire_id_questionnaire"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_section")),
        sa.UniqueConstraint(
            "questionnaire_id", "code", name=op.f("uq_section_questionnaire_id_code")
        ),
        sa.UniqueConstraint("questionnaire_id", "id", name=op.f("uq_section_questionnaire_id_id")),
    )
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("questionnaire_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("indicator_version_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "short_text",
                "long_text",
                "number",
                "date",
                "yes_no",
                "single_choice",
                "multiple_choice",
                "scale",
                "email",
                "note",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "destination",
            sa.Enum(
                "answer",
                "capacity",
                "organisation",
                "territory",
                "name",
                "address",
                "consent_contact",
                "consent_anonymous",
                "consent_named",
                name="destination",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("hint", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=True),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("needs_care", sa.Boolean(), nullable=False),
        sa.Column("settings", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("condition", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=True),
        sa.CheckConstraint("coalesce(label ->> 'fr', '') <> ''", name=op.f("ck_question_label_fr")),
        sa.CheckConstraint(
            "kind <> 'email' OR destination = 'address'",
            name=op.f("ck_question_email_is_an_address"),
        ),
        sa.ForeignKeyConstraint(
            ["indicator_version_id"],
            ["indicator_version.id"],
            name=op.f("fk_question_indicator_version_id_indicator_version"),
        ),
        sa.ForeignKeyConstraint(
            ["questionnaire_id", "section_id"],
            ["section.questionnaire_id", "section.id"],
            name=op.f("fk_question_questionnaire_id_section_id_section"),
        ),
        sa.ForeignKeyConstraint(
            ["questionnaire_id"],
            ["questionnaire.id"],
            name=op.f("fk_question_questionnaire_id_questionnaire"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
    )
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_question_indicator_version_id"), ["indicator_version_id"], unique=False
        )
        batch_op.create_index(
            "uq_question_common_code",
            ["questionnaire_id", "code"],
            unique=True,
            sqlite_where=sa.text("indicator_version_id IS NULL"),
            postgresql_where=sa.text("indicator_version_id IS NULL"),
        )
        batch_op.create_index(
            "uq_question_indicator_code",
            ["questionnaire_id", "indicator_version_id", "code"],
            unique=True,
            sqlite_where=sa.text("indicator_version_id IS NOT NULL"),
            postgresql_where=sa.text("indicator_version_id IS NOT NULL"),
        )

    op.create_table(
        "option",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.CheckConstraint("coalesce(label ->> 'fr', '') <> ''", name=op.f("ck_option_label_fr")),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_option_question_id_question")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_option")),
        sa.UniqueConstraint("question_id", "code", name=op.f("uq_option_question_id_code")),
        sa.UniqueConstraint("question_id", "id", name=op.f("uq_option_question_id_id")),
    )


def downgrade() -> None:
    op.drop_table("option")
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_question_indicator_code",
            sqlite_where=sa.text("indicator_version_id IS NOT NULL"),
            postgresql_where=sa.text("indicator_version_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "uq_question_common_code",
            sqlite_where=sa.text("indicator_version_id IS NULL"),
            postgresql_where=sa.text("indicator_version_id IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_question_indicator_version_id"))

    op.drop_table("question")
    op.drop_table("section")
    with op.batch_alter_table("questionnaire", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_questionnaire_current_tool",
            sqlite_where=sa.text("closed_at IS NULL AND measure_id IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL AND measure_id IS NULL"),
        )
        batch_op.drop_index(
            "uq_questionnaire_current_measure",
            sqlite_where=sa.text("closed_at IS NULL AND measure_id IS NOT NULL"),
            postgresql_where=sa.text("closed_at IS NULL AND measure_id IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_questionnaire_measure_id"))

    op.drop_table("questionnaire")
    op.drop_table("round")
