"""Overview page: what a round says of each indicator, with totals."""

from collections.abc import Iterable, Mapping, Sequence

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.extensions import db
from consultation.i18n import DEFAULT_LOCALE, folded, localized
from consultation.plan.tags import all_tags, tags_of
from consultation.questionnaires.models import Destination
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
    kept_key,
    median_key,
    outcome_key,
)
from consultation.results.overview.comparison import Pair
from consultation.results.public import labels as public_labels
from consultation.web.permissions import Permission, requires
from consultation.web.typography import typeset
from consultation.work.actions import current_work
from consultation.work.lists import ListFilter, Listing, ListOrder

blueprint = Blueprint("overview", __name__, url_prefix="/organisation/vue-d-ensemble")

PLAN = ListOrder[Row]("plan", "Indicateur", is_ascending=True)
ORDERS = (
    PLAN,
    ListOrder[Row]("verdict", "Ce que disent les notes", outcome_key),
    ListOrder[Row]("garder", "Que faire de l'indicateur", kept_key),
    ListOrder[Row]("mediane", "Pertinence, de 1 à 9", median_key),
    ListOrder[Row]("voix", "Voix", lambda row: -row.summary.answers),
)

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
    listing, totals = listing_of(rows, round_.code), by_axis(rows)
    rows_here = listing.page.rows
    return render_template(
        "results/overview/board.html",
        chosen=round_,
        plan=Total(None, rows),
        totals=totals,
        listing=listing,
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


def listing_of(rows: Sequence[Row], code: str) -> Listing[Row]:
    """Return the rows of the round of that code as the address of this request asks for them.

    Axis by axis, so that the next page goes on where one ended.
    """
    rows = [row for total in by_axis(rows) for row in total.rows]
    return Listing("overview.board_page", rows, _filters(rows), ORDERS, kept={"tour": code})


def _filters(rows: Sequence[Row]) -> Sequence[ListFilter[Row]]:
    axes = [total.axis for total in by_axis(rows) if total.axis]
    tags = all_tags(row.measure for row in rows)
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


def _verdicts(rows: Iterable[Row]) -> Mapping[Conclusion, str]:
    """Return the sentences of the verdicts, of which many rows share one."""
    conclusions = {row.summary.relevance for row in rows}
    is_divided = any(it.divide for it in conclusions)
    capacities = store.french_labels(db.session(), Destination.CAPACITY) if is_divided else {}
    return {it: typeset(indicator_labels.relevance(it, capacities)) for it in conclusions}
