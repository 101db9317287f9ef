"""Add settings of exports that are kept, with their schedule; let a job be cancelled."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BEFORE = ("queued", "running", "done", "failed")
AFTER = (*BEFORE, "cancelled")


def upgrade() -> None:
    op.create_table(
        "export_setting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("settings", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column(
            "schedule",
            sa.Enum(
                "none",
                "daily",
                "weekly",
                "monthly",
                name="schedule",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("hour", sa.Integer(), nullable=True),
        sa.Column("scheduled_by", sa.Integer(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("last_job_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(schedule = 'none') = (hour IS NULL) AND (schedule = 'none') = (scheduled_by IS NULL)"
            " AND (schedule IN ('none', 'daily')) = (weekday IS NULL)"
            " AND (schedule <> 'none' OR next_at IS NULL)",
            name=op.f("ck_export_setting_whole_schedule"),
        ),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_export_setting_weekday")),
        sa.CheckConstraint("hour BETWEEN 0 AND 23", name=op.f("ck_export_setting_hour")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["account.id"], name=op.f("fk_export_setting_created_by_account")
        ),
        sa.ForeignKeyConstraint(
            ["scheduled_by"], ["account.id"], name=op.f("fk_export_setting_scheduled_by_account")
        ),
        sa.ForeignKeyConstraint(
            ["last_job_id"], ["job.id"], name=op.f("fk_export_setting_last_job_id_job")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_setting")),
        sa.UniqueConstraint("name", name=op.f("uq_export_setting_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_export_setting_public_id")),
    )
    with op.batch_alter_table("export_setting", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_export_setting_next_at"), ["next_at"], unique=False)
    _let_status_be(AFTER)


def _let_status_be(values: tuple[str, ...]) -> None:
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_job_status"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_job_status"), sa.column("status").in_(values)
        )


def downgrade() -> None:
    op.execute("UPDATE job SET status = 'failed' WHERE status = 'cancelled'")
    _let_status_be(BEFORE)
    with op.batch_alter_table("export_setting", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_export_setting_next_at"))
    op.drop_table("export_setting")
