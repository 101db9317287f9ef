"""Measure indicators by typed values."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

KINDS = ("number", "percentage", "duration", "date", "yes_no", "level")
DIRECTIONS = ("more", "less", "reach", "none")
REMARKS = (
    "uncountable", "two_things", "no_denominator", "no_unit", "no_source", "undated_target",
)  # fmt: skip
POINTS = ("baseline", "midterm", "final")
ONE_VALUE = " + ".join(
    f"(CASE WHEN {name} IS NULL THEN 0 ELSE 1 END)" for name in ("number", "day", "is_met", "level")
)
ONE_VALUE += " = 1"


def upgrade() -> None:
    op.create_table(
        "indicator_measurement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("indicator_version_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("measured_as", sa.String(length=32), nullable=True),
        sa.Column("direction", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            sa.column("measured_as").in_(KINDS), name=op.f("ck_indicator_measurement_measured_as")
        ),
        sa.CheckConstraint(
            sa.column("direction").in_(DIRECTIONS), name=op.f("ck_indicator_measurement_direction")
        ),
        sa.ForeignKeyConstraint(
            ["indicator_version_id"],
            ["indicator_version.id"],
            name=op.f("fk_indicator_measurement_indicator_version_id_indicator_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_measurement")),
        sa.UniqueConstraint(
            "indicator_version_id",
            "number",
            name=op.f("uq_indicator_measurement_indicator_version_id_number"),
        ),
    )
    op.create_table(
        "indicator_figure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("measurement_id", sa.Integer(), nullable=False),
        sa.Column("point", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Double(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("is_met", sa.Boolean(), nullable=True),
        sa.Column("level", sa.String(length=200), nullable=True),
        sa.Column("dated", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.CheckConstraint(sa.column("point").in_(POINTS), name=op.f("ck_indicator_figure_point")),
        sa.CheckConstraint(ONE_VALUE, name=op.f("ck_indicator_figure_one_value")),
        sa.ForeignKeyConstraint(
            ["measurement_id"],
            ["indicator_measurement.id"],
            name=op.f("fk_indicator_figure_measurement_id_indicator_measurement"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_figure")),
        sa.UniqueConstraint(
            "measurement_id", "point", name=op.f("uq_indicator_figure_measurement_id_point")
        ),
    )
    op.create_table(
        "silenced_remark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("remark", sa.String(length=32), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("silenced_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            sa.column("remark").in_(REMARKS), name=op.f("ck_silenced_remark_remark")
        ),
        sa.ForeignKeyConstraint(
            ["indicator_id"],
            ["indicator.id"],
            name=op.f("fk_silenced_remark_indicator_id_indicator"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silenced_remark")),
        sa.UniqueConstraint(
            "indicator_id", "remark", name=op.f("uq_silenced_remark_indicator_id_remark")
        ),
    )


def downgrade() -> None:
    """Typed values are lost; the free texts from which people made them are not."""
    op.drop_table("silenced_remark")
    op.drop_table("indicator_figure")
    op.drop_table("indicator_measurement")
