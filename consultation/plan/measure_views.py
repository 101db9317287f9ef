"""Staff pages of one measure: its texts, its axis, the order of its indicators."""

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from wtforms import ValidationError

from consultation.db.stale import StaleEdit, digest
from consultation.extensions import db
from consultation.plan import drafts, queries
from consultation.plan.drafts import Direction, MeasureDraft, NotInPlan, PlanDraft, known_axis
from consultation.plan.forms import (
    MeasureForm,
    NewMeasureForm,
    check_measure_code,
    measure_values,
    posted,
)
from consultation.plan.staff_views import Revision, carry_out, carry_out_if_there
from consultation.plan.workbook import writer
from consultation.web import errors
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("plan_measures", __name__, url_prefix="/organisation/plan")


@blueprint.get("/mesures/<code>")
@requires(Permission.EDIT_PLAN)
def measure(code: str) -> ResponseReturnValue:
    stored = _stored(code)
    values = measure_values(stored)
    return _page(stored, _form(data={**values, "digest": digest(values)}))


@blueprint.post("/mesures/<code>")
@requires(Permission.EDIT_PLAN)
def edit(code: str) -> ResponseReturnValue:
    """Store the edited texts or axis of a measure."""
    stored = _stored(code)
    form = _form(posted(measure_values(stored)))
    if not form.validate():
        return _page(stored, form), 422

    def change(draft: PlanDraft) -> PlanDraft:
        before = drafts.measure_of(draft, code)
        if digest(measure_values(before)) != form.digest.data:
            raise StaleEdit("la mesure")
        return drafts.put_measure(draft, form.edited(before), known_axis(draft, form.axis_draft()))

    revision = Revision(
        "measure_edited",
        code,
        f"Modifier la mesure « {code} »",
        f"La mesure « {code} » est modifiée.",
        change,
        url_for(".measure", code=code),
        fields=form.sent_again(),
    )
    try:
        return carry_out(revision)
    except (StaleEdit, NotInPlan):
        stored = _stored(code)
        form.compare(measure_values(stored))
        return _page(stored, form, StaleEdit("la mesure")), 409


@blueprint.get("/ajouter-une-mesure")
@requires(Permission.EDIT_PLAN)
def new() -> ResponseReturnValue:
    """Ask for a measure to add, in an axis of the plan or a new one."""
    axes = [axis.code for axis in writer.draft_of(db.session()).axes]
    first = axes[0] if axes else ""
    code = request.args.get("axe", first)
    return _new_page(_new_form(data={"chosen_axis": code if code in axes else ""}))


@blueprint.post("/ajouter-une-mesure")
@requires(Permission.EDIT_PLAN)
def add() -> ResponseReturnValue:
    form = _new_form(request.form)
    if not form.validate():
        return _new_page(form), 422
    added = form.draft()

    def change(draft: PlanDraft) -> PlanDraft:
        check_measure_code(added.code)
        return drafts.put_measure(draft, added, known_axis(draft, form.axis_draft()))

    revision = Revision(
        "measure_added",
        added.code,
        f"Ajouter la mesure « {added.code} »",
        f"La mesure « {added.code} » est ajoutée. Il reste à lui donner ses indicateurs.",
        change,
        url_for("plan_staff.plan"),
        url_for(".measure", code=added.code),
        form.sent_again(),
    )
    try:
        return carry_out(revision)
    except ValidationError as refused:
        form.add_error("code", str(refused))
        return _new_page(form), 409


@blueprint.post("/mesures/<code>/retirer")
@requires(Permission.EDIT_PLAN)
def retire(code: str) -> ResponseReturnValue:
    revision = Revision(
        "measure_retired",
        code,
        f"Retirer la mesure « {code} »",
        f"La mesure « {code} » est retirée. On peut la remettre depuis cette page.",
        lambda draft: drafts.retire_measure(draft, code),
        url_for(".measure", code=code),
        url_for("plan_staff.plan"),
    )
    return carry_out_if_there(revision)


@blueprint.post("/mesures/<code>/remettre")
@requires(Permission.EDIT_PLAN)
def bring_back(code: str) -> ResponseReturnValue:
    """Put a retired measure back, with the indicators that went with it."""

    def change(draft: PlanDraft) -> PlanDraft:
        retired = queries.retired_measure(db.session(), code)
        if retired is None:
            return draft
        return drafts.put_measure(draft, retired.measure, known_axis(draft, retired.axis))

    revision = Revision(
        "measure_brought_back",
        code,
        f"Remettre la mesure « {code} »",
        f"La mesure « {code} » est de nouveau dans le plan, la dernière de son axe.",
        change,
        url_for("plan_staff.plan"),
        url_for("plan_staff.plan", _anchor=f"mesure-{code}"),
    )
    return carry_out_if_there(revision)


@blueprint.post("/mesures/<code>/ordre")
@requires(Permission.EDIT_PLAN)
def order(code: str) -> ResponseReturnValue:
    """Move an indicator of the measure up or down."""
    for direction in Direction:
        if indicator := request.form.get(f"indicator_{direction}"):
            return _move(code, indicator, direction)
    return errors.page(400)


def _move(code: str, indicator: str, direction: Direction) -> ResponseReturnValue:
    where = "plus haut" if direction is Direction.UP else "plus bas"
    revision = Revision(
        "moved",
        indicator,
        f"Placer l'indicateur « {indicator} » {where}",
        "C'est fait : l'ordre a changé.",
        lambda draft: drafts.move_indicator(draft, indicator, direction),
        url_for(".measure", code=code, _anchor=f"indicateur-{indicator}"),
        fields={f"indicator_{direction}": indicator},
    )
    return carry_out_if_there(revision)


def _stored(code: str) -> MeasureDraft:
    """Return a measure, retired ones included; abort with 404."""
    try:
        return drafts.measure_of(writer.draft_of(db.session()), code)
    except NotInPlan:
        retired = queries.retired_measure(db.session(), code)
    if retired is None:
        abort(404)
    return retired.measure


def _form(formdata: MultiDict[str, str] | None = None, **kwargs: Any) -> MeasureForm:
    axes = writer.draft_of(db.session()).axes
    hint = "Une mesure qui change d'axe y devient la dernière."
    return MeasureForm(formdata, axes=axes, hint=hint, **kwargs)


def _new_form(formdata: MultiDict[str, str] | None = None, **kwargs: Any) -> NewMeasureForm:
    axes = writer.draft_of(db.session()).axes
    return NewMeasureForm(formdata, axes=axes, hint="La mesure y vient la dernière.", **kwargs)


def _page(stored: MeasureDraft, form: MeasureForm, stale: StaleEdit | None = None) -> str:
    retired = queries.retired_measure(db.session(), stored.code)
    form.compare_with(measure_values(stored))
    indicators = [] if retired else queries.retired_indicators(db.session(), stored.code)
    return render_template(
        "plan/staff/measure.html",
        measure=stored,
        retired=retired,
        retired_indicators=indicators,
        form=form,
        stale_edit=stale,
    )


def _new_page(form: NewMeasureForm) -> str:
    return render_template("plan/staff/new_measure.html", form=form)
