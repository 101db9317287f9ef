"""Ask institutions for replies."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

LEVEL = ("not_engaged", "engaged", "not_done", "partly_done", "done")
FROZEN = (
    "public_id, measure_id, institution, locale, due_on, assessed_on, level, evidence, source_url,"
    " shown_values, account_id, sent_at"
)
"""What an institution was shown and told."""
BLANKED = (
    "NEW.id = OLD.id AND NEW.public_id = OLD.public_id AND NEW.request_id = OLD.request_id"
    " AND NEW.submitted_at = OLD.submitted_at AND NEW.text IN (OLD.text, '')"
    " AND NEW.signature IN (OLD.signature, '')"
)


def upgrade() -> None:
    op.create_table(
        "institution_reply_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("institution", sa.String(length=300), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("locale", sa.String(length=5), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("level", sa.String(length=32), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=True),
        sa.Column("source_url", sa.String(length=500), nullable=True),
        sa.Column("shown_values", sa.JSON(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=False),
        sa.Column("status_id", sa.String(length=22), nullable=True),
        sa.Column("published_at", sa.DateTime(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("withheld_because", sa.Text(), nullable=True),
        sa.CheckConstraint(
            sa.column("level").in_(LEVEL), name=op.f("ck_institution_reply_request_level")
        ),
        sa.CheckConstraint(
            "published_at IS NULL OR withdrawn_at IS NULL",
            name=op.f("ck_institution_reply_request_published_or_withdrawn"),
        ),
        sa.CheckConstraint(
            "published_at IS NULL OR status_id IS NOT NULL",
            name=op.f("ck_institution_reply_request_published"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_institution_reply_request_account_id_account"),
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"],
            ["measure.id"],
            name=op.f("fk_institution_reply_request_measure_id_measure"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution_reply_request")),
        sa.UniqueConstraint("public_id", name=op.f("uq_institution_reply_request_public_id")),
    )
    op.create_index(
        op.f("ix_institution_reply_request_measure_id"),
        "institution_reply_request",
        ["measure_id"],
        unique=False,
    )
    op.create_table(
        "institution_reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("signature", sa.String(length=300), nullable=False),
        sa.Column("submitted_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["institution_reply_request.id"],
            name=op.f("fk_institution_reply_request_id_institution_reply_request"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution_reply")),
        sa.UniqueConstraint("public_id", name=op.f("uq_institution_reply_public_id")),
    )
    op.create_index(
        op.f("ix_institution_reply_request_id"), "institution_reply", ["request_id"], unique=False
    )
    _refuse_changes()


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, changes, condition in (
            ("institution_reply_request", f"UPDATE OF {FROZEN}", ""),
            ("institution_reply", "UPDATE", f"WHEN (NOT ({BLANKED}))"),
        ):
            op.execute(
                f"CREATE TRIGGER {table}_only_grows BEFORE {changes} ON {table}"
                f" FOR EACH ROW {condition} EXECUTE FUNCTION refuse_change()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_refuses_delete BEFORE DELETE OR TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
        return
    for table, name, changes, condition in (
        ("institution_reply_request", "update", f"UPDATE OF {FROZEN}", ""),
        ("institution_reply_request", "delete", "DELETE", ""),
        ("institution_reply", "update", "UPDATE", f"WHEN NOT ({BLANKED})"),
        ("institution_reply", "delete", "DELETE", ""),
    ):
        op.execute(
            f"CREATE TRIGGER {table}_refuses_{name} BEFORE {changes} ON {table} {condition}"
            f" BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
        )


def downgrade() -> None:
    """Requests and replies are lost."""
    op.drop_table("institution_reply")
    op.drop_table("institution_reply_request")
