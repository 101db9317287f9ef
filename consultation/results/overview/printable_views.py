"""Printable summary of a round, as a PDF whose name is dated."""

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from consultation.clock import in_paris, now
from consultation.extensions import db
from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.questionnaires.models import Destination, Round
from consultation.questionnaires.outline import store
from consultation.questionnaires.rounds.choice import working_round
from consultation.results.coverage import board as coverage_board
from consultation.results.coverage import gaps
from consultation.results.coverage.board import Board, Order, Side
from consultation.results.indicators import labels
from consultation.results.overview import printable
from consultation.results.overview.board import IndicatorOutcome, Total, board, by_axis
from consultation.typesetting.attachment import attached_pdf
from consultation.typesetting.subprocess import AUTHOR
from consultation.web.permissions import Permission, requires
from consultation.web.typography import counted, day
from consultation.work.actions import current_work

blueprint = Blueprint("printable", __name__, url_prefix="/organisation/vue-d-ensemble")


@blueprint.get("/resume.pdf")
@requires(Permission.FOLLOW)
def summary() -> ResponseReturnValue:
    """Serve the summary of a round to be printed for the board."""
    round_ = working_round() or abort(404)
    covered = coverage_board.board(current_work(), round_, Side.CAPACITY, Order.LEAST_FIRST)
    today = in_paris(now()).date()
    title = localized(round_.title, DEFAULT_LOCALE)
    responses = counted(covered.total, "contribution", "contributions")
    parts = [*_results(round_), _coverage(round_, covered)]
    return attached_pdf(
        lambda: printable.document(
            parts,
            title=title,
            author=AUTHOR,
            eyebrow="Résumé de la consultation",
            lead=f"{responses} ; {gaps.remaining_time(round_, now())}. Chiffres du {day(today)}.",
            warning=printable.WARNING,
            footer=f"{title}, {day(today)}",
        ),
        f"resume-{round_.code}-{today}.pdf",
    )


def _results(round_: Round) -> list[printable.Part]:
    rows = board(current_work(), round_.id)
    names = store.french_labels(db.session(), Destination.CAPACITY)
    disputed = [
        (row, labels.relevance(row.summary.relevance, names))
        for row in rows
        if row.outcome is IndicatorOutcome.DISPUTED
    ]
    return [
        printable.verdicts(by_axis(rows), Total(None, rows)),
        printable.disputes(disputed),
    ]


def _coverage(round_: Round, covered: Board) -> printable.Part:
    territories = coverage_board.unheard(current_work(), round_, Side.TERRITORY)
    unheard = {Side.CAPACITY: covered.unheard, Side.TERRITORY: territories}
    return printable.coverage(covered, gaps.silences(covered, unheard))
