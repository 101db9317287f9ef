"""Staff pages of the plan: the overview, axes, and the confirmation of an edit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.accounts.audit import audit_log
from consultation.clock import now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit, digest
from consultation.extensions import db
from consultation.plan import drafts, queries
from consultation.plan.changes import groups_of
from consultation.plan.drafts import AxisDraft, Direction, MeasureDraft, NotInPlan, PlanDraft
from consultation.plan.forms import AxisForm, axis_values, posted
from consultation.plan.models import Measure
from consultation.plan.workbook import writer
from consultation.questionnaires.rounds import queries as rounds_queries
from consultation.responses import plan_changes
from consultation.responses.plan_changes import Revised
from consultation.spreadsheets.writer import Format
from consultation.web import errors
from consultation.web.permissions import Permission, requires
from consultation.work.actions import current_work


@dataclass(frozen=True)
class Revision:
    """One edit of the plan, as a page asks for it.

    `what` names it in the audit log and `subject` is the code of what it edits; `heading` and
    `done` are French, for the confirmation and for afterwards.  `fields` are sent again by the page
    that asks for a confirmation.  `back` is the address when it is given up, `after` when done.
    `details` go into the audit log, filled by `change`.  An edit of many rows `is_shown_first`.
    """

    what: str
    subject: str
    heading: str
    done: str
    change: Callable[[PlanDraft], PlanDraft]
    back: str
    after: str = ""
    fields: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    is_shown_first: bool = False


def carry_out(revision: Revision) -> ResponseReturnValue:
    """Apply an edit, or ask for a confirmation when it touches open forms or deletes a theme.

    The confirmation carries a mark of the changes it displays; once they differ, it is asked again.
    """
    confirmed = request.form.get("shown", "")
    revised, is_applied = _revised(revision, confirmed)
    if not is_applied:
        page = render_template(
            "plan/staff/confirm.html",
            revision=revision,
            loaded=revised.loaded,
            groups=groups_of(revised.loaded.changes, is_file=False, removed=revised.loaded.removed),
            forms=plan_changes.form_groups(revised.loaded),
            mark=revised.mark,
            is_stale=bool(confirmed),
        )
        return page, 409 if confirmed else 200
    is_empty = revised.loaded.changes.is_empty
    flash("Rien n'a changé : c'était déjà ainsi." if is_empty else _notice(revision, revised))
    return redirect(revision.after or revision.back, 303)


def carry_out_if_there(revision: Revision) -> ResponseReturnValue:
    """Carry out an edit; go back to the plan when its subject is no longer there."""
    try:
        return carry_out(revision)
    except NotInPlan:
        flash(f"« {revision.subject} » n'est plus dans le plan : rien n'a changé.")
        return redirect(url_for("plan_staff.plan"), 303)


def _revised(revision: Revision, confirmed: str) -> tuple[Revised, bool]:
    """Apply an edit, or roll it back unless it is confirmed or needs no confirmation."""
    work = current_work()
    with writing(work.session):
        revised = plan_changes.revise(work, revision.change)
        is_empty = revised.loaded.changes.is_empty
        needs_showing = revised.needs_showing or (revision.is_shown_first and not is_empty)
        is_applied = confirmed == revised.mark or not needs_showing
        if not is_applied or is_empty:
            work.session.rollback()
        else:
            details = {"what": revision.what, **revision.details}
            audit_log.log(work, "plan_changed", revision.subject, details)
    return revised, is_applied


def _notice(revision: Revision, revised: Revised) -> str:
    if revision.subject in revised.loaded.removed:
        return f"Le thème « {revision.subject} » a disparu : personne n'y avait répondu."
    return revision.done


blueprint = Blueprint("plan_staff", __name__, url_prefix="/organisation/plan")

Move = Callable[[PlanDraft, str, Direction], PlanDraft]
MOVES: Mapping[str, tuple[Move, str, str]] = {
    "axis": (drafts.move_axis, "l'axe", "axe"),
    "measure": (drafts.move_measure, "la mesure", "mesure"),
}
"""How to move an axis or a measure, its name with the article, the start of its anchor."""


@dataclass(frozen=True)
class AxisRow:
    """An axis of the overview with its measures."""

    axis: AxisDraft
    measures: tuple[MeasureDraft, ...]


@blueprint.get("")
@requires(Permission.EDIT_PLAN)
def plan() -> ResponseReturnValue:
    """Show the axes with their measures, and the retired measures."""
    draft, query = writer.draft_of(db.session()), request.args.get("q", "").strip()
    current = rounds_queries.current(db.session(), now())
    return render_template(
        "plan/staff/plan.html",
        rows=[
            AxisRow(axis, tuple(it for it in draft.measures if it.axis == axis.code))
            for axis in draft.axes
        ],
        draft=draft,
        query=query,
        matches=_matches(query),
        retired=queries.retired_measures(db.session()),
        open_round=current if current and current.is_open(now()) else None,
        is_loaded=bool(request.args.get("charge")),
        formats=list(Format),
    )


def _matches(query: str) -> Sequence[Measure]:
    """Find measures as the public list does, and the one whose indicator has that code."""
    if not query:
        return ()
    matches = queries.measures(db.session(), query=query)
    indicator = queries.indicator_by_code(db.session(), query)
    return [indicator.measure] if indicator and not matches else matches


@blueprint.post("/ordre")
@requires(Permission.EDIT_PLAN)
def order() -> ResponseReturnValue:
    """Move an axis or a measure up or down, or measures to the places that were typed."""
    for name, (move, article, anchor) in MOVES.items():
        for direction in Direction:
            field = f"{name}_{direction}"
            if code := request.form.get(field):
                back = url_for(".plan", _anchor=f"{anchor}-{code}")
                where = "plus haut" if direction is Direction.UP else "plus bas"
                return _move(move, code, direction, f"{article} « {code} » {where}", field, back)
    return _place() if any(name.startswith(PLACE) for name in request.form) else errors.page(400)


@blueprint.get("/axes/<code>")
@requires(Permission.EDIT_PLAN)
def axis(code: str) -> ResponseReturnValue:
    values = axis_values(_axis(code))
    return _axis_page(code, AxisForm(data={**values, "digest": digest(values)}))


@blueprint.post("/axes/<code>")
@requires(Permission.EDIT_PLAN)
def edit_axis(code: str) -> ResponseReturnValue:
    form = AxisForm(posted(axis_values(_axis(code))))
    if not form.validate():
        return _axis_page(code, form), 422

    def change(draft: PlanDraft) -> PlanDraft:
        before = drafts.axis_of(draft, code)
        if digest(axis_values(before)) != form.digest.data:
            raise StaleEdit("l'axe")
        return drafts.retitle_axis(draft, code, form.localized("axis_title") or before.title)

    revision = Revision(
        "axis_retitled",
        code,
        f"Un autre intitulé pour l'axe « {code} »",
        f"L'axe « {code} » a son nouvel intitulé.",
        change,
        url_for(".axis", code=code),
        url_for(".plan", _anchor=f"axe-{code}"),
        form.sent_again(),
    )
    try:
        return carry_out_if_there(revision)
    except StaleEdit as stale:
        form.compare(axis_values(_axis(code)))
        return _axis_page(code, form, stale), 409


PLACE, WAS = "place_", "was_"
"""Before the code of a measure: the place that was typed, and the one that the page showed."""


def _place() -> ResponseReturnValue:
    """Put the measures whose place was changed where they should be, the first places first."""
    typed = {
        name.removeprefix(PLACE): value.strip()
        for name, value in request.form.items()
        if name.startswith(PLACE) and value.strip() != request.form.get(WAS + name[len(PLACE) :])
    }
    if not all(value.isdecimal() and len(value) < LONGEST_PLACE for value in typed.values()):
        flash("Écrivez la place d'une mesure en chiffres, 1 pour la première de son axe.")
        return redirect(url_for(".plan"), 303)
    places = sorted(((int(value), code) for code, value in typed.items()))
    if not places:
        flash("Écrivez la nouvelle place d'une mesure, puis « Déplacer » : aucune n'a changé.")
        return redirect(url_for(".plan"), 303)

    def change(draft: PlanDraft) -> PlanDraft:
        for place, code in places:
            draft = drafts.place_measure(draft, code, place)
        return draft

    first = places[0][1]
    named = ", ".join(f"« {code} »" for _, code in places)
    revision = Revision(
        "moved",
        first,
        f"Déplacer {named}",
        "C'est fait : l'ordre a changé.",
        change,
        url_for(".plan", _anchor=f"mesure-{first}"),
        fields={f"{PLACE}{code}": str(place) for place, code in places},
    )
    return carry_out_if_there(revision)


LONGEST_PLACE = 5


def _move(
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


def _axis_page(code: str, form: AxisForm, stale: StaleEdit | None = None) -> str:
    return render_template("plan/staff/axis.html", code=code, form=form, stale_edit=stale)
