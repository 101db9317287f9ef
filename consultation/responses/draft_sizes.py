"""How much the drafts of one respondent may hold together."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.responses.models import Draft

MOST_KEPT = 8 * 1024 * 1024
"""Bytes that the drafts of one respondent may take in the database.

Sixty measures of three indicators fit, every text at its longest and all in accents.  All of it is
read at each sending, while others wait to write.
"""


class DraftsFull(Exception):
    """The drafts of the respondent would hold more together than is kept for anybody."""


def check(session: Session, respondent_id: int, stored: Draft | None, fields: str) -> None:
    """Raise `DraftsFull` where too much would be kept, with `fields` in place of `stored`.

    Asked of the sizes alone, of which a database reads no text.  Whoever calls holds the
    respondent, so that no two forms are saved into the same room.
    """
    size = sa.func.sum(sa.func.length(Draft.fields, type_=sa.Integer))
    others = sa.select(sa.func.coalesce(size, 0)).where(Draft.respondent_id == respondent_id)
    if stored is not None:
        others = others.where(Draft.id != stored.id)
    # Encrypted, a text takes a third more.
    if session.scalars(others).one() + len(fields.encode()) * 4 // 3 > MOST_KEPT:
        raise DraftsFull
