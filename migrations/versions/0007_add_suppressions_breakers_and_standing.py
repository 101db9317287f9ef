"""Add suppressions, breakers, retries, and the standing of respondents."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


WAITING = "status IN ('queued', 'sending', 'retrying')"
OLD = ("queued", "sending", "sent", "undeliverable", "suppressed")
NEW = ("queued", "sending", "retrying", "sent", "undeliverable", "suppressed")


def upgrade() -> None:
    _allow(NEW)
    op.add_column("outbox_message", sa.Column("domain_index", sa.String(length=64)))
    op.create_index(
        "ix_outbox_message_due",
        "outbox_message",
        ["next_attempt_at", "id"],
        sqlite_where=sa.text(WAITING),
        postgresql_where=sa.text(WAITING),
    )
    op.add_column("delivery", sa.Column("deferred_at", sa.DateTime()))
    op.create_index(op.f("ix_delivery_created_at"), "delivery", ["created_at"])
    op.add_column("personal_link", sa.Column("opened_at", sa.DateTime()))
    # In one statement, which both databases take: SQLite can't add a constraint later.
    op.execute(
        "ALTER TABLE respondent ADD COLUMN standing VARCHAR(32) DEFAULT 'unverified' NOT NULL"
        " CONSTRAINT ck_respondent_standing"
        " CHECK (standing IN ('invited', 'confirmed', 'unverified'))"
    )
    op.create_table(
        "mail_breaker",
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("open_until", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_mail_breaker")),
    )

    op.create_table(
        "suppression",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("address_index", sa.String(length=64), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column(
            "reason",
            sa.Enum(
                "not_me",
                "bounced",
                "unsubscribed",
                "staff",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
        sa.UniqueConstraint("public_id", name=op.f("uq_suppression_public_id")),
    )

    with op.batch_alter_table("suppression", schema=None) as batch_op:
        batch_op.create_index(
            "uq_suppression_in_force",
            ["address_index", "reason"],
            unique=True,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        )


def downgrade() -> None:
    op.drop_table("suppression")
    op.drop_table("mail_breaker")
    with op.batch_alter_table("respondent") as batch_op:
        batch_op.drop_constraint(op.f("ck_respondent_standing"), type_="check")
        batch_op.drop_column("standing")
    op.drop_column("personal_link", "opened_at")
    op.drop_index(op.f("ix_delivery_created_at"), "delivery")
    op.drop_column("delivery", "deferred_at")
    op.drop_index("ix_outbox_message_due", "outbox_message")
    op.drop_column("outbox_message", "domain_index")
    op.execute("UPDATE outbox_message SET status = 'queued' WHERE status = 'retrying'")
    _allow(OLD)


def _allow(states: tuple[str, ...]) -> None:
    with op.batch_alter_table("outbox_message") as batch_op:
        batch_op.drop_constraint(op.f("ck_outbox_message_status"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_outbox_message_status"), sa.column("status").in_(states)
        )
