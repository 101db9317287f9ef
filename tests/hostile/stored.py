"""Everything that the database holds, to be compared before and after."""

import sqlalchemy as sa

from consultation.db.base import Base

OF_A_VISIT = {
    "staff_session": {"seen_at"},
    "respondent_session": {"seen_at"},
    "moderated_text": {"claimed_by", "claimed_until"},
}
"""What a visit leaves: when somebody was last seen, and who is reading which text just now."""
LEFT_OUT = {"audit_event"}
"""That somebody has read what is personal is noted; a test says which addresses do so."""


def everything(session, *, besides=()):
    """Each row of each table as a set, but for what a visit leaves."""
    session.rollback()
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in LEFT_OUT | set(besides):
            left = OF_A_VISIT.get(table.name, ())
            columns = [column for column in table.columns if column.name not in left]
            rows = session.connection().execute(sa.select(*columns)).all()
            found[table.name] = sorted(map(repr, rows))
    session.rollback()
    return found


def changed(before, after):
    """What is in one and not in the other, by table."""
    return {
        name: (set(rows) ^ set(after[name])) for name, rows in before.items() if rows != after[name]
    }
