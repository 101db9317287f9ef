"""Overview page: what a round says of each indicator, with totals."""

from collections.abc import Iterable, Mapping, Sequence

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.decisions.staff.lists import lists_of
from consultation.extensions import db
from consultation.questionnaires.models import Destination, Round
from consultation.questionnaires.outline import store
from consultation.questionnaires.rounds.choice import working, working_round
from consultation.results.indicators import labels as indicator_labels
from consultation.results.indicators.verdicts import Conclusion
from consultation.results.overview import comparison
from consultation.results.overview.board import (
    OUTCOMES_IN_COLUMNS,
    IndicatorOutcome,
    Row,
    Total,
    board,
    by_axis,
)
from consultation.results.overview.comparison import Pair
from consultation.results.overview.lists import PLAN, listing_of
from consultation.results.public import labels as public_labels
from consultation.web.permissions import Permission, requires
from consultation.web.typography import typeset
from consultation.work.actions import current_work
from consultation.work.lists import Listing, ListOrder, ListTab

blueprint = Blueprint("overview", __name__, url_prefix="/organisation/vue-d-ensemble")

BY_CHANGE = (
    ListOrder[Pair]("plan", "Ordre du plan"),
    ListOrder[Pair]("ecart", "Plus grands écarts d'abord", comparison.change_key),
)


@blueprint.get("")
@requires(Permission.FOLLOW)
def board_page() -> ResponseReturnValue:
    """Show a row for each indicator of a round, filtered and sorted as the address says."""
    round_ = working_round()
    if round_ is None:
        return render_template("results/overview/board.html", chosen=None)
    rows = board(current_work(), round_.id)
    listing, tabs = _listing_with_tabs(rows, round_)
    rows_here = listing.page.rows
    return render_template(
        "results/overview/board.html",
        chosen=round_,
        plan=Total(None, rows),
        totals=by_axis(rows),
        listing=listing,
        tabs=tabs,
        groups=by_axis(rows_here) if listing.order is PLAN else [Total(None, rows_here)],
        outcomes=OUTCOMES_IN_COLUMNS,
        disputed=IndicatorOutcome.DISPUTED,
        verdicts=_verdicts(rows_here),
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
    kept = {"tour": round_.code, "avec": before.code}
    return render_template(
        "results/overview/comparison.html",
        before=before,
        after=round_,
        others=others,
        listing=Listing("overview.comparison_page", pairs, orders=BY_CHANGE, kept=kept),
    )


def _listing_with_tabs(
    rows: Sequence[Row], round_: Round
) -> tuple[Listing[Row], Sequence[ListTab]]:
    work = current_work()
    if not work.actor.may(Permission.DECIDE):
        return listing_of(rows, round_.code), ()
    lists = lists_of(work, round_, rows, current_app.config["SMALL_CELL"])
    return lists.overview, lists.tabs(lists.overview)


def _verdicts(rows: Iterable[Row]) -> Mapping[Conclusion, str]:
    """Return the sentences of the verdicts, of which many rows share one."""
    conclusions = {row.summary.relevance for row in rows}
    is_divided = any(it.divide for it in conclusions)
    capacities = store.french_labels(db.session(), Destination.CAPACITY) if is_divided else {}
    return {it: typeset(indicator_labels.relevance(it, capacities)) for it in conclusions}
