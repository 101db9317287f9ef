"""The staff pages of one measure: its texts, its axis, its indicators in order."""

from collections.abc import Mapping

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.extensions import db
from consultation.plan import drafts, queries
from consultation.plan.drafts import Direction, MeasureDraft, NotInPlan, PlanDraft
from consultation.plan.forms import (
    NEW_AXIS,
    TEXTS,
    TRAVELLING,
    digest_of_measure,
    edited,
    kept_texts,
    known_axis,
    measure_fields,
    measure_typed,
    taken,
    typed_with_axis,
)
from consultation.plan.staff_views import EditedMeanwhile, Revision, carry_out, carry_out_if_there
from consultation.plan.workbook import writer
from consultation.web import errors
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("plan_measures", __name__, url_prefix="/organisation/plan")


@blueprint.get("/mesures/<code>")
@requires(Permission.EDIT_PLAN)
def measure(code: str) -> ResponseReturnValue:
    """Show one measure, to be edited."""
    found = _stored(code)
    return _page(found, {**measure_typed(found), "chosen_axis": found.axis})


@blueprint.post("/mesures/<code>")
@requires(Permission.EDIT_PLAN)
def edit(code: str) -> ResponseReturnValue:
    """Store other texts of a measure, or another axis."""
    found, texts = _stored(code), kept_texts(_stored(code))
    axis, typed, faults = typed_with_axis(measure_fields(*TEXTS), texts)
    if faults or axis is None:
        return _page(found, texts, faults), 422

    def change(draft: PlanDraft) -> PlanDraft:
        before = drafts.measure_of(draft, code)
        if digest_of_measure(before) != texts.get("digest"):
            raise EditedMeanwhile
        return drafts.put_measure(draft, edited(before, typed, texts), known_axis(draft, axis))

    revision = Revision(
        "measure_edited",
        code,
        f"Modifier la mesure « {code} »",
        f"La mesure « {code} » est modifiée.",
        change,
        url_for(".measure", code=code),
        fields={key: texts[key] for key in TRAVELLING if key in texts},
    )
    try:
        return carry_out(revision)
    except (EditedMeanwhile, NotInPlan):
        return _page(_stored(code), texts, is_edited_meanwhile=True), 409


@blueprint.get("/ajouter-une-mesure")
@requires(Permission.EDIT_PLAN)
def new() -> ResponseReturnValue:
    """Ask for a measure to add; its axis may be new too."""
    asked = request.args.get("axe")
    if asked is None:
        return _new_page({})
    axes = {axis.code for axis in writer.draft_of(db.session()).axes}
    return _new_page({"chosen_axis": asked if asked in axes else ""})


@blueprint.post("/ajouter-une-mesure")
@requires(Permission.EDIT_PLAN)
def add() -> ResponseReturnValue:
    """Add a measure."""
    axis, typed, faults = typed_with_axis(measure_fields("code", *TEXTS), request.form)
    code, title = typed.text("code"), typed.localized("title")
    if code and (why := taken(code)):
        faults["code"] = why
    if faults or axis is None or code is None or title is None:
        return _new_page(request.form, faults), 422
    added = MeasureDraft(code, axis.code, title, typed.localized("summary"), typed.text("lead"))

    def change(draft: PlanDraft) -> PlanDraft:
        if taken(code):
            raise EditedMeanwhile
        return drafts.put_measure(draft, added, known_axis(draft, axis))

    revision = Revision(
        "measure_added",
        code,
        f"Ajouter la mesure « {code} »",
        f"La mesure « {code} » est ajoutée. Il reste à lui donner ses indicateurs.",
        change,
        url_for("plan_staff.plan"),
        url_for(".measure", code=code),
        {key: request.form[key] for key in TRAVELLING if key in request.form},
    )
    try:
        return carry_out(revision)
    except EditedMeanwhile:
        return _new_page(request.form, {"code": taken(code)}), 409


@blueprint.post("/mesures/<code>/retirer")
@requires(Permission.EDIT_PLAN)
def retire(code: str) -> ResponseReturnValue:
    """Take a measure out of the plan."""
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
        found = queries.retired_measure(db.session(), code)
        if found is None:
            return draft
        return drafts.put_measure(draft, found.measure, known_axis(draft, found.axis))

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
            return _moved(code, indicator, direction)
    return errors.page(400)


def _moved(code: str, indicator: str, direction: Direction) -> ResponseReturnValue:
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
        found = queries.retired_measure(db.session(), code)
    if found is None:
        abort(404)
    return found.measure


def _page(
    stored: MeasureDraft,
    typed: Mapping[str, str],
    faults: Mapping[str, str] | None = None,
    *,
    is_edited_meanwhile: bool = False,
) -> str:
    gone = queries.retired_measure(db.session(), stored.code)
    held = {**measure_typed(stored), "chosen_axis": stored.axis}
    return render_template(
        "plan/staff/measure.html",
        measure=stored,
        retired=gone,
        retired_indicators=[] if gone else queries.retired_indicators(db.session(), stored.code),
        fields=measure_fields(*TEXTS),
        axis_fields=measure_fields(*NEW_AXIS),
        axes=writer.draft_of(db.session()).axes,
        typed=typed,
        faults=faults or {},
        stored=held if is_edited_meanwhile else {},
        digest=digest_of_measure(stored)
        if is_edited_meanwhile or not typed.get("digest")
        else typed["digest"],
        is_shipped=typed.get("is_shipped") if "digest" in typed else stored.is_shipped,
        is_edited_meanwhile=is_edited_meanwhile,
    )


def _new_page(typed: Mapping[str, str], faults: Mapping[str, str] | None = None) -> str:
    return render_template(
        "plan/staff/new_measure.html",
        fields=measure_fields("code", *TEXTS),
        axis_fields=measure_fields(*NEW_AXIS),
        axes=writer.draft_of(db.session()).axes,
        typed=typed,
        faults=faults or {},
        stored={},
    )
