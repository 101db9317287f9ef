"""Plan pages of the staff: the overview, and the step that shows what an edit changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.accounts.audit import audit_log
from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.plan import drafts, queries
from consultation.plan.changes import told
from consultation.plan.drafts import AxisDraft, Direction, MeasureDraft, NotInPlan, PlanDraft
from consultation.plan.forms import BLANK, Typed, digest_of, measure_fields
from consultation.plan.workbook import writer
from consultation.questionnaires.rounds import queries as rounds_queries
from consultation.responses import plan_changes
from consultation.responses.plan_changes import Revised
from consultation.spreadsheets.writer import Format
from consultation.web import errors
from consultation.web.permissions import Permission, require, requires


class EditedMeanwhile(Exception):
    """Somebody stored another content since the form was filled in from what there was."""


@dataclass(frozen=True)
class Revision:
    """One edit that somebody asked for.

    `what` names it in the trail and `subject` is the code it is about; `heading` and `done` are
    French, before and after.  `fields` travel through the page that asks for a confirmation.
    `back` is where to go when it is given up, `after` when it is done.
    """

    what: str
    subject: str
    heading: str
    done: str
    change: Callable[[PlanDraft], PlanDraft]
    back: str
    after: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


def carry_out(revision: Revision) -> ResponseReturnValue:
    """Apply an edit, or show what it changes when somebody must see that first.

    The page carries a mark of what it shows: if that is no longer so, the edit is shown again.
    """
    shown = request.form.get("shown", "")
    revised, is_applied = _revised(revision, shown)
    if not is_applied:
        page = render_template(
            "plan/staff/confirm.html",
            revision=revision,
            loaded=revised.loaded,
            told=told(revised.loaded.changes, is_file=False),
            forms=plan_changes.forms_told(revised.loaded),
            mark=revised.mark,
            is_outdated=bool(shown),
        )
        return page, 409 if shown else 200
    is_empty = revised.loaded.changes.is_empty
    flash("Rien n'a changé : c'était déjà ainsi." if is_empty else _done(revision, revised))
    return redirect(revision.after or revision.back, 303)


def carry_out_if_there(revision: Revision) -> ResponseReturnValue:
    """Do the same; what is no longer in the plan is told on the page of the plan."""
    try:
        return carry_out(revision)
    except NotInPlan:
        flash(f"« {revision.subject} » n'est plus dans le plan : rien n'a changé.")
        return redirect(url_for("plan_staff.plan"), 303)


def _revised(revision: Revision, shown: str) -> tuple[Revised, bool]:
    """Return what the edit changes and whether it is applied: if not, nothing of it stays."""
    actor, at = require(Permission.EDIT_PLAN), now()
    with writing(db.session()):
        revised = plan_changes.revise(db.session(), actor, revision.change, at)
        is_applied = not revised.needs_showing or shown == revised.mark
        if not is_applied or revised.loaded.changes.is_empty:
            db.session().rollback()
        else:
            details = {"what": revision.what}
            audit_log.record(
                db.session(), actor.id, "plan_changed", revision.subject, details, at=at
            )
    return revised, is_applied


def _done(revision: Revision, revised: Revised) -> str:
    if revision.subject in revised.loaded.removed:
        return f"Le thème « {revision.subject} » a disparu : personne n'y avait répondu."
    return revision.done


blueprint = Blueprint("plan_staff", __name__, url_prefix="/organisation/plan")

Move = Callable[[PlanDraft, str, Direction], PlanDraft]
MOVES: Mapping[str, tuple[Move, str, str]] = {
    "axis": (drafts.move_axis, "l'axe", "axe"),
    "measure": (drafts.move_measure, "la mesure", "mesure"),
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
    draft = writer.draft_of(db.session())
    current = rounds_queries.current(db.session(), now())
    return render_template(
        "plan/staff/plan.html",
        rows=[
            AxisRow(axis, tuple(one for one in draft.measures if one.axis == axis.code))
            for axis in draft.axes
        ],
        draft=draft,
        retired=queries.retired_measures(db.session()),
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
        if _axis_digest(drafts.axis_of(draft, code)) != request.form.get("digest"):
            raise EditedMeanwhile
        return drafts.retitle_axis(draft, code, title)

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
        return drafts.axis_of(writer.draft_of(db.session()), code)
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
        "plan/staff/axis.html",
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
