"""Decide on proposed values."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "proposed_value_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("value_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(value_id IS NULL) = (reason <> '')",
            name=op.f("ck_proposed_value_decision_value_or_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_proposed_value_decision_account_id_account"),
        ),
        sa.ForeignKeyConstraint(
            ["indicator_id"],
            ["indicator.id"],
            name=op.f("fk_proposed_value_decision_indicator_id_indicator"),
        ),
        sa.ForeignKeyConstraint(
            ["response_id"],
            ["response.id"],
            name=op.f("fk_proposed_value_decision_response_id_response"),
        ),
        sa.ForeignKeyConstraint(
            ["value_id"],
            ["indicator_value.id"],
            name=op.f("fk_proposed_value_decision_value_id_indicator_value"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposed_value_decision")),
        sa.UniqueConstraint(
            "response_id",
            "indicator_id",
            name=op.f("uq_proposed_value_decision_response_id_indicator_id"),
        ),
    )
    op.create_index(
        op.f("ix_proposed_value_decision_indicator_id"),
        "proposed_value_decision",
        ["indicator_id"],
    )


def downgrade() -> None:
    """What was set aside waits again; values that were taken over stay."""
    op.drop_table("proposed_value_decision")
