"""Lists of the team: filters, tabs with counts, order and pages, all of them in the address."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic

from flask import request, url_for

from consultation.text import clean_line
from consultation.web.navigation import SORT, Paged, Row, page_of

LONGEST_SEARCH = 100
"""Characters of what is searched for; the rest is dropped."""
ORDER, DIRECTION, PAGE = SORT, "sens", "page"
"""Parameters of the address that every list has."""
REVERSED = "inverse"


@dataclass(frozen=True)
class ListFilter(Generic[Row]):
    """A filter by its parameter: one of some values, each with its label, or words to search.

    Those that are tabs show how many rows each value keeps among those that the others keep.
    """

    name: str
    label: str
    keeps: Callable[[Row, str], bool]
    choices: Sequence[tuple[str, str]] | None = None
    is_tab: bool = False
    first: str = ""
    """The value without the parameter; empty keeps every row."""

    def read(self) -> str:
        """Return the value that the address has, or the first one where it is unknown."""
        sent = request.args.get(self.name, self.first)
        if self.choices is None:
            return clean_line(sent)[:LONGEST_SEARCH]
        return sent if sent in dict(self.choices) else self.first


@dataclass(frozen=True)
class ListOrder(Generic[Row]):
    """An order by its value of the address; rows without a key come last, either way round.

    Without `key` it is the order in which the rows are given.
    """

    name: str
    label: str
    key: Callable[[Row], Any] | None = None
    is_ascending: bool = False
    """How its column grows when it is chosen first."""


@dataclass(frozen=True)
class ListTab:
    """A tab with how many rows it leads to: of this list, or of another that stands beside it."""

    label: str
    address: str
    count: int
    is_current: bool


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """A list as the address of this request asks for it; its first order is that without one."""

    endpoint: str
    rows: Sequence[Row]
    filters: Sequence[ListFilter[Row]] = ()
    orders: Sequence[ListOrder[Row]] = ()
    length: int = 25
    kept: Mapping[str, str] = field(default_factory=dict)
    """Other parameters that stay in the address."""

    @cached_property
    def chosen(self) -> Mapping[str, str]:
        """The value of each filter, by its parameter."""
        return {it.name: it.read() for it in self.filters}

    @cached_property
    def order(self) -> ListOrder[Row] | None:
        """The order that the address names, else the first; None where there is none."""
        sent = request.args.get(ORDER)
        named = (it for it in self.orders if it.name == sent)
        return next(named, self.orders[0] if self.orders else None)

    @property
    def is_reversed(self) -> bool:
        """The order goes the other way round; the direction of an unknown one is unknown too."""
        if self.order is None or request.args.get(DIRECTION) != REVERSED:
            return False
        return request.args.get(ORDER, self.order.name) == self.order.name

    @property
    def is_narrowed(self) -> bool:
        """A filter beside the tabs may leave rows out."""
        return any(self.chosen[it.name] for it in self.filters if not it.is_tab)

    @cached_property
    def kept_rows(self) -> Sequence[Row]:
        """What the filters keep, in the order that the address asks for."""
        return self._in_order(self._kept_by(self.filters))

    @cached_property
    def page(self) -> Paged[Row]:
        """The page that the address asks for, of what the filters keep."""
        return page_of(self.kept_rows, request.args.get(PAGE, 1, type=int), self.length)

    def counts(self, tabs: ListFilter[Row]) -> Mapping[str, int]:
        """Count the rows of each tab among those that the other filters keep."""
        rows = self._kept_by([it for it in self.filters if it is not tabs])
        return {
            value: sum(tabs.keeps(row, value) for row in rows) if value else len(rows)
            for value, _label in tabs.choices or ()
        }

    def tabs(self, tabs: ListFilter[Row], *, is_here: bool = True) -> list[ListTab]:
        """Return the tabs of this list; none is the current one on the page of another list."""
        counts, chosen = self.counts(tabs), self.chosen[tabs.name]
        return [
            ListTab(
                label,
                self.address(**{tabs.name: value}),
                counts[value],
                is_here and value == chosen,
            )
            for value, label in tabs.choices or ()
        ]

    def as_tab(self, label: str, *, is_here: bool, anchor: str = "") -> ListTab:
        """Return the tab that leads to this list, with its filters, from those beside it."""
        return ListTab(label, self.address() + anchor, len(self.kept_rows), is_here)

    def address(self, **changes: str | int | None) -> str:
        """Return the address of the same list but for some parameters, on its first page."""
        return url_for(self.endpoint, **self.parameters(**changes))

    def parameters(self, **changes: str | int | None) -> dict[str, Any]:
        """Give the parameters of `address` to another one that keeps them."""
        firsts = {it.name: it.first for it in self.filters}
        firsts[ORDER] = self.orders[0].name if self.orders else ""
        order = {
            ORDER: self.order.name if self.order else None,
            DIRECTION: REVERSED if self.is_reversed else None,
        }
        named: dict[str, Any] = {**self.kept, **self.chosen, **order, **changes}
        return {name: it for name, it in named.items() if it and it != firsts.get(name)}

    @property
    def here(self) -> dict[str, Any]:
        """The parameters of this very page, for the form of what it shows."""
        return self.parameters(**{PAGE: self.page.number if self.page.number > 1 else None})

    @property
    def whole(self) -> str:
        """The address without any filter but the tabs."""
        return self.address(**{it.name: None for it in self.filters if not it.is_tab})

    def sorted_by(self, order: ListOrder[Row]) -> str:
        """Return the address that sorts by a column, the other way round if it does already."""
        is_again = order is self.order and not self.is_reversed
        return self.address(**{ORDER: order.name, DIRECTION: REVERSED if is_again else None})

    def direction(self, order: ListOrder[Row]) -> str | None:
        """Return how a column is sorted, in the words of ARIA, or None."""
        if order is not self.order:
            return None
        return "ascending" if order.is_ascending is not self.is_reversed else "descending"

    def _kept_by(self, filters: Sequence[ListFilter[Row]]) -> list[Row]:
        narrowing = [(it, self.chosen[it.name]) for it in filters if self.chosen[it.name]]
        return [row for row in self.rows if all(it.keeps(row, value) for it, value in narrowing)]

    def _in_order(self, rows: Sequence[Row]) -> Sequence[Row]:
        if self.order is None or self.order.key is None:
            return rows[::-1] if self.is_reversed else rows
        keyed = [(self.order.key(row), row) for row in rows]
        known = [it for it in keyed if it[0] is not None]
        known.sort(key=lambda it: it[0], reverse=self.is_reversed)
        return [row for _key, row in known] + [row for key, row in keyed if key is None]
