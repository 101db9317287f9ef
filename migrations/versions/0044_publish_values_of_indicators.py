"""Publish values of indicators, and say a word in place of the rule's."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

SHOWING = ("exact", "small")
PROGRESS = ("reached", "on_track", "late", "not_measured", "not_comparable")


def upgrade() -> None:
    op.create_table(
        "value_publication",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("value_id", sa.Integer(), nullable=False),
        sa.Column("showing", sa.String(length=32), nullable=True),
        sa.Column("source_rule", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            sa.column("showing").in_(SHOWING), name=op.f("ck_value_publication_showing")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_value_publication_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["value_id"],
            ["indicator_value.id"],
            name=op.f("fk_value_publication_value_id_indicator_value"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_value_publication")),
    )
    op.create_index(op.f("ix_value_publication_value_id"), "value_publication", ["value_id"])
    op.create_table(
        "progress_override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("indicator_version_id", sa.Integer(), nullable=False),
        sa.Column("progress", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            sa.column("progress").in_(PROGRESS), name=op.f("ck_progress_override_progress")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_progress_override_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["indicator_version_id"],
            ["indicator_version.id"],
            name=op.f("fk_progress_override_indicator_version_id_indicator_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress_override")),
    )
    op.create_index(
        op.f("ix_progress_override_indicator_version_id"),
        "progress_override",
        ["indicator_version_id"],
    )
    for table in ("value_publication", "progress_override"):
        _refuse_changes(table)


def _refuse_changes(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE"
            f" ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change}"
            f" ON {table} BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
        )


def downgrade() -> None:
    """What was published of values, and words in place of the rule's, are lost."""
    op.drop_table("progress_override")
    op.drop_table("value_publication")
