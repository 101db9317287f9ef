"""Store the rows of matrices and the ranks of options, and count them.

SQLite rebuilds a table to change its keys, which fails on triggers that read it: they are dropped
before, and made again.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

ADDED = ("matrix", "ranking")
KINDS = (
    "short_text", "long_text", "number", "date", "yes_no", "single_choice", "multiple_choice",
    "scale", *ADDED, "email", "note",
)  # fmt: skip
BEFORE = tuple(kind for kind in KINDS if kind not in ADDED)
KIND = "ck_question_kind"

KEY = "uq_answer_response_id_question_id_option_id"
KEY_WITH_ROW = f"{KEY}_row_code"
ONE_OF_EACH = (("row", "row_code", "row_code <> ''"), ("rank", "rank", "rank IS NOT NULL"))
CHECKS = (
    ("ck_answer_only_of_an_option", "option_id IS NOT NULL OR (row_code = '' AND rank IS NULL)"),
    ("ck_answer_rank", "rank > 0"),
)
CHANGED = "tally_answer_changed"
COUNTED_BEFORE, COUNTED = "option_id, number, date", "option_id, number, date, row_code, rank"
CODES, CODES_WITH_ROW = 60, 81
"""The length of the name of a counted question."""

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
QUESTION = sa.table(
    "question", sa.column("kind"), sa.column("is_required", sa.Boolean), sa.column("settings", JSON)
)
OUTLINE = sa.table("outline", sa.column("id"), sa.column("content", JSON))


def upgrade() -> None:
    triggers = _drop_triggers()
    _let_kind_be(KINDS)
    with op.batch_alter_table("answer") as batch:
        batch.add_column(sa.Column("row_code", sa.String(40), server_default="", nullable=False))
        batch.add_column(sa.Column("rank", sa.Integer(), nullable=True))
        batch.drop_constraint(op.f(KEY), type_="unique")
        batch.create_unique_constraint(
            op.f(KEY_WITH_ROW), ["response_id", "question_id", "option_id", "row_code"]
        )
        for name, condition in CHECKS:
            batch.create_check_constraint(op.f(name), condition)
    for name, column, condition in ONE_OF_EACH:
        op.create_index(
            f"uq_answer_{name}",
            "answer",
            ["response_id", "question_id", column],
            unique=True,
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )
    _let_codes_have(CODES_WITH_ROW, CODES)
    _make_triggers(triggers, COUNTED_BEFORE, COUNTED)


def downgrade() -> None:
    """Answers with a row or a rank go, and their questions become notes, in outlines too.

    The trigger of removed answers has their responses counted again.
    """
    op.execute("DELETE FROM answer WHERE row_code <> '' OR rank IS NOT NULL")
    triggers = _drop_triggers()
    now_note = {"kind": "note", "is_required": False, "settings": {}}
    op.execute(sa.update(QUESTION).where(QUESTION.c.kind.in_(ADDED)).values(now_note))
    _make_notes_in_outlines(now_note)
    _let_kind_be(BEFORE)
    for name, _column, _condition in ONE_OF_EACH:
        op.drop_index(f"uq_answer_{name}", "answer")
    with op.batch_alter_table("answer") as batch:
        for name, _condition in CHECKS:
            batch.drop_constraint(op.f(name), type_="check")
        batch.drop_constraint(op.f(KEY_WITH_ROW), type_="unique")
        batch.create_unique_constraint(op.f(KEY), ["response_id", "question_id", "option_id"])
        batch.drop_column("rank")
        batch.drop_column("row_code")
    _let_codes_have(CODES, CODES_WITH_ROW)
    _make_triggers(triggers, COUNTED, COUNTED_BEFORE)


def _make_notes_in_outlines(now_note: dict[str, Any]) -> None:
    connection = op.get_bind()
    for outline_id, content in connection.execute(sa.select(OUTLINE.c.id, OUTLINE.c.content)).all():
        questions = [it for section in content["sections"] for it in section["questions"]]
        gone = [question for question in questions if question["kind"] in ADDED]
        for question in gone:
            question.update({**now_note, "options": []})
        if gone:
            is_it = OUTLINE.c.id == outline_id
            connection.execute(sa.update(OUTLINE).where(is_it).values(content=content))


def _let_kind_be(values: tuple[str, ...]) -> None:
    with op.batch_alter_table("question") as batch:
        batch.drop_constraint(op.f(KIND), type_="check")
        batch.create_check_constraint(op.f(KIND), sa.column("kind").in_(values))


def _let_codes_have(length: int, before: int) -> None:
    with op.batch_alter_table("tally") as batch:
        batch.alter_column(
            "question",
            type_=sa.String(length),
            existing_type=sa.String(before),
            existing_nullable=False,
        )


def _drop_triggers() -> list[str]:
    """Drop the triggers of tallies; return the statements that make them again on SQLite.

    On PostgreSQL only that of changed answers, whose columns nobody can drop under it.
    """
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER {CHANGED} ON answer")
        return []
    kept = connection.execute(
        sa.text(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'tally%'"
            " ORDER BY name"
        )
    ).all()
    for name, _statement in kept:
        op.execute(f"DROP TRIGGER {name}")
    return [statement for _name, statement in kept]


def _make_triggers(statements: list[str], before: str, after: str) -> None:
    """Make the triggers again, that of changed answers on other columns."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {CHANGED} AFTER UPDATE OF {after} ON answer"
            f" FOR EACH ROW EXECUTE FUNCTION {CHANGED}()"
        )
    for statement in statements:
        op.execute(statement.replace(f"UPDATE OF {before} ON", f"UPDATE OF {after} ON"))
