"""Overview as a list of the team: its filters, which the decisions share, and its orders."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from consultation.i18n import DEFAULT_LOCALE, folded, localized
from consultation.plan.models import Measure
from consultation.plan.tags import all_tags, tags_of
from consultation.results.overview.board import (
    OUTCOMES_IN_COLUMNS,
    IndicatorOutcome,
    Row,
    by_axis,
    kept_key,
    median_key,
    outcome_key,
)
from consultation.work.lists import ListFilter, Listing, ListOrder


class Filtered(Protocol):
    """A row that the shared filters may keep."""

    @property
    def measure(self) -> Measure:
        """Its measure, which has an axis and tags."""

    @property
    def outcome(self) -> IndicatorOutcome | None:
        """The verdict on its relevance, None for what is no indicator."""

    @property
    def searched(self) -> str:
        """What a search looks at, folded."""


FilteredRow = TypeVar("FilteredRow", bound=Filtered)
PLAN = ListOrder[Row]("plan", "Indicateur", is_ascending=True)
ORDERS = (
    PLAN,
    ListOrder[Row]("verdict", "Ce que disent les notes", outcome_key),
    ListOrder[Row]("garder", "Que faire de l'indicateur", kept_key),
    ListOrder[Row]("mediane", "Pertinence, de 1 à 9", median_key),
    ListOrder[Row]("voix", "Voix", lambda row: -row.summary.answers),
)


def listing_of(rows: Sequence[Row], code: str, beside: Iterable[Measure] = ()) -> Listing[Row]:
    """Return the rows of the round of that code as the address of this request asks for them.

    Axis by axis, so that the next page goes on where one ended.  `beside` are the measures of the
    lists beside this one, which the filters offer too.
    """
    rows = [row for total in by_axis(rows) for row in total.rows]
    filters: Sequence[ListFilter[Row]] = filters_of([*(row.measure for row in rows), *beside])
    return Listing("overview.board_page", rows, filters, ORDERS, kept={"tour": code})


def filters_of(measures: Sequence[Measure]) -> Sequence[ListFilter[FilteredRow]]:
    """Return the filters of each list of a round's indicators, with what these measures offer."""
    of_measures = {it.axis.code: it.axis for it in measures}
    axes = sorted(of_measures.values(), key=lambda it: (it.position, it.id))
    tags = all_tags(measures)
    return (
        ListFilter(
            "axe",
            "Axe",
            lambda row, code: row.measure.axis.code == code,
            [(it.code, f"{it.code} · {localized(it.title, DEFAULT_LOCALE)}") for it in axes],
        ),
        ListFilter(
            "verdict",
            "Verdict",
            lambda row, outcome: row.outcome == outcome,
            [(it.value, it.label) for it in OUTCOMES_IN_COLUMNS],
        ),
        ListFilter(
            "theme",
            "Thème",
            lambda row, code: any(tag.code == code for tag in tags_of(row.measure)),
            [(it.code, localized(it.label, DEFAULT_LOCALE)) for it in tags],
        ),
        ListFilter(
            "q",
            "Mots ou code",
            lambda row, query: all(word in row.searched for word in folded(query).split()),
        ),
    )
