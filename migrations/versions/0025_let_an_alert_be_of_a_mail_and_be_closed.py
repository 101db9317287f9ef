"""Let an alert of danger be of a mail and be closed; mark what danger words stand in."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

OPEN = sa.text("closed_at IS NULL")
MARKED = ("moderated_text", "incoming_message")


def upgrade() -> None:
    _mark()
    op.create_table(
        "danger_word",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("phrase", sa.String(length=100), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_danger_word_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_danger_word")),
        sa.UniqueConstraint("phrase", name=op.f("uq_danger_word_phrase")),
        sa.UniqueConstraint("public_id", name=op.f("uq_danger_word_public_id")),
    )
    connection = op.get_bind()
    # An alert of before keeps the name by which its mail is known.
    rows = connection.execute(
        sa.text(
            "SELECT moderated_text.public_id, danger_alert.answer_id, danger_alert.account_id,"
            " danger_alert.raised_at FROM danger_alert JOIN moderated_text"
            " ON moderated_text.answer_id = danger_alert.answer_id"
            " ORDER BY danger_alert.raised_at, danger_alert.answer_id"
        )
    ).mappings()
    alerts = [dict(row) for row in rows]
    op.drop_table("danger_alert")
    table = _create_alerts()
    _insert(connection, table, alerts)


def _mark() -> None:
    for name in MARKED:
        with op.batch_alter_table(name) as batch_op:
            batch_op.add_column(
                sa.Column(
                    "has_danger_words", sa.Boolean(), server_default=sa.false(), nullable=False
                )
            )
            batch_op.add_column(sa.Column("danger_words_by", sa.String(length=20), nullable=True))
    op.drop_index(op.f("ix_moderated_text_state_answer_id"), table_name="moderated_text")
    op.create_index(
        op.f("ix_moderated_text_state_has_danger_words_answer_id"),
        "moderated_text",
        ["state", "has_danger_words", "answer_id"],
    )
    for name in MARKED:
        op.create_index(op.f(f"ix_{name}_danger_words_by"), name, ["danger_words_by"])


def _create_alerts() -> sa.Table:
    table = op.create_table(
        "danger_alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(answer_id IS NULL) <> (message_id IS NULL)", name=op.f("ck_danger_alert_source")
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by IS NULL)", name=op.f("ck_danger_alert_closed")
        ),
        sa.CheckConstraint(
            "note IS NULL OR closed_at IS NOT NULL", name=op.f("ck_danger_alert_note")
        ),
        sa.ForeignKeyConstraint(
            ["answer_id"],
            ["moderated_text.answer_id"],
            name=op.f("fk_danger_alert_answer_id_moderated_text"),
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["incoming_message.id"],
            name=op.f("fk_danger_alert_message_id_incoming_message"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_danger_alert_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["closed_by"], ["account.id"], name=op.f("fk_danger_alert_closed_by_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_danger_alert")),
        sa.UniqueConstraint("public_id", name=op.f("uq_danger_alert_public_id")),
    )
    for column in ("answer_id", "message_id"):
        op.create_index(op.f(f"ix_danger_alert_{column}"), "danger_alert", [column])
        op.create_index(
            f"uq_danger_alert_open_{column}",
            "danger_alert",
            [column],
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        )
    return table


def downgrade() -> None:
    """Go back to one alert a text: those of mails, second ones and all notes are lost."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT answer_id, account_id, raised_at FROM danger_alert"
            " WHERE answer_id IS NOT NULL ORDER BY id DESC"
        )
    ).mappings()
    first_of = {row["answer_id"]: dict(row) for row in rows}
    op.drop_table("danger_alert")
    table = op.create_table(
        "danger_alert",
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_danger_alert_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["answer_id"],
            ["moderated_text.answer_id"],
            name=op.f("fk_danger_alert_answer_id_moderated_text"),
        ),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_danger_alert")),
    )
    _insert(connection, table, [*first_of.values()])
    op.drop_table("danger_word")
    for name in MARKED:
        op.drop_index(op.f(f"ix_{name}_danger_words_by"), table_name=name)
    op.drop_index(
        op.f("ix_moderated_text_state_has_danger_words_answer_id"), table_name="moderated_text"
    )
    for name in MARKED:
        with op.batch_alter_table(name) as batch_op:
            batch_op.drop_column("danger_words_by")
            batch_op.drop_column("has_danger_words")
    op.create_index(
        op.f("ix_moderated_text_state_answer_id"), "moderated_text", ["state", "answer_id"]
    )


def _insert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(_plain(table).insert(), rows)


def _plain(table: sa.Table) -> sa.TableClause:
    """Return the table without types: moments go back as the database gave them."""
    return sa.table(table.name, *(sa.column(column.name) for column in table.columns))
