"""Long lists, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

Row = TypeVar("Row")
Other = TypeVar("Other")


@dataclass(frozen=True)
class Paged(Generic[Row]):
    """One page of a list; `number` is from 1 to `page_count`, `total` counts the whole list."""

    rows: Sequence[Row]
    number: int
    page_count: int
    total: int

    def showing(self, rows: Sequence[Other]) -> "Paged[Other]":
        """Return the page with what is shown of its rows in their place."""
        return Paged(rows, self.number, self.page_count, self.total)


def paged(
    session: Session, query: sa.Select[*tuple[Any, ...]], number: int, length: int
) -> Paged[Any]:
    """Return a page of what `query` selects, in its order; the nearest one there is.

    Rows are those of `scalars` when the query selects one thing, else tuples.
    """
    counted = query.order_by(None).with_only_columns(sa.literal(1), maintain_column_froms=True)
    total = session.scalar(sa.select(sa.func.count()).select_from(counted.subquery())) or 0
    number, page_count = nearest(number, total, length)
    window = query.limit(length).offset((number - 1) * length)
    is_single = len(query.column_descriptions) == 1
    rows = session.scalars(window).all() if is_single else session.execute(window).all()
    return Paged(rows, number, page_count, total)


def nearest(number: int, total: int, length: int) -> tuple[int, int]:
    """Return the page that exists nearest to the one asked for, and how many there are."""
    page_count = max(1, -(-total // length))
    return min(max(1, number), page_count), page_count
