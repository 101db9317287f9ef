"""What every edit of the plan on screen goes through: shown first where it touches open forms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.accounts import auditing
from consultation.clock import now
from consultation.database import writing
from consultation.extensions import db
from consultation.plan.changes import told
from consultation.plan.drafts import PlanDraft
from consultation.plan.editing import NotInPlan
from consultation.responses import loading
from consultation.responses.loading import Revised
from consultation.web.permissions import Permission, require


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
            "plan/staff_confirm.html",
            revision=revision,
            loaded=revised.loaded,
            told=told(revised.loaded.changes, is_file=False),
            forms=loading.forms_told(revised.loaded),
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
        revised = loading.revise(db.session(), actor, revision.change, at)
        is_applied = not revised.needs_showing or shown == revised.mark
        if not is_applied or revised.loaded.changes.is_empty:
            db.session().rollback()
        else:
            details = {"what": revision.what}
            auditing.record(
                db.session(), actor.id, "plan_changed", revision.subject, details, at=at
            )
    return revised, is_applied


def _done(revision: Revision, revised: Revised) -> str:
    if revision.subject in revised.loaded.removed:
        return f"Le thème « {revision.subject} » a disparu : personne n'y avait répondu."
    return revision.done
