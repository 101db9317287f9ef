"""Decide what becomes of an indicator: kept, amended, replaced, retired, or later.

What was decided before keeps its words, which nobody can choose any more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

TABLE, CHECK = "indicator_decision", "ck_indicator_decision_outcome"
EARLIER = ("taken", "taken_in_part", "not_taken", "off_topic")
ADDED = ("kept", "amended", "replaced", "retired", "added", "not_added", "reopened")
BEFORE = {"not_added": "not_taken", "reopened": "later"}
"""What each added outcome was called; the others were taken."""


def upgrade() -> None:
    triggers = _drop_triggers()
    _let_outcome_be((*ADDED[:4], "later", *ADDED[4:], *EARLIER))
    _make_triggers(triggers)


def downgrade() -> None:
    """What a decision changes in the plan stays; what was asked for is not known any more."""
    triggers = _drop_triggers()
    decision = sa.table(TABLE, sa.column("outcome"))
    for outcome in ADDED:
        renamed = sa.update(decision).where(decision.c.outcome == outcome)
        op.execute(renamed.values(outcome=BEFORE.get(outcome, "taken")))
    _let_outcome_be((*EARLIER, "later"))
    _make_triggers(triggers)


def _let_outcome_be(outcomes: tuple[str, ...]) -> None:
    with op.batch_alter_table(TABLE) as batch:
        batch.drop_constraint(op.f(CHECK), type_="check")
        batch.create_check_constraint(op.f(CHECK), sa.column("outcome").in_(outcomes))


def _drop_triggers() -> list[str]:
    """Drop the triggers that refuse changes; return the statements that make them again."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER {TABLE}_only_grows ON {TABLE}")
        remade = (
            f"CREATE TRIGGER {TABLE}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE"
            f" ON {TABLE} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return [remade]
    kept = connection.execute(
        sa.text(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
            " ORDER BY name"
        ),
        {"table": TABLE},
    ).all()
    for name, _statement in kept:
        op.execute(f"DROP TRIGGER {name}")
    return [statement for _name, statement in kept]


def _make_triggers(statements: list[str]) -> None:
    for statement in statements:
        op.execute(statement)
