"""Plan files: downloads, and the import with its preview."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import (
    Blueprint,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from consultation.accounts.audit import audit_log
from consultation.clock import in_paris, now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.plan.changes import told
from consultation.plan.drafts import PlanDraft
from consultation.plan.workbook import reader, writer
from consultation.responses import plan_changes
from consultation.responses.plan_changes import Revised
from consultation.spreadsheets import uploads as spreadsheets_uploads
from consultation.spreadsheets.annotate import annotate
from consultation.spreadsheets.models import SentSheet, SheetPurpose
from consultation.spreadsheets.reader.problems import Problem, SheetRefused
from consultation.spreadsheets.reader.workbook import read_workbook
from consultation.spreadsheets.writer import Format
from consultation.web import errors, uploads
from consultation.web.permissions import Permission, require, requires
from consultation.web.request_body import takes_files

downloads_blueprint = Blueprint("plan_files", __name__, url_prefix="/organisation/plan")

CSV_TYPE = "text/csv; charset=utf-8"


@downloads_blueprint.get("/export/<any(xlsx, ods, csv):ending>")
@requires(Permission.EDIT_PLAN)
def export(ending: str) -> ResponseReturnValue:
    """Give out the plan in force, and note it: imported again, it changes nothing."""
    actor = require(Permission.EDIT_PLAN)
    with writing(db.session()):
        details = {"format": ending}
        audit_log.record(db.session(), actor.id, "plan_exported", None, details, at=now())
    draft = writer.draft_of(db.session())
    with TemporaryDirectory(prefix="plan-") as folder:
        path = Path(folder) / f"plan-{in_paris(now()):%Y-%m-%d}.{ending}"
        writer.write_draft(draft, path, Format(ending))
        return uploads.given(path, _media_type(Format(ending)))


@downloads_blueprint.get("/modele/<any(xlsx, ods, csv):ending>")
@requires(Permission.EDIT_PLAN)
def model(ending: str) -> ResponseReturnValue:
    """Give out the file to fill in."""
    with TemporaryDirectory(prefix="plan-") as folder:
        path = Path(folder) / f"modele-plan.{ending}"
        writer.write_template(path, Format(ending))
        return uploads.given(path, _media_type(Format(ending)))


def _media_type(format: Format) -> str:
    return CSV_TYPE if format is Format.CSV else format.media_type


importing_blueprint = Blueprint("plan_import", __name__, url_prefix="/organisation/plan")

MOST_PROBLEMS = 500
"""How many faults of a file one page shows; the others are counted."""


@importing_blueprint.get("/import")
@requires(Permission.EDIT_PLAN)
def import_page() -> ResponseReturnValue:
    """Ask for a file."""
    return _import_page()


@importing_blueprint.post("/import")
@takes_files
@requires(Permission.EDIT_PLAN)
def upload() -> ResponseReturnValue:
    """Keep a file until it is confirmed, unless it can't be read at all."""
    actor = require(Permission.EDIT_PLAN)
    file = uploads.received("plan.csv")
    if file is None:
        return _import_page("Choisissez le fichier du plan."), 422
    with TemporaryDirectory(prefix="plan-") as folder:
        path = Path(folder) / file.name
        path.write_bytes(file.content)
        if unreadable := _unreadable(path):
            return _import_page(unreadable), 422
    with writing(db.session()):
        kept = spreadsheets_uploads.keep(
            db.session(), actor.id, SheetPurpose.PLAN, file.name, file.content, now()
        )
        public_id = kept.public_id
    return redirect(url_for(".preview", public_id=public_id), 303)


@importing_blueprint.errorhandler(RequestEntityTooLarge)
def too_big(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say at its field that a file is too big; nothing of such a post has been read."""
    fault = uploads.too_big("plan_import.upload", Permission.EDIT_PLAN)
    return (_import_page(fault), 413) if fault else errors.page(413)


@importing_blueprint.get("/import/<public_id>")
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


@importing_blueprint.post("/import/<public_id>/confirmer")
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


@importing_blueprint.post("/import/<public_id>/renoncer")
@requires(Permission.EDIT_PLAN)
def give_up(public_id: str) -> ResponseReturnValue:
    """Forget a sent file."""
    with writing(db.session()):
        spreadsheets_uploads.forget(db.session(), _found(public_id))
    flash("Le fichier est oublié : rien n'a changé dans le plan.")
    return redirect(url_for("plan_staff.plan"), 303)


@importing_blueprint.get("/import/<public_id>/annote")
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
    with spreadsheets_uploads.on_disk(sheet) as path, TemporaryDirectory(prefix="plan-") as folder:
        marked = Path(folder) / f"{path.stem}-a-corriger.xlsx"
        annotate(read_workbook(path), problems, marked)
        return uploads.given(marked, Format.XLSX.media_type)


def _revised(public_id: str, draft: PlanDraft, shown: str = "") -> tuple[Revised, bool]:
    """Return what the file changes and whether it is loaded, being what was shown."""
    actor, at = require(Permission.EDIT_PLAN), now()
    with writing(db.session()):
        sheet = _found(public_id)
        revised = plan_changes.revise(db.session(), actor, lambda _before: draft, at)
        is_applied = bool(shown) and shown == revised.mark
        if is_applied:
            spreadsheets_uploads.forget(db.session(), sheet)
            counts = revised.loaded.changes.counts
            audit_log.record(db.session(), actor.id, "plan_imported", details=counts, at=at)
        else:
            db.session().rollback()
    return revised, is_applied


def _read(sheet: SentSheet) -> PlanDraft:
    """Return the plan that a kept file holds; raise `SheetRefused`."""
    with spreadsheets_uploads.on_disk(sheet) as path:
        return reader.read_plan(path)


def _unreadable(path: Path) -> str:
    """Return why a file can't be opened at all, nothing when it can, right or wrong."""
    try:
        reader.read_plan(path)
    except SheetRefused as refused:
        first = refused.problems[0]
        return "" if first.remedy else first.what
    return ""


def _found(public_id: str) -> SentSheet:
    actor = require(Permission.EDIT_PLAN)
    found = spreadsheets_uploads.find(db.session(), actor.id, SheetPurpose.PLAN, public_id, now())
    return found or uploads.gone()


def _import_page(fault: str = "") -> str:
    return render_template(
        "plan/staff/import.html",
        faults={"file": fault} if fault else {},
        formats=list(Format),
        limit=uploads.megabytes(),
    )


def _faults_page(sheet: SentSheet, problems: Sequence[Problem]) -> str:
    return render_template(
        "plan/staff/import_errors.html",
        sheet=sheet,
        problems=problems[:MOST_PROBLEMS],
        problem_count=len(problems),
    )


def _changes_page(
    sheet: SentSheet, draft: PlanDraft, revised: Revised, *, is_outdated: bool = False
) -> str:
    return render_template(
        "plan/staff/import_changes.html",
        sheet=sheet,
        draft=draft,
        loaded=revised.loaded,
        told=told(revised.loaded.changes),
        forms=plan_changes.forms_told(revised.loaded),
        mark=revised.mark,
        is_outdated=is_outdated,
    )
