"""Every row that the site keeps, to see what something has changed, and of whom."""

import sqlalchemy as sa

from consultation.database import Base


def rows(session):
    """Return the rows of all tables, each by its table and its key."""
    session.rollback()
    return {
        (table.name, *(row[column.name] for column in table.primary_key)): row
        for table in Base.metadata.sorted_tables
        for row in session.execute(sa.select(table)).mappings().all()
    }


def changed(before, after):
    """Return the keys of the rows that are gone or say something else."""
    return {key for key, row in before.items() if after.get(key) != row}
