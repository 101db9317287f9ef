"""Staff page of decisions: every subject by state, the most urgent first."""

from collections.abc import Iterable, Mapping

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from consultation.decisions.staff import board
from consultation.decisions.staff.board import DecisionState, Row
from consultation.extensions import db
from consultation.i18n import folded, localized
from consultation.questionnaires.models import Destination
from consultation.questionnaires.outline import store
from consultation.questionnaires.rounds.choice import working_round
from consultation.results.indicators import labels as indicator_labels
from consultation.results.indicators.verdicts import Conclusion
from consultation.web.navigation import page_of
from consultation.web.permissions import Permission, requires
from consultation.work.actions import current_work

blueprint = Blueprint("decisions", __name__, url_prefix="/organisation/preciser")

PAGE_LENGTH = 25


@blueprint.get("")
@requires(Permission.DECIDE)
def board_page() -> ResponseReturnValue:
    """Show the subjects of a round in one state, a page at a time."""
    round_ = working_round()
    if round_ is None:
        return render_template("decisions/staff/board.html", round=None)
    rows = board.board(current_work(), round_)
    counts = board.counts(rows)
    state, query = _state(counts), request.args.get("q", "").strip()
    matches = [row for row in rows if row.state is state and _has(row, query)]
    listed = page_of(matches, request.args.get("page", 1, type=int), PAGE_LENGTH)
    evident = board.with_evidence(db.session(), round_, listed.rows)
    return render_template(
        "decisions/staff/board.html",
        round=round_,
        states=DecisionState,
        state=state,
        counts=counts,
        query=query,
        listed=listed.with_rows(evident),
        verdicts=verdicts(row.summary.relevance for row in evident if row.summary),
    )


def verdicts(conclusions: Iterable[Conclusion]) -> Mapping[Conclusion, str]:
    conclusions = set(conclusions)
    capacities = store.french_labels(db.session(), Destination.CAPACITY) if conclusions else {}
    return {it: indicator_labels.relevance(it, capacities) for it in conclusions}


def _state(counts: Mapping[DecisionState, int]) -> DecisionState:
    """Return the state that the address names, else the first in which there is a subject."""
    wanted = request.args.get("etat", "")
    if wanted in set(DecisionState):
        return DecisionState(wanted)
    return next((it for it in DecisionState if counts[it]), DecisionState.UNDECIDED)


def _has(row: Row, query: str) -> bool:
    texts = (row.code, row.measure.code, localized(row.label, "fr"), row.measure.title["fr"])
    searched = folded(" ".join(texts))
    return all(word in searched for word in folded(query).split())
