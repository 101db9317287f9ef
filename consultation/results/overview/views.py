"""Overview page: what a round says of each indicator, with totals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.extensions import db
from consultation.plan.tags import Tag, all_tags
from consultation.questionnaires.models import Destination, Round
from consultation.questionnaires.outline import store
from consultation.questionnaires.rounds.choice import working, working_round
from consultation.results.indicators import labels as indicator_labels
from consultation.results.indicators.verdicts import Conclusion
from consultation.results.overview import comparison
from consultation.results.overview.board import (
    OUTCOMES_IN_COLUMNS,
    Filters,
    IndicatorOutcome,
    Order,
    Row,
    Total,
    board,
    by_axis,
    in_order,
)
from consultation.results.public import labels as public_labels
from consultation.web.permissions import Permission, requires
from consultation.web.typography import typeset
from consultation.work.actions import current_work

blueprint = Blueprint("overview", __name__, url_prefix="/organisation/vue-d-ensemble")

COLUMNS = {
    Order.PLAN: "Indicateur",
    Order.OUTCOME: "Ce que disent les notes",
    Order.KEPT: "Que faire de l'indicateur",
    Order.MEDIAN: "Pertinence, de 1 à 9",
    Order.ANSWERS: "Voix",
}


@dataclass(frozen=True)
class Chosen:
    """What the address asks for; unknown values are ignored."""

    round: Round
    filters: Filters
    order: Order
    is_reversed: bool

    def address(self, **changes: str | None) -> str:
        """Return the address of the same page but for some parameters."""
        kept = {
            "tour": self.round.code,
            "axe": self.filters.axis,
            "verdict": self.filters.outcome,
            "theme": self.filters.tag,
            "q": self.filters.query,
            "tri": None if self.order is Order.PLAN else self.order,
            "sens": "inverse" if self.is_reversed else None,
        }
        changed: dict[str, Any] = {**kept, **changes}
        named = {name: value for name, value in changed.items() if value}
        return url_for("overview.board_page", **named)

    def sorted_by(self, order: Order) -> str:
        """Return the address that sorts by a column, the other way round if it does already."""
        is_again = order is self.order and order is not Order.PLAN and not self.is_reversed
        tri = None if order is Order.PLAN else order.value
        return self.address(tri=tri, sens="inverse" if is_again else None)

    def direction(self, order: Order) -> str | None:
        """Return how a column is sorted, in the words of ARIA, or None."""
        if order is not self.order:
            return None
        is_ascending = order is Order.PLAN or self.is_reversed
        return "ascending" if is_ascending else "descending"


@blueprint.get("")
@requires(Permission.FOLLOW)
def board_page() -> ResponseReturnValue:
    """Show a row for each indicator of a round, filtered and sorted as the address says."""
    round_ = working_round()
    if round_ is None:
        return render_template("results/overview/board.html", chosen=None)
    rows = board(current_work(), round_.id)
    totals, tags = by_axis(rows), all_tags(row.measure for row in rows)
    chosen = _chosen(round_, totals, tags)
    kept = [row for row in rows if chosen.filters.keeps(row)]
    return render_template(
        "results/overview/board.html",
        chosen=chosen,
        plan=Total(None, rows),
        totals=totals,
        tags=tags,
        groups=_groups(kept, chosen),
        count=len(kept),
        outcomes=OUTCOMES_IN_COLUMNS,
        columns=COLUMNS,
        orders=Order,
        disputed=IndicatorOutcome.DISPUTED,
        verdicts=_verdicts(kept),
        stance=public_labels.stance,
    )


@blueprint.get("/tours")
@requires(Permission.FOLLOW)
def comparison_page() -> ResponseReturnValue:
    """Show two rounds side by side, indicator by indicator."""
    round_ = working_round()
    others = comparison.earlier(working().rounds, round_, now()) if round_ else []
    if round_ is None or not others:
        return render_template("results/overview/comparison.html", before=None)
    before = next((it for it in others if it.code == request.args.get("avec")), others[0])
    pairs = comparison.compare(current_work(), before.id, round_.id)
    is_by_change = request.args.get("tri") == "ecart"
    return render_template(
        "results/overview/comparison.html",
        before=before,
        after=round_,
        others=others,
        pairs=comparison.by_change(pairs) if is_by_change else pairs,
        is_by_change=is_by_change,
    )


def _chosen(round_: Round, totals: Sequence[Total], tags: Sequence[Tag]) -> Chosen:
    axes = {total.axis.code for total in totals if total.axis}
    axis, outcome = request.args.get("axe", ""), request.args.get("verdict", "")
    tag, order = request.args.get("theme", ""), request.args.get("tri", "")
    return Chosen(
        round_,
        Filters(
            axis=axis if axis in axes else "",
            outcome=IndicatorOutcome(outcome) if outcome in set(IndicatorOutcome) else None,
            tag=tag if tag in {it.code for it in tags} else "",
            query=request.args.get("q", "").strip(),
        ),
        Order(order) if order in set(Order) else Order.PLAN,
        request.args.get("sens") == "inverse",
    )


def _groups(rows: Sequence[Row], chosen: Chosen) -> Sequence[Total]:
    """Return the rows by axis in the plan's order, else all together."""
    if chosen.order is Order.PLAN:
        return by_axis(rows)
    return [Total(None, in_order(rows, chosen.order, is_reversed=chosen.is_reversed))]


def _verdicts(rows: Iterable[Row]) -> Mapping[Conclusion, str]:
    """Return the sentences of the verdicts, of which many rows share one."""
    conclusions = {row.summary.relevance for row in rows}
    is_divided = any(it.divide for it in conclusions)
    capacities = store.french_labels(db.session(), Destination.CAPACITY) if is_divided else {}
    return {it: typeset(indicator_labels.relevance(it, capacities)) for it in conclusions}
