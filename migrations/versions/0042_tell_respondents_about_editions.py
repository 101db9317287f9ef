"""Tell respondents about editions, by mailings with recipients of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

PURPOSES, ADDED_PURPOSE = ("invitation", "reminder"), "edition"
REASONS = ("answered", "invited", "suppressed", "erased")
ADDED_REASONS = ("refuses", "withdrawn", "notified", "same_mailbox")


def upgrade() -> None:
    _let_column_be("mailing", "purpose", (*PURPOSES, ADDED_PURPOSE))
    _let_column_be("mailing_recipient", "skipped", (*REASONS, *ADDED_REASONS))
    op.create_table(
        "announcement",
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("may_precede_closing", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["plan_edition.id"],
            name=op.f("fk_announcement_edition_id_plan_edition"),
        ),
        sa.ForeignKeyConstraint(
            ["mailing_id"], ["mailing.id"], name=op.f("fk_announcement_mailing_id_mailing")
        ),
        sa.PrimaryKeyConstraint("mailing_id", name=op.f("pk_announcement")),
    )
    op.create_index(op.f("ix_announcement_edition_id"), "announcement", ["edition_id"])
    op.create_table(
        "announcement_recipient",
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        sa.Column("respondent_id", sa.Integer(), nullable=False),
        sa.Column("mailbox_index", sa.String(length=64), nullable=True),
        sa.Column("queued_at", sa.DateTime(), nullable=True),
        sa.Column("skipped", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "queued_at IS NULL OR skipped IS NULL",
            name=op.f("ck_announcement_recipient_queued_or_skipped"),
        ),
        sa.CheckConstraint(
            sa.column("skipped").in_((*REASONS, *ADDED_REASONS)),
            name=op.f("ck_announcement_recipient_skipped"),
        ),
        sa.ForeignKeyConstraint(
            ["mailing_id"],
            ["mailing.id"],
            name=op.f("fk_announcement_recipient_mailing_id_mailing"),
        ),
        sa.ForeignKeyConstraint(
            ["respondent_id"],
            ["respondent.id"],
            name=op.f("fk_announcement_recipient_respondent_id_respondent"),
        ),
        sa.PrimaryKeyConstraint(
            "mailing_id", "respondent_id", name=op.f("pk_announcement_recipient")
        ),
    )
    for column in ("mailbox_index", "respondent_id"):
        op.create_index(
            op.f(f"ix_announcement_recipient_{column}"), "announcement_recipient", [column]
        )


def downgrade() -> None:
    """Mailings about editions are lost with their recipients; mail that was queued leaves."""
    op.drop_table("announcement_recipient")
    op.drop_table("announcement")
    mailing = sa.table("mailing", sa.column("purpose"))
    op.execute(sa.delete(mailing).where(mailing.c.purpose == ADDED_PURPOSE))
    _let_column_be("mailing_recipient", "skipped", REASONS)
    _let_column_be("mailing", "purpose", PURPOSES)


def _let_column_be(table: str, column: str, values: tuple[str, ...]) -> None:
    name = op.f(f"ck_{table}_{column}")
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, sa.column(column).in_(values))
