"""The staff pages of the plan: its axes and measures, their order, what was retired."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, Flask, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.extensions import db
from consultation.plan import editing, retired, template
from consultation.plan.confirming_views import EditedMeanwhile, Revision, carry_out_if_there
from consultation.plan.drafts import AxisDraft, MeasureDraft, PlanDraft
from consultation.plan.editing import Direction, NotInPlan
from consultation.plan.forms import BLANK
from consultation.plan.typing_in import Typed, digest_of, measure_fields
from consultation.questionnaires import rounds
from consultation.sheets.writing import Format
from consultation.web import errors
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("plan_staff", __name__, url_prefix="/organisation/plan")

Move = Callable[[PlanDraft, str, Direction], PlanDraft]
MOVES: Mapping[str, tuple[Move, str, str]] = {
    "axis": (editing.move_axis, "l'axe", "axe"),
    "measure": (editing.move_measure, "la mesure", "mesure"),
}
"""What can be moved on this page: how, its name with the article, the beginning of its anchor."""


@dataclass(frozen=True)
class AxisRow:
    """An axis of the page with its measures."""

    axis: AxisDraft
    measures: tuple[MeasureDraft, ...]


@blueprint.get("")
@requires(Permission.EDIT_PLAN)
def plan() -> ResponseReturnValue:
    """Show the axes with their measures, and what was retired."""
    draft = template.draft_of(db.session())
    current = rounds.current(db.session(), now())
    return render_template(
        "plan/staff_plan.html",
        rows=[
            AxisRow(axis, tuple(one for one in draft.measures if one.axis == axis.code))
            for axis in draft.axes
        ],
        draft=draft,
        retired=retired.retired_measures(db.session()),
        open_round=current if current and current.is_open(now()) else None,
        formats=list(Format),
    )


@blueprint.post("/ordre")
@requires(Permission.EDIT_PLAN)
def order() -> ResponseReturnValue:
    """Move an axis or a measure up or down."""
    for name, (move, article, anchor) in MOVES.items():
        for direction in Direction:
            field = f"{name}_{direction}"
            if code := request.form.get(field):
                back = url_for(".plan", _anchor=f"{anchor}-{code}")
                where = "plus haut" if direction is Direction.UP else "plus bas"
                return _moved(move, code, direction, f"{article} « {code} » {where}", field, back)
    return errors.page(400)


@blueprint.get("/axes/<code>")
@requires(Permission.EDIT_PLAN)
def axis(code: str) -> ResponseReturnValue:
    """Ask for another title of an axis."""
    found = _axis(code)
    return _axis_page(found, {"axis_title": found.title["fr"], **_english(found)})


@blueprint.post("/axes/<code>")
@requires(Permission.EDIT_PLAN)
def edit_axis(code: str) -> ResponseReturnValue:
    """Give an axis another title."""
    found = _axis(code)
    typed = Typed(measure_fields("axis_title"), request.form)
    title = typed.localized("axis_title")
    faults = dict(typed.faults)
    if title is None:
        faults.setdefault("axis_title", BLANK)
    if faults or title is None:
        return _axis_page(found, request.form, faults), 422

    def change(draft: PlanDraft) -> PlanDraft:
        if _axis_digest(editing.axis_of(draft, code)) != request.form.get("digest"):
            raise EditedMeanwhile
        return editing.retitle_axis(draft, code, title)

    revision = Revision(
        "axis_retitled",
        code,
        f"Un autre intitulé pour l'axe « {code} »",
        f"L'axe « {code} » a son nouvel intitulé.",
        change,
        url_for(".axis", code=code),
        url_for(".plan", _anchor=f"axe-{code}"),
        {key: request.form.get(key, "") for key in ("axis_title", "axis_title_en", "digest")},
    )
    try:
        return carry_out_if_there(revision)
    except EditedMeanwhile:
        return _axis_page(_axis(code), request.form, is_edited_meanwhile=True), 409


def _moved(
    move: Move, code: str, direction: Direction, what: str, field: str, back: str
) -> ResponseReturnValue:
    revision = Revision(
        "moved",
        code,
        f"Placer {what}",
        "C'est fait : l'ordre a changé.",
        lambda draft: move(draft, code, direction),
        back,
        fields={field: code},
    )
    return carry_out_if_there(revision)


def _axis(code: str) -> AxisDraft:
    try:
        return editing.axis_of(template.draft_of(db.session()), code)
    except NotInPlan:
        abort(404)


def _axis_page(
    found: AxisDraft,
    typed: Mapping[str, str],
    faults: Mapping[str, str] | None = None,
    *,
    is_edited_meanwhile: bool = False,
) -> str:
    stored = {"axis_title": found.title["fr"], **_english(found)}
    return render_template(
        "plan/staff_axis.html",
        axis=found,
        fields=measure_fields("axis_title"),
        typed=typed,
        faults=faults or {},
        stored=stored if is_edited_meanwhile else {},
        digest=_axis_digest(found)
        if is_edited_meanwhile
        else typed.get("digest") or _axis_digest(found),
        is_edited_meanwhile=is_edited_meanwhile,
    )


def _axis_digest(found: AxisDraft) -> str:
    return digest_of(found.title)


def _english(found: AxisDraft) -> dict[str, str]:
    return {"axis_title_en": found.title.get("en", "")}


def register(app: Flask) -> None:
    """Add the pages to `app`."""
    app.register_blueprint(blueprint)
