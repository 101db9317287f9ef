"""Add tallies, and what the database notes of their changes."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

OF_NEW = "INSERT INTO tally_change (response_id) VALUES (NEW.{column});"
OF_OLD = "INSERT INTO tally_change (response_id) VALUES (OLD.{column});"
OF_RESPONDENT = (
    "INSERT INTO tally_change (response_id)"
    " SELECT id FROM response WHERE respondent_id = NEW.id ORDER BY id;"
)
TRIGGERS = (
    ("tally_response_added", "INSERT", "response", OF_NEW.format(column="id")),
    (
        "tally_response_moved",
        "UPDATE OF superseded_at, withdrawn_at",
        "response",
        OF_NEW.format(column="id"),
    ),
    (
        "tally_respondent_changed",
        "UPDATE OF capacity, organisation, territory, channel, standing",
        "respondent",
        OF_RESPONDENT,
    ),
    ("tally_aside_added", "INSERT", "response_set_aside", OF_NEW.format(column="response_id")),
    ("tally_aside_changed", "UPDATE", "response_set_aside", OF_NEW.format(column="response_id")),
    ("tally_aside_removed", "DELETE", "response_set_aside", OF_OLD.format(column="response_id")),
    (
        "tally_answer_changed",
        "UPDATE OF option_id, number, date",
        "answer",
        OF_NEW.format(column="response_id"),
    ),
    ("tally_answer_removed", "DELETE", "answer", OF_OLD.format(column="response_id")),
)


def upgrade() -> None:
    op.create_table(
        "tally",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=True),
        sa.Column("indicator_id", sa.Integer(), nullable=True),
        sa.Column("question", sa.String(length=60), nullable=False),
        sa.Column("value", sa.String(length=60), nullable=False),
        sa.Column(
            "side",
            sa.Enum(
                "",
                "capacity",
                "territory",
                "channel",
                "standing",
                "voice",
                name="side",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("side_code", sa.String(length=60), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_tally_count")),
        sa.CheckConstraint(
            "indicator_id IS NULL OR measure_id IS NOT NULL", name=op.f("ck_tally_indicator")
        ),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_tally_indicator_id_indicator")
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["measure.id"], name=op.f("fk_tally_measure_id_measure")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_tally_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally")),
    )
    _unique("uq_tally_indicator", "indicator_id IS NOT NULL", "measure_id", "indicator_id")
    _unique("uq_tally_measure", "indicator_id IS NULL AND measure_id IS NOT NULL", "measure_id")
    _unique("uq_tally_tool", "measure_id IS NULL")
    op.create_index(
        op.f("ix_tally_round_id_measure_id_side"), "tally", ["round_id", "measure_id", "side"]
    )
    op.create_index(
        op.f("ix_tally_round_id_side_question"), "tally", ["round_id", "side", "question"]
    )
    op.create_table(
        "tally_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_tally_change_response_id_response")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally_change")),
        sqlite_autoincrement=True,
    )
    op.execute("INSERT INTO tally_change (response_id) SELECT id FROM response ORDER BY id")
    for name, event, table, statement in TRIGGERS:
        _add_trigger(name, event, table, statement)


def _unique(name: str, where: str, *columns: str) -> None:
    op.create_index(
        name,
        "tally",
        ["round_id", *columns, "question", "value", "side", "side_code"],
        unique=True,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _add_trigger(name: str, event: str, table: str, statement: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW BEGIN {statement} END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {statement} RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, _event, table, _statement in TRIGGERS:
        op.execute(f"DROP TRIGGER {name}" + ("" if is_sqlite else f" ON {table}"))
        if not is_sqlite:
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("tally_change")
    op.drop_table("tally")
