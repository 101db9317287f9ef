"""Lists of a round's indicators: all of them, and by state of their decision.

They are the tabs of one row, on two pages, and share their filters.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from consultation.decisions.staff import board
from consultation.decisions.staff.board import DecisionState, Row, contest_key
from consultation.plan.models import Measure
from consultation.questionnaires.models import Round
from consultation.results.overview import board as overview
from consultation.results.overview.board import outcome_key
from consultation.results.overview.lists import filters_of, listing_of
from consultation.work.lists import ListFilter, Listing, ListOrder, ListTab
from consultation.work.services import Work

STATE = "etat"
ORDERS = (
    ListOrder[Row]("plan", "Indicateur", is_ascending=True),
    ListOrder[Row](
        "verdict",
        "Ce que disent les notes",
        lambda row: outcome_key(row.indicator) if row.indicator else None,
    ),
    ListOrder[Row]("voix", "Voix", lambda row: -row.summary.answers if row.summary else None),
)
"""Those of the overview whose columns are here too."""
BESIDE = "#indicateurs"
"""Where the list begins on the page of the overview."""


@dataclass(frozen=True)
class RoundLists:
    """The lists of a round for who decides."""

    overview: Listing[overview.Row]
    decisions: Listing[Row]

    def tabs(self, current: Listing[Any]) -> Sequence[ListTab]:
        """Return the tabs of the page that has the current list."""
        every = self.overview.as_tab(
            "Tous les indicateurs", is_here=current is self.overview, anchor=BESIDE
        )
        is_here = current is self.decisions
        return [every, *self.decisions.tabs(self.decisions.filters[0], is_here=is_here)]


def lists_of(
    work: Work, round_: Round, indicators: Sequence[overview.Row], smallest: int
) -> RoundLists:
    """Return the lists of a round whose overview has these indicators; raise `NotAllowed`."""
    rows = board.subjects(work, round_, indicators)
    states = {row.state for row in rows}
    first = next((it for it in DecisionState if it in states), DecisionState.UNDECIDED)
    return RoundLists(
        listing_of(indicators, round_.code, [row.measure for row in rows]),
        decisions_listing(rows, round_, first, smallest, [it.measure for it in indicators]),
    )


def decisions_listing(
    rows: Sequence[Row],
    round_: Round,
    first: DecisionState,
    smallest: int,
    beside: Iterable[Measure] = (),
) -> Listing[Row]:
    """Return subjects as the address of this request asks for them, else those in a first state.

    `beside` are the measures of the lists beside this one, which the filters offer too.
    """
    state = ListFilter[Row](
        STATE,
        "État",
        lambda row, state: row.state == state,
        DecisionState.choices(),
        is_tab=True,
        first=first.value,
    )
    filters: Sequence[ListFilter[Row]] = filters_of([*(row.measure for row in rows), *beside])
    kept = {"tour": round_.code}
    orders = [
        ListOrder(
            "contestes", "Que faire de l'indicateur", partial(contest_key, smallest=smallest)
        ),
        *ORDERS,
    ]
    return Listing("decisions.board_page", rows, (state, *filters), orders, kept=kept)
