"""Indicators by their values: one list, of which some tabs are pages of their own."""

from collections.abc import Sequence
from dataclasses import dataclass

from consultation.clock import in_paris
from consultation.plan.models import Indicator, Measure
from consultation.plan.overview.backlog import Unrequested, unrequested
from consultation.plan.queries import indicators_in_force, matches
from consultation.plan.values import publication, record
from consultation.plan.values.models import IndicatorValue
from consultation.web.permissions import Permission
from consultation.work.lists import ListFilter, Listing, ListTab
from consultation.work.services import Work

WAITING_A_PAGE = 8
"""Each has up to a dozen values to read before they are public."""


@dataclass(frozen=True)
class ListedIndicator:
    """An indicator with its values that stand, and what is still to be done with them."""

    indicator: Indicator
    values: Sequence[IndicatorValue]
    waiting: Sequence[IndicatorValue]
    """Those that are not public."""
    unrequested: Sequence[Unrequested]

    def is_in(self, state: str) -> bool:
        """Return whether it belongs to a tab of the board."""
        if state == "sans-valeur":
            return not self.values
        return len(self.values) > len(self.waiting)

    def has(self, query: str) -> bool:
        """Return whether each word of a query is in its texts, or in those of its measure."""
        return matches(self.indicator, query)


STATE = ListFilter(
    "etat",
    "État",
    ListedIndicator.is_in,
    [("", "Tous"), ("sans-valeur", "Sans valeur"), ("publics", "Publics")],
    is_tab=True,
)
SEARCH = ListFilter("q", "Mots ou code", ListedIndicator.has)


@dataclass(frozen=True)
class ValueLists:
    """The lists of indicators by their values: all, those to ask for, those to publish."""

    board: Listing[ListedIndicator]
    unrequested: Listing[ListedIndicator]
    waiting: Listing[ListedIndicator]
    may_publish: bool

    def tabs(self, current: Listing[ListedIndicator]) -> Sequence[ListTab]:
        """Return the tabs of the page that has the current list."""
        every, without, public = self.board.tabs(STATE, is_here=current is self.board)
        to_ask_for = self.unrequested.as_tab("À demander", is_here=current is self.unrequested)
        waiting = self.waiting.as_tab("À publier", is_here=current is self.waiting)
        return [every, without, to_ask_for, *([waiting] if self.may_publish else []), public]


def lists_of(work: Work, measures: Sequence[Measure]) -> ValueLists:
    """Return the lists of the indicators in force of these measures, in two queries."""
    rows = _rows(work, [it for measure in measures for it in indicators_in_force(measure)])
    return ValueLists(
        Listing("values.board", rows, (STATE, SEARCH)),
        Listing("backlog.page", _by_lead([it for it in rows if it.unrequested]), (SEARCH,)),
        Listing(
            "value_publication.page",
            [it for it in rows if it.waiting],
            (SEARCH,),
            length=WAITING_A_PAGE,
        ),
        work.actor.may(Permission.PUBLISH_VALUES),
    )


def _rows(work: Work, indicators: Sequence[Indicator]) -> list[ListedIndicator]:
    ids = [it.id for it in indicators]
    values = record.current(work.session, ids)
    public = publication.showings(work.session, ids)
    today = in_paris(work.at).date()
    return [
        ListedIndicator(
            it, of, [row for row in of if row.id not in public], unrequested(it, of, today)
        )
        for it in indicators
        for of in [values.get(it.id, [])]
    ]


def _by_lead(rows: Sequence[ListedIndicator]) -> Sequence[ListedIndicator]:
    """Group by the institution in charge of the measure, each at its first place in the plan."""
    by_lead: dict[str, list[ListedIndicator]] = {}
    for row in rows:
        by_lead.setdefault(row.indicator.measure.lead or "", []).append(row)
    return [row for of in by_lead.values() for row in of]
