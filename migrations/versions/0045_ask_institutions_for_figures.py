"""Ask institutions for figures."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

POINT = ("interim", "midterm", "final")
KIND = ("requested", "answered", "refused", "no_answer", "withdrawn", "undone")
SITE_TEXTS = (
    "members",
    "plan_link",
    "evaluation",
    "help",
    "publisher",
    "director",
    "host",
    "controller",
    "legal_basis",
    "recipients",
)
ADDED_TEXT = "request_grounds"


def upgrade() -> None:
    _let_site_texts_be((*SITE_TEXTS, ADDED_TEXT))
    op.create_table(
        "data_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("institution", sa.String(length=300), nullable=False),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("document", sa.String(length=500), nullable=False),
        sa.Column("point", sa.String(length=32), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("signatory", sa.LargeBinary(), nullable=True),
        sa.Column("grounds", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(sa.column("point").in_(POINT), name=op.f("ck_data_request_point")),
        sa.CheckConstraint(
            "(point IS NULL) <> (day IS NULL)", name=op.f("ck_data_request_point_or_day")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_data_request_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request")),
        sa.UniqueConstraint("public_id", name=op.f("uq_data_request_public_id")),
    )
    _create_indicators()
    _create_events()


def _create_indicators() -> None:
    op.create_table(
        "data_request_indicator",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("indicator_version_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["indicator_version_id"],
            ["indicator_version.id"],
            name=op.f("fk_data_request_indicator_indicator_version_id_indicator_version"),
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["data_request.id"],
            name=op.f("fk_data_request_indicator_request_id_data_request"),
        ),
        sa.PrimaryKeyConstraint(
            "request_id", "indicator_version_id", name=op.f("pk_data_request_indicator")
        ),
    )
    op.create_index(
        op.f("ix_data_request_indicator_indicator_version_id"),
        "data_request_indicator",
        ["indicator_version_id"],
    )


def _create_events() -> None:
    op.create_table(
        "data_request_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("undoes_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(sa.column("kind").in_(KIND), name=op.f("ck_data_request_event_kind")),
        sa.CheckConstraint(
            "(kind = 'undone') = (undoes_id IS NOT NULL)",
            name=op.f("ck_data_request_event_undoes"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_data_request_event_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["data_request.id"],
            name=op.f("fk_data_request_event_request_id_data_request"),
        ),
        sa.ForeignKeyConstraint(
            ["undoes_id"],
            ["data_request_event.id"],
            name=op.f("fk_data_request_event_undoes_id_data_request_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request_event")),
        sa.UniqueConstraint("undoes_id", name=op.f("uq_data_request_event_undoes_id")),
    )
    op.create_index(op.f("ix_data_request_event_request_id"), "data_request_event", ["request_id"])
    _refuse_changes()


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER data_request_event_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE"
            " ON data_request_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER data_request_event_refuses_{change.lower()} BEFORE {change}"
            " ON data_request_event"
            " BEGIN SELECT RAISE(ABORT, 'data_request_event only grows'); END"
        )


def downgrade() -> None:
    """Requests are lost, and what the collective wrote for their letters."""
    for table in ("data_request_event", "data_request_indicator", "data_request"):
        op.drop_table(table)
    site_text = sa.table("site_text", sa.column("kind"))
    op.execute(sa.delete(site_text).where(site_text.c.kind == ADDED_TEXT))
    _let_site_texts_be(SITE_TEXTS)


def _let_site_texts_be(kinds: tuple[str, ...]) -> None:
    name = op.f("ck_site_text_kind")
    with op.batch_alter_table("site_text", schema=None) as batch_op:
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, sa.column("kind").in_(kinds))
