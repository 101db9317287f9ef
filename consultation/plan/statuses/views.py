"""Staff pages of status assessments: the board, one measure, one assessment."""

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from consultation.clock import in_paris, now
from consultation.db.stale import StaleEdit
from consultation.institutions.replies import queries as reply_queries
from consultation.institutions.replies import requests
from consultation.institutions.replies.models import ReplyRequest
from consultation.plan.models import Assessor, Measure, MeasureStatus
from consultation.plan.statuses import assessments
from consultation.plan.statuses.assessments import AlreadyAssessed, assessment_of
from consultation.plan.statuses.forms import AssessmentForm, values_of
from consultation.plan.statuses.parsing import SCALES
from consultation.web.permissions import Permission, require, requires
from consultation.work.actions import AtField, act, current_work
from consultation.work.services import Work

blueprint = Blueprint("statuses", __name__, url_prefix="/organisation/avancement")

SAME_DAY = (
    "Une évaluation du même évaluateur existe déjà à cette date : modifiez-la dans l'historique,"
    " ou donnez une autre date."
)


@blueprint.get("")
@requires(Permission.EDIT_PLAN)
def board() -> ResponseReturnValue:
    """Show the latest status assessment by each assessor on each measure in force."""
    board_ = assessments.board(current_work())
    return render_template(
        "plan/statuses/board.html",
        board=board_,
        levels_by_measure=board_.levels,
        scales=SCALES,
    )


@blueprint.get("/<code>")
@requires(Permission.EDIT_PLAN)
def measure(code: str) -> ResponseReturnValue:
    """Show the status assessments of one measure, and ask for another."""
    chosen = request.args.get("evaluateur", "")  # by a link of the board
    assessor = chosen if chosen in set(Assessor) else ""
    return _measure_page(_measure(code), _form(data={"assessor": assessor}))


@blueprint.post("/<code>")
@requires(Permission.EDIT_PLAN)
def add(code: str) -> ResponseReturnValue:
    form = _form(request.form)
    return act(
        lambda work: assessments.add(work, _measure(code), form.assessment()),
        form=form,
        page=lambda: _measure_page(_measure(code), form),
        refusals={AlreadyAssessed: AtField("assessed_on", SAME_DAY, 422)},
        done="L'évaluation est enregistrée. Elle paraît sur la page publique de la mesure.",
        to=url_for(".measure", code=code),
    )


@blueprint.get("/<code>/<public_id>")
@requires(Permission.EDIT_PLAN)
def edit(code: str, public_id: str) -> ResponseReturnValue:
    measure = _measure(code)
    status = _status(measure, public_id)
    return _edit_page(measure, _form(data=values_of(assessment_of(status))))


@blueprint.post("/<code>/<public_id>")
@requires(Permission.EDIT_PLAN)
def change(code: str, public_id: str) -> ResponseReturnValue:
    """Change a status assessment, unless another organiser has done so since it was displayed."""
    form = _form(request.form)
    return act(
        lambda work: assessments.change(
            work, _measure(code), public_id, form.assessment(), form.seen.data
        ),
        form=form,
        page=lambda: _edit_page(_measure(code), form),
        refusals={
            AlreadyAssessed: AtField("assessed_on", SAME_DAY, 422),
            StaleEdit: lambda stale: _conflict(code, public_id, form, stale),
        },
        done="L'évaluation est modifiée.",
        to=url_for(".measure", code=code),
    )


@blueprint.get("/<code>/<public_id>/retirer")
@requires(Permission.EDIT_PLAN)
def remove_page(code: str, public_id: str) -> ResponseReturnValue:
    """Ask for a confirmation before a status assessment is removed."""
    measure = _measure(code)
    return _remove_page(measure, _status(measure, public_id))


@blueprint.post("/<code>/<public_id>/retirer")
@requires(Permission.EDIT_PLAN)
def remove(code: str, public_id: str) -> ResponseReturnValue:
    """Remove a status assessment, unless another organiser changed it since it was displayed."""

    def remove(work: Work) -> None:
        measure = _measure(code)
        _status(measure, public_id)
        assessments.remove(work, measure, public_id, request.form.get("seen", ""))

    def page(stale: StaleEdit) -> str:
        measure = _measure(code)
        return _remove_page(measure, _status(measure, public_id), stale)

    return act(
        remove, page=page, done="L'évaluation est retirée.", to=url_for(".measure", code=code)
    )


def _conflict(
    code: str, public_id: str, form: AssessmentForm, stale: StaleEdit
) -> ResponseReturnValue:
    """Show the version that another organiser stored beside the typed one, to choose from."""
    measure = _measure(code)
    status = assessments.find(current_work(), measure, public_id)
    if status is None:
        return _measure_page(measure, form, is_gone=True), 409
    form.seen.data = assessment_of(status).digest
    return _edit_page(measure, form, stale, status), 409


def _measure_page(measure: Measure, form: AssessmentForm, *, is_gone: bool = False) -> str:
    return render_template(
        "plan/statuses/measure.html",
        measure=measure,
        open_requests=_open_requests(measure),
        statuses=assessments.in_order(measure.statuses),
        latest=assessments.latest(measure.statuses),
        is_gone=is_gone,
        form=form,
    )


def _open_requests(measure: Measure) -> list[ReplyRequest]:
    """Return the requests to which institutions may still reply before a judgement is public."""
    actor = require(Permission.EDIT_PLAN)
    if not actor.may(Permission.ASK_REPLIES):
        return []
    rows = reply_queries.of_measure(current_work(), measure.id)
    return [it for it in rows if requests.is_open(it, now())]


def _edit_page(
    measure: Measure,
    form: AssessmentForm,
    stale: StaleEdit | None = None,
    stored: MeasureStatus | None = None,
) -> str:
    return render_template(
        "plan/statuses/edit.html", measure=measure, form=form, stale_edit=stale, stored=stored
    )


def _remove_page(measure: Measure, status: MeasureStatus, stale: StaleEdit | None = None) -> str:
    return render_template(
        "plan/statuses/remove.html",
        measure=measure,
        status=status,
        seen=assessment_of(status).digest,
        stale_edit=stale,
    )


def _form(
    formdata: MultiDict[str, str] | None = None, data: dict[str, str] | None = None
) -> AssessmentForm:
    return AssessmentForm(formdata, today=in_paris(now()).date(), data=data)


def _measure(code: str) -> Measure:
    measure = assessments.measure_of(current_work(), code)
    if measure is None:
        abort(404)
    return measure


def _status(measure: Measure, public_id: str) -> MeasureStatus:
    status = assessments.find(current_work(), measure, public_id)
    if status is None:
        abort(404)
    return status
