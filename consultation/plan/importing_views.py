"""The staff pages of a plan's file: sending one, seeing its changes or its faults."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import (
    Blueprint,
    Flask,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from consultation.accounts import auditing
from consultation.clock import now
from consultation.database import writing
from consultation.extensions import db
from consultation.plan import reading
from consultation.plan.changes import told
from consultation.plan.drafts import PlanDraft
from consultation.responses import loading
from consultation.responses.loading import Revised
from consultation.sheets import sent
from consultation.sheets.annotating import annotate
from consultation.sheets.models import SentSheet, SheetPurpose
from consultation.sheets.problems import Problem, SheetRefused
from consultation.sheets.reading import read_workbook
from consultation.sheets.writing import Format
from consultation.web import errors, files
from consultation.web.bodies import takes_files
from consultation.web.permissions import Permission, require, requires

blueprint = Blueprint("plan_import", __name__, url_prefix="/organisation/plan")

MOST_PROBLEMS = 500
"""How many faults of a file one page shows; the others are counted."""


@blueprint.get("/import")
@requires(Permission.EDIT_PLAN)
def import_page() -> ResponseReturnValue:
    """Ask for a file."""
    return _import_page()


@blueprint.post("/import")
@takes_files
@requires(Permission.EDIT_PLAN)
def upload() -> ResponseReturnValue:
    """Keep a file until it is confirmed, unless it can't be read at all."""
    actor = require(Permission.EDIT_PLAN)
    file = files.received("plan.csv")
    if file is None:
        return _import_page("Choisissez le fichier du plan."), 422
    with TemporaryDirectory(prefix="plan-") as folder:
        path = Path(folder) / file.name
        path.write_bytes(file.content)
        if unreadable := _unreadable(path):
            return _import_page(unreadable), 422
    with writing(db.session()):
        kept = sent.keep(db.session(), actor.id, SheetPurpose.PLAN, file.name, file.content, now())
        public_id = kept.public_id
    return redirect(url_for(".preview", public_id=public_id), 303)


@blueprint.errorhandler(RequestEntityTooLarge)
def too_big(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say at its field that a file is too big; nothing of such a post has been read."""
    fault = files.too_big("plan_import.upload", Permission.EDIT_PLAN)
    return (_import_page(fault), 413) if fault else errors.page(413)


@blueprint.get("/import/<public_id>")
@requires(Permission.EDIT_PLAN)
def preview(public_id: str) -> ResponseReturnValue:
    """Show what a sent file changes, or all that is wrong with it."""
    sheet = _found(public_id)
    try:
        draft = _read(sheet)
    except SheetRefused as refused:
        return _faults_page(_found(public_id), refused.problems), 422
    revised = _revised(public_id, draft)[0]
    return _changes_page(_found(public_id), draft, revised)


@blueprint.post("/import/<public_id>/confirmer")
@requires(Permission.EDIT_PLAN)
def confirm(public_id: str) -> ResponseReturnValue:
    """Load a sent file, if it still changes what was shown; else show that again."""
    sheet = _found(public_id)
    try:
        draft = _read(sheet)
    except SheetRefused as refused:
        return _faults_page(_found(public_id), refused.problems), 422
    revised, is_applied = _revised(public_id, draft, request.form.get("shown", ""))
    if not is_applied:
        return _changes_page(_found(public_id), draft, revised, is_outdated=True), 409
    flash("Le plan est chargé.")
    return redirect(url_for("plan_staff.plan"), 303)


@blueprint.post("/import/<public_id>/renoncer")
@requires(Permission.EDIT_PLAN)
def give_up(public_id: str) -> ResponseReturnValue:
    """Forget a sent file."""
    with writing(db.session()):
        sent.forget(db.session(), _found(public_id))
    flash("Le fichier est oublié : rien n'a changé dans le plan.")
    return redirect(url_for("plan_staff.plan"), 303)


@blueprint.get("/import/<public_id>/annote")
@requires(Permission.EDIT_PLAN)
def annotated(public_id: str) -> ResponseReturnValue:
    """Give a sent file back with its faults marked in the cells."""
    sheet = _found(public_id)
    try:
        _read(sheet)
    except SheetRefused as refused:
        problems = refused.problems
    else:
        return redirect(url_for(".preview", public_id=public_id), 303)
    with sent.on_disk(sheet) as path, TemporaryDirectory(prefix="plan-") as folder:
        marked = Path(folder) / f"{path.stem}-a-corriger.xlsx"
        annotate(read_workbook(path), problems, marked)
        return files.given(marked, Format.XLSX.media_type)


def _revised(public_id: str, draft: PlanDraft, shown: str = "") -> tuple[Revised, bool]:
    """Return what the file changes and whether it is loaded, being what was shown."""
    actor, at = require(Permission.EDIT_PLAN), now()
    with writing(db.session()):
        sheet = _found(public_id)
        revised = loading.revise(db.session(), actor, lambda _before: draft, at)
        is_applied = bool(shown) and shown == revised.mark
        if is_applied:
            sent.forget(db.session(), sheet)
            counts = revised.loaded.changes.counts
            auditing.record(db.session(), actor.id, "plan_imported", details=counts, at=at)
        else:
            db.session().rollback()
    return revised, is_applied


def _read(sheet: SentSheet) -> PlanDraft:
    """Return the plan that a kept file holds; raise `SheetRefused`."""
    with sent.on_disk(sheet) as path:
        return reading.read_plan(path)


def _unreadable(path: Path) -> str:
    """Return why a file can't be opened at all, nothing when it can, right or wrong."""
    try:
        reading.read_plan(path)
    except SheetRefused as refused:
        first = refused.problems[0]
        return "" if first.remedy else first.what
    return ""


def _found(public_id: str) -> SentSheet:
    actor = require(Permission.EDIT_PLAN)
    found = sent.find(db.session(), actor.id, SheetPurpose.PLAN, public_id, now())
    return found or files.gone()


def _import_page(fault: str = "") -> str:
    return render_template(
        "plan/staff_import.html",
        faults={"file": fault} if fault else {},
        formats=list(Format),
        limit=files.megabytes(),
    )


def _faults_page(sheet: SentSheet, problems: Sequence[Problem]) -> str:
    return render_template(
        "plan/staff_import_faults.html",
        sheet=sheet,
        problems=problems[:MOST_PROBLEMS],
        problem_count=len(problems),
    )


def _changes_page(
    sheet: SentSheet, draft: PlanDraft, revised: Revised, *, is_outdated: bool = False
) -> str:
    return render_template(
        "plan/staff_import_changes.html",
        sheet=sheet,
        draft=draft,
        loaded=revised.loaded,
        told=told(revised.loaded.changes),
        forms=loading.forms_told(revised.loaded),
        mark=revised.mark,
        is_outdated=is_outdated,
    )


def register(app: Flask) -> None:
    """Add the pages to `app`."""
    app.register_blueprint(blueprint)
