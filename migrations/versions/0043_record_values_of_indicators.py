"""Record values of indicators."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

POINT = ("interim", "midterm", "final")
MISSING_BECAUSE = (
    "never_requested",
    "no_answer",
    "refused",
    "does_not_exist",
    "confidential",
    "not_comparable",
)
SOURCE_KIND = ("official_statistics", "administrative", "association_count", "survey", "press")
REPORTED_BY = ("state", "collective", "rapporteur", "association")
ONE_VALUE = " + ".join(
    f"(CASE WHEN {name} IS NULL THEN 0 ELSE 1 END)"
    for name in ("number", "date", "is_met", "level", "missing_because")
)
ONE_VALUE += " = CASE WHEN is_withdrawn THEN 0 ELSE 1 END"


def upgrade() -> None:
    op.create_table(
        "indicator_value",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("indicator_version_id", sa.Integer(), nullable=False),
        sa.Column("point", sa.String(length=32), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("number", sa.Double(), nullable=True),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("is_met", sa.Boolean(), nullable=True),
        sa.Column("level", sa.String(length=200), nullable=True),
        sa.Column("missing_because", sa.String(length=32), nullable=True),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("covers", sa.String(length=500), nullable=False),
        sa.Column("observed_on", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("source_url", sa.String(length=500), nullable=True),
        sa.Column("source_kind", sa.String(length=32), nullable=True),
        sa.Column("reported_by", sa.String(length=32), nullable=False),
        sa.Column("reporter", sa.String(length=300), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("supersedes_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(sa.column("point").in_(POINT), name=op.f("ck_indicator_value_point")),
        sa.CheckConstraint(
            sa.column("missing_because").in_(MISSING_BECAUSE),
            name=op.f("ck_indicator_value_missing_because"),
        ),
        sa.CheckConstraint(
            sa.column("source_kind").in_(SOURCE_KIND), name=op.f("ck_indicator_value_source_kind")
        ),
        sa.CheckConstraint(
            sa.column("reported_by").in_(REPORTED_BY), name=op.f("ck_indicator_value_reported_by")
        ),
        sa.CheckConstraint(ONE_VALUE, name=op.f("ck_indicator_value_one_value")),
        sa.CheckConstraint(
            "(point IS NULL) <> (day IS NULL)", name=op.f("ck_indicator_value_point_or_day")
        ),
        sa.CheckConstraint(
            "NOT is_withdrawn OR supersedes_id IS NOT NULL",
            name=op.f("ck_indicator_value_withdrawn"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_indicator_value_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["indicator_version_id"],
            ["indicator_version.id"],
            name=op.f("fk_indicator_value_indicator_version_id_indicator_version"),
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"],
            ["indicator_value.id"],
            name=op.f("fk_indicator_value_supersedes_id_indicator_value"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_value")),
        sa.UniqueConstraint("public_id", name=op.f("uq_indicator_value_public_id")),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_indicator_value_supersedes_id")),
    )
    op.create_index(
        op.f("ix_indicator_value_indicator_version_id"),
        "indicator_value",
        ["indicator_version_id"],
        unique=False,
    )
    _refuse_changes()


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER indicator_value_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE"
            " ON indicator_value FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER indicator_value_refuses_{change.lower()} BEFORE {change}"
            " ON indicator_value BEGIN SELECT RAISE(ABORT, 'indicator_value only grows'); END"
        )


def downgrade() -> None:
    """Observed values are lost."""
    op.drop_table("indicator_value")
