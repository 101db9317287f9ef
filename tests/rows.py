"""Every row that the site keeps, to see what something has changed, and of whom."""

import sqlalchemy as sa

from consultation.db.base import Base


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


def of_respondent(stored, respondent_id):
    """Return the keys of a respondent's own rows, of their responses and of mail to their address.

    `stored` is what `rows` has returned.
    """
    owners = {
        "respondent_id": {respondent_id},
        "recipient_index": {stored["contact", respondent_id]["address_index"]},
    }
    for table, column in (("response", "response_id"), ("answer", "answer_id")):
        owners[column] = {key[1] for key in _owned(stored, owners) if key[0] == table}
    return _owned(stored, owners) | {("respondent", respondent_id)}


def _owned(stored, owners):
    return {
        key
        for key, row in stored.items()
        if any(row.get(column) in ids for column, ids in owners.items())
    }
