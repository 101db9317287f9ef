"""The staff pages of where measures stand: the board, one measure, one judgement."""

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import in_paris, now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.plan.models import Assessor, Measure, MeasureStatus
from consultation.plan.statuses import assessments, forms
from consultation.plan.statuses.assessments import (
    AlreadyJudged,
    Judgement,
    JudgementMoved,
    judgement_of,
)
from consultation.plan.statuses.forms import JudgementRefused
from consultation.plan.statuses.values import ASSESSORS, FIELD_LABELS, LEVELS, SCALES
from consultation.web.permissions import Permission, require, requires

blueprint = Blueprint("statuses", __name__, url_prefix="/organisation/avancement")

SAME_DAY = (
    "Une évaluation du même évaluateur existe déjà à cette date : modifiez-la dans l'historique,"
    " ou donnez une autre date."
)


@blueprint.get("")
@requires(Permission.EDIT_PLAN)
def board() -> ResponseReturnValue:
    """Show the latest judgement of each assessor on each measure in force."""
    actor = require(Permission.EDIT_PLAN)
    return render_template(
        "plan/statuses/board.html",
        board=assessments.board(db.session(), actor),
        assessors=ASSESSORS,
        levels=LEVELS,
        scales=SCALES,
    )


@blueprint.get("/<code>")
@requires(Permission.EDIT_PLAN)
def measure(code: str) -> ResponseReturnValue:
    """Show the judgements of one measure, and ask for another."""
    typed = forms.blank() | {"assessor": _asked_assessor()}
    return _measure_page(_found(code), typed, {})


@blueprint.post("/<code>")
@requires(Permission.EDIT_PLAN)
def add(code: str) -> ResponseReturnValue:
    """Add a judgement."""
    actor = require(Permission.EDIT_PLAN)
    typed = _typed()
    at = now()
    try:
        judgement = _judgement(typed)
        with writing(db.session()):
            assessments.add(db.session(), actor, _found(code), judgement, at)
    except JudgementRefused as refused:
        return _measure_page(_found(code), typed, refused.faults), 422
    except AlreadyJudged:
        return _measure_page(_found(code), typed, {"assessed_on": SAME_DAY}), 422
    flash("L'évaluation est enregistrée. Elle paraît sur la page publique de la mesure.")
    return redirect(url_for(".measure", code=code), 303)


@blueprint.get("/<code>/<public_id>")
@requires(Permission.EDIT_PLAN)
def edit(code: str, public_id: str) -> ResponseReturnValue:
    """Show a judgement in a form."""
    found = _found(code)
    judgement = judgement_of(_found_status(found, public_id))
    return _edit_page(found, forms.as_typed(judgement), {}, judgement.digest)


@blueprint.post("/<code>/<public_id>")
@requires(Permission.EDIT_PLAN)
def change(code: str, public_id: str) -> ResponseReturnValue:
    """Change a judgement, unless somebody else has done so since it was shown."""
    actor = require(Permission.EDIT_PLAN)
    typed, seen = _typed(), request.form.get("seen", "")
    at = now()
    try:
        judgement = _judgement(typed)
        with writing(db.session()):
            assessments.change(db.session(), actor, _found(code), public_id, judgement, seen, at)
    except JudgementRefused as refused:
        return _edit_page(_found(code), typed, refused.faults, seen), 422
    except AlreadyJudged:
        return _edit_page(_found(code), typed, {"assessed_on": SAME_DAY}, seen), 422
    except JudgementMoved:
        return _conflict(code, public_id, typed)
    flash("L'évaluation est modifiée.")
    return redirect(url_for(".measure", code=code), 303)


@blueprint.get("/<code>/<public_id>/retirer")
@requires(Permission.EDIT_PLAN)
def remove_page(code: str, public_id: str) -> ResponseReturnValue:
    """Ask for a confirmation before a judgement is removed."""
    found = _found(code)
    return _remove_page(found, _found_status(found, public_id))


@blueprint.post("/<code>/<public_id>/retirer")
@requires(Permission.EDIT_PLAN)
def remove(code: str, public_id: str) -> ResponseReturnValue:
    """Remove a judgement, unless somebody else has changed it since it was shown."""
    actor = require(Permission.EDIT_PLAN)
    seen = request.form.get("seen", "")
    try:
        with writing(db.session()):
            found = _found(code)
            _found_status(found, public_id)
            assessments.remove(db.session(), actor, found, public_id, seen, now())
    except JudgementMoved:
        found = _found(code)
        return _remove_page(found, _found_status(found, public_id), is_moved=True), 409
    flash("L'évaluation est retirée.")
    return redirect(url_for(".measure", code=code), 303)


def _conflict(code: str, public_id: str, typed: Mapping[str, str]) -> ResponseReturnValue:
    """Show what somebody else wrote beside what was just typed, and let the person choose."""
    found = _found(code)
    status = assessments.find(db.session(), require(Permission.EDIT_PLAN), found, public_id)
    if status is None:
        return _measure_page(found, typed, {}, is_gone=True), 409
    return _edit_page(found, typed, {}, judgement_of(status).digest, theirs=status), 409


def _measure_page(
    found: Measure, typed: Mapping[str, str], faults: Mapping[str, str], *, is_gone: bool = False
) -> str:
    return render_template(
        "plan/statuses/measure.html",
        measure=found,
        statuses=assessments.in_order(found.statuses),
        latest=assessments.latest(found.statuses),
        is_gone=is_gone,
        **_form(typed, faults),
    )


def _edit_page(
    found: Measure,
    typed: Mapping[str, str],
    faults: Mapping[str, str],
    seen: str,
    theirs: MeasureStatus | None = None,
) -> str:
    return render_template(
        "plan/statuses/edit.html", measure=found, seen=seen, theirs=theirs, **_form(typed, faults)
    )


def _remove_page(found: Measure, status: MeasureStatus, *, is_moved: bool = False) -> str:
    return render_template(
        "plan/statuses/remove.html",
        measure=found,
        status=status,
        seen=judgement_of(status).digest,
        is_moved=is_moved,
        assessors=ASSESSORS,
    )


def _form(typed: Mapping[str, str], faults: Mapping[str, str]) -> dict[str, object]:
    """Return what the fields of a judgement are drawn from."""
    return {
        "typed": typed,
        "faults": faults,
        "labels": FIELD_LABELS,
        "assessors": ASSESSORS,
        "levels": LEVELS,
        "scales": SCALES,
        "today": in_paris(now()).date(),
    }


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in FIELD_LABELS}


def _judgement(typed: Mapping[str, str]) -> Judgement:
    return forms.judgement_typed(typed, in_paris(now()).date())


def _asked_assessor() -> str:
    """Return the assessor that a link of the board chose."""
    asked = request.args.get("evaluateur", "")
    return asked if asked in set(Assessor) else ""


def _found(code: str) -> Measure:
    found = assessments.measure_judged(db.session(), require(Permission.EDIT_PLAN), code)
    if found is None:
        abort(404)
    return found


def _found_status(found: Measure, public_id: str) -> MeasureStatus:
    status = assessments.find(db.session(), require(Permission.EDIT_PLAN), found, public_id)
    if status is None:
        abort(404)
    return status
