"""Long lists, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

Row = TypeVar("Row")


@dataclass(frozen=True)
class Paged(Generic[Row]):
    """One page of a list; `number` is from 1 to `page_count`, `total` counts the whole list."""

    rows: Sequence[Row]
    number: int
    page_count: int
    total: int


def paged(session: Session, query: sa.Select[Any], number: int, length: int) -> Paged[Any]:
    """Return a page of what `query` selects, in its order; the nearest one there is.

    Rows are those of `scalars` when the query selects one thing, else tuples.
    """
    total = session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    page_count = max(1, -(-total // length))
    number = min(max(1, number), page_count)
    window = query.limit(length).offset((number - 1) * length)
    is_single = len(query.column_descriptions) == 1
    rows = session.scalars(window).all() if is_single else session.execute(window).all()
    return Paged(rows, number, page_count, total)
