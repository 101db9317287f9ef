"""Decide on indicators, and publish editions of the plan."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
OUTCOMES = ("taken", "taken_in_part", "not_taken", "off_topic", "later")
CHANGES = ("keep", "reword", "retire", "add")


def upgrade() -> None:
    op.create_table(
        "plan_edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("introduction", JSON, nullable=True),
        sa.Column("prepared_by", sa.Integer(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(), nullable=False),
        sa.Column("published_by", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(), nullable=True),
        sa.Column("content", JSON, nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "coalesce(title ->> 'fr', '') <> ''", name=op.f("ck_plan_edition_title_fr")
        ),
        sa.CheckConstraint(
            "(published_at IS NULL) = (content IS NULL)", name=op.f("ck_plan_edition_content")
        ),
        sa.CheckConstraint(
            "(published_at IS NULL) = (content_hash IS NULL)", name=op.f("ck_plan_edition_hash")
        ),
        sa.CheckConstraint(
            "(published_at IS NULL) = (published_by IS NULL)",
            name=op.f("ck_plan_edition_publisher"),
        ),
        sa.ForeignKeyConstraint(
            ["prepared_by"], ["account.id"], name=op.f("fk_plan_edition_prepared_by_account")
        ),
        sa.ForeignKeyConstraint(
            ["published_by"], ["account.id"], name=op.f("fk_plan_edition_published_by_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_edition")),
        sa.UniqueConstraint("number", name=op.f("uq_plan_edition_number")),
    )
    op.create_table(
        "decision_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=True),
        sa.Column("fields", JSON, nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_decision_draft_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["indicator_id"],
            ["indicator.id"],
            name=op.f("fk_decision_draft_indicator_id_indicator"),
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["measure.id"], name=op.f("fk_decision_draft_measure_id_measure")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_draft")),
        sa.UniqueConstraint("indicator_id", name=op.f("uq_decision_draft_indicator_id")),
    )
    op.create_index(
        "uq_decision_draft_missing",
        "decision_draft",
        ["measure_id"],
        unique=True,
        sqlite_where=sa.text("indicator_id IS NULL"),
        postgresql_where=sa.text("indicator_id IS NULL"),
    )
    op.create_table(
        "indicator_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=True),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=30), nullable=True),
        sa.Column("subject", JSON, nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("change", sa.String(length=32), nullable=False),
        sa.Column("wording", JSON, nullable=True),
        sa.Column("measurement", JSON, nullable=True),
        sa.Column("reason", JSON, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("supersedes_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            sa.column("outcome").in_(OUTCOMES), name=op.f("ck_indicator_decision_outcome")
        ),
        sa.CheckConstraint(
            sa.column("change").in_(CHANGES), name=op.f("ck_indicator_decision_change")
        ),
        sa.CheckConstraint(
            "(change = 'add') = (code IS NOT NULL)", name=op.f("ck_indicator_decision_code")
        ),
        sa.CheckConstraint(
            "change <> 'add' OR indicator_id IS NULL", name=op.f("ck_indicator_decision_added")
        ),
        sa.CheckConstraint(
            "change NOT IN ('reword', 'add') OR wording IS NOT NULL",
            name=op.f("ck_indicator_decision_wording_of_change"),
        ),
        sa.CheckConstraint(
            "coalesce(reason ->> 'fr', '') <> ''", name=op.f("ck_indicator_decision_reason_fr")
        ),
        sa.CheckConstraint(
            "(indicator_id IS NULL) = (version_id IS NULL)",
            name=op.f("ck_indicator_decision_version"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_indicator_decision_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["indicator_id"],
            ["indicator.id"],
            name=op.f("fk_indicator_decision_indicator_id_indicator"),
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["measure.id"], name=op.f("fk_indicator_decision_measure_id_measure")
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"],
            ["indicator_decision.id"],
            name=op.f("fk_indicator_decision_supersedes_id_indicator_decision"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["indicator_version.id"],
            name=op.f("fk_indicator_decision_version_id_indicator_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_decision")),
        sa.UniqueConstraint("public_id", name=op.f("uq_indicator_decision_public_id")),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_indicator_decision_supersedes_id")),
    )
    op.create_index(
        op.f("ix_indicator_decision_indicator_id"),
        "indicator_decision",
        ["indicator_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_indicator_decision_measure_id"), "indicator_decision", ["measure_id"], unique=False
    )
    op.create_table(
        "edition_decision",
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["indicator_decision.id"],
            name=op.f("fk_edition_decision_decision_id_indicator_decision"),
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["plan_edition.id"],
            name=op.f("fk_edition_decision_edition_id_plan_edition"),
        ),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_edition_decision")),
    )
    op.create_index(
        op.f("ix_edition_decision_edition_id"), "edition_decision", ["edition_id"], unique=False
    )
    op.create_table(
        "indicator_decision_basis",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name=op.f("fk_indicator_decision_basis_answer_id_answer")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["indicator_decision.id"],
            name=op.f("fk_indicator_decision_basis_decision_id_indicator_decision"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_decision_basis")),
        sa.UniqueConstraint(
            "decision_id",
            "answer_id",
            name=op.f("uq_indicator_decision_basis_decision_id_answer_id"),
        ),
    )
    op.create_index(
        op.f("ix_indicator_decision_basis_answer_id"),
        "indicator_decision_basis",
        ["answer_id"],
        unique=False,
    )
    _refuse_changes()


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER indicator_decision_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE"
            " ON indicator_decision FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            "CREATE TRIGGER plan_edition_is_frozen BEFORE UPDATE OR DELETE ON plan_edition"
            " FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION refuse_change()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER indicator_decision_refuses_{change.lower()} BEFORE {change}"
            " ON indicator_decision"
            " BEGIN SELECT RAISE(ABORT, 'indicator_decision only grows'); END"
        )
        op.execute(
            f"CREATE TRIGGER plan_edition_refuses_{change.lower()} BEFORE {change}"
            " ON plan_edition WHEN OLD.published_at IS NOT NULL"
            " BEGIN SELECT RAISE(ABORT, 'plan_edition only grows'); END"
        )


def downgrade() -> None:
    """Decisions and editions are lost; what editions changed in the plan is not."""
    for table in (
        "indicator_decision_basis",
        "edition_decision",
        "indicator_decision",
        "decision_draft",
        "plan_edition",
    ):
        op.drop_table(table)
