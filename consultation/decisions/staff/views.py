"""Staff pages of decisions: subjects by state, and those that nobody contests, kept at once."""

from collections.abc import Iterable, Mapping
from functools import partial
from itertools import groupby

from flask import Blueprint, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import moment_of
from consultation.db.permanent_rows import TrialRefused
from consultation.decisions import bulk
from consultation.decisions.bulk import NoLongerUncontested
from consultation.decisions.staff import board
from consultation.decisions.staff.board import DecisionState
from consultation.decisions.staff.forms import UNCONTESTED, KeepForm
from consultation.decisions.staff.lists import STATE, lists_of
from consultation.decisions.staff.page_context import kept
from consultation.extensions import db
from consultation.i18n import keyed
from consultation.questionnaires.models import Destination, Round
from consultation.questionnaires.outline import store
from consultation.questionnaires.rounds.choice import working_round
from consultation.results.indicators import labels as indicator_labels
from consultation.results.indicators.verdicts import Conclusion
from consultation.results.overview import board as overview
from consultation.web.errors import OF_TRIAL
from consultation.web.permissions import Permission, requires
from consultation.web.typography import counted
from consultation.work.actions import act, current_work
from consultation.work.services import Work

blueprint = Blueprint("decisions", __name__, url_prefix="/organisation/preciser")

MOST_NAMED = 20
MOST_OPEN = 40
"""How many indicators a lot has whose measures are all unfolded."""
NOTHING_LEFT = "Il n'y a plus rien à annuler : une édition l'a publié, ou d'autres en ont décidé."


@blueprint.get("")
@requires(Permission.DECIDE)
def board_page() -> ResponseReturnValue:
    """Show the subjects of a round in one state, a page at a time."""
    round_ = working_round()
    if round_ is None:
        return render_template("decisions/staff/board.html", round=None)
    work, smallest = current_work(), current_app.config["SMALL_CELL"]
    lists = lists_of(work, round_, overview.load_rows(work.session, round_.id), smallest)
    listed = lists.decisions
    evident = board.with_evidence(db.session(), round_, listed.page.rows)
    state = listed.chosen[STATE]
    is_undecided = state == DecisionState.UNDECIDED
    return render_template(
        "decisions/staff/board.html",
        round=round_,
        listing=listed,
        tabs=lists.tabs(listed),
        is_by_contest=listed.order is listed.orders[0] and not listed.is_reversed,
        rows=evident,
        state=state,
        decided_count=sum(row.state is DecisionState.DECIDED for row in listed.rows),
        verdicts=verdicts(row.summary.relevance for row in evident if row.summary),
        smallest=smallest,
        uncontested=len(bulk.uncontested(work, round_, smallest)) if is_undecided else 0,
        lots=bulk.kept_lots(db.session()) if state == DecisionState.DECIDED else (),
    )


def verdicts(conclusions: Iterable[Conclusion]) -> Mapping[Conclusion, str]:
    conclusions = set(conclusions)
    capacities = store.french_labels(db.session(), Destination.CAPACITY) if conclusions else {}
    return {it: indicator_labels.relevance(it, capacities) for it in conclusions}


@blueprint.get("/lot")
@requires(Permission.DECIDE)
def uncontested() -> ResponseReturnValue:
    """Show the indicators that nobody contests, before they are kept."""
    round_ = working_round() or abort(404)
    codes = [row.code for row in _uncontested(round_)]
    return _lot_page(round_, KeepForm(data={"codes": codes, **keyed("reason", UNCONTESTED)}))


@blueprint.post("/lot")
@requires(Permission.DECIDE)
def keep_uncontested() -> ResponseReturnValue:
    """Keep those that are ticked as they are, if still nobody contests them."""
    round_ = working_round() or abort(404)
    form = KeepForm(request.form)

    def keep(work: Work) -> int:
        reason = form.localized("reason") or {}
        smallest = current_app.config["SMALL_CELL"]
        return bulk.keep(work, round_, form.codes.data, reason, smallest)

    return act(
        keep,
        form=form,
        page=partial(_lot_page, round_, form),
        refusals={
            NoLongerUncontested: lambda gone: (_lot_page(round_, form, gone=gone.codes), 409),
            TrialRefused: OF_TRIAL.body,
        },
        done=lambda count: (
            f"C'est décidé : {_kept_label(count)}. La prochaine édition le publiera."
        ),
        to=url_for(".board_page", tour=request.args.get("tour"), etat=DecisionState.DECIDED.value),
    )


@blueprint.post("/lot/annuler")
@requires(Permission.DECIDE)
def take_back_lot() -> ResponseReturnValue:
    """Take back what was kept in one act, as far as no edition has published it."""
    moment = moment_of(request.form.get("lot", ""))
    return act(
        lambda work: bulk.take_back(work, moment),
        done=lambda count: f"C'est annulé : {_reopened_label(count)}." if count else NOTHING_LEFT,
        to=url_for(".board_page", **kept()),
    )


def _lot_page(round_: Round, form: KeepForm, *, problem: str = "", gone: Iterable[str] = ()) -> str:
    rows = _uncontested(round_)
    in_plan_order = sorted(rows, key=lambda row: (row.measure.position, row.measure.id))
    return render_template(
        "decisions/staff/lot.html",
        form=form,
        measures=[(it, list(of)) for it, of in groupby(in_plan_order, lambda row: row.measure)],
        count=len(rows),
        verdicts=verdicts(row.summary.relevance for row in rows if row.summary),
        smallest=current_app.config["SMALL_CELL"],
        problem=problem,
        most_open=MOST_OPEN,
        most_named=MOST_NAMED,
        gone=list(gone),
        kept=kept(),
    )


def _uncontested(round_: Round) -> list[board.Row]:
    return bulk.uncontested(current_work(), round_, current_app.config["SMALL_CELL"])


def _kept_label(count: int) -> str:
    return f"{counted(count, 'indicateur est gardé', 'indicateurs sont gardés')} sans changement"


def _reopened_label(count: int) -> str:
    alone, several = "indicateur est de nouveau à décider", "indicateurs sont de nouveau à décider"
    return counted(count, alone, several)
