"""Note when a trial ended, and let what was published in it be removed."""

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

TABLES = ("plan_edition", "report_edition")
OF_TRIAL = (
    "EXISTS (SELECT 1 FROM round WHERE is_trial AND OLD.published_at >= opens_at"
    " AND OLD.published_at <= trial_ended_at)"
)
REFUSAL = f"""
CREATE FUNCTION refuse_unless_of_trial() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {OF_TRIAL} THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% only grows', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""

ROUND = sa.table(
    "round",
    sa.column("id", sa.Integer),
    sa.column("is_trial", sa.Boolean),
    sa.column("opens_at", sa.DateTime),
    sa.column("trial_ended_at", sa.DateTime),
)
EVENT = sa.table(
    "audit_event",
    sa.column("action", sa.String),
    sa.column("details", sa.JSON),
    sa.column("happened_at", sa.DateTime),
)


def upgrade() -> None:
    op.add_column("round", sa.Column("trial_ended_at", sa.DateTime()))
    _note_ends()
    if op.get_bind().dialect.name == "postgresql":
        op.execute(REFUSAL)
        for table in TABLES:
            op.execute(f"DROP TRIGGER {table}_is_frozen ON {table}")
            _freeze_on_postgresql(table, "is_frozen", "UPDATE", "refuse_change")
            _freeze_on_postgresql(table, "refuses_delete", "DELETE", "refuse_unless_of_trial")
        return
    for table in TABLES:
        op.execute(f"DROP TRIGGER {table}_refuses_delete")
        _refuse_deletion(table, f"OLD.published_at IS NOT NULL AND NOT {OF_TRIAL}")


def downgrade() -> None:
    """When trials ended is in the audit log, and read from there again."""
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"DROP TRIGGER {table}_refuses_delete ON {table}")
            op.execute(f"DROP TRIGGER {table}_is_frozen ON {table}")
            _freeze_on_postgresql(table, "is_frozen", "UPDATE OR DELETE", "refuse_change")
        op.execute("DROP FUNCTION refuse_unless_of_trial()")
    else:
        for table in TABLES:
            op.execute(f"DROP TRIGGER {table}_refuses_delete")
            _refuse_deletion(table, "OLD.published_at IS NOT NULL")
    with op.batch_alter_table("round") as batch:
        batch.drop_column("trial_ended_at")


def _note_ends() -> None:
    """Read the end of each trial from the audit log, which names it by when it opened."""
    connection = op.get_bind()
    ends = sa.select(EVENT.c.details, EVENT.c.happened_at).where(
        EVENT.c.action == "round_trial_ended"
    )
    end_by_opening = {
        opening: happened_at
        for details, happened_at in connection.execute(ends)
        if (opening := _opening(details)) is not None
    }
    trials = sa.select(ROUND.c.id, ROUND.c.opens_at).where(ROUND.c.is_trial)
    for id_, opens_at in connection.execute(trials).all():
        if opens_at in end_by_opening:
            end = {"trial_ended_at": end_by_opening[opens_at]}
            connection.execute(sa.update(ROUND).where(ROUND.c.id == id_).values(end))


def _opening(details: object) -> datetime | None:
    """Return `opens_at` of an event, as the database stores moments."""
    known = json.loads(details) if isinstance(details, str) else details
    text = known.get("opens_at") if isinstance(known, dict) else None
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None) if text else None


def _freeze_on_postgresql(table: str, name: str, changes: str, function: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_{name} BEFORE {changes} ON {table}"
        f" FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION {function}()"
    )


def _refuse_deletion(table: str, condition: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_refuses_delete BEFORE DELETE ON {table} WHEN {condition}"
        f" BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
    )
