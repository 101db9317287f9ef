"""The staff pages of the sheet of assessments: given out, sent back, looked at, taken in."""

from pathlib import Path
from tempfile import TemporaryDirectory

from flask import (
    Blueprint,
    abort,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from consultation.accounts.audit import audit_log
from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.plan.statuses import importer
from consultation.plan.statuses import workbook as statuses_workbook
from consultation.plan.statuses.importer import ChangesMoved, FileRefused, StatusList
from consultation.plan.statuses.values import ASSESSORS, FIELD_LABELS, LEVELS
from consultation.spreadsheets import uploads
from consultation.spreadsheets.annotate import annotate
from consultation.spreadsheets.models import SentSheet, SheetPurpose
from consultation.spreadsheets.writer import Format
from consultation.web import errors
from consultation.web import uploads as web_uploads
from consultation.web.permissions import Permission, require, requires
from consultation.web.request_body import takes_files

# A code of a measure has twenty characters at most: these addresses are never those of one.
blueprint = Blueprint("status_sheets", __name__, url_prefix="/organisation/avancement")

MOST_SHOWN = 500
"""How many faults or changes one page shows; the others are counted."""

FORMATS = {"xlsx": Format.XLSX, "ods": Format.ODS, "csv": Format.CSV}
CSV_TYPE = "text/csv; charset=utf-8"


@blueprint.get("/classeur-des-evaluations.<extension>")
@requires(Permission.EDIT_PLAN)
def workbook(extension: str) -> ResponseReturnValue:
    """Give out the sheet of all measures in force, and note it."""
    actor = require(Permission.EDIT_PLAN)
    format = FORMATS.get(extension) or abort(404)
    with TemporaryDirectory(prefix="consultation-") as folder:
        path = Path(folder) / f"{statuses_workbook.FILENAME}.{extension}"
        statuses_workbook.write(db.session(), actor, path, format)
        answer = web_uploads.given(path, CSV_TYPE if format is Format.CSV else format.media_type)
    with writing(db.session()):
        details = {"format": extension}
        audit_log.record(db.session(), actor.id, "statuses_exported", None, details, at=now())
    return answer


@blueprint.get("/importer-des-evaluations")
@requires(Permission.EDIT_PLAN)
def import_page() -> ResponseReturnValue:
    """Ask for a filled sheet."""
    return _import_page()


@blueprint.post("/importer-des-evaluations")
@takes_files
@requires(Permission.EDIT_PLAN)
def import_sheet() -> ResponseReturnValue:
    """Keep the file until it is confirmed, and show what it would change or what is wrong."""
    actor = require(Permission.EDIT_PLAN)
    file = web_uploads.received("avancement.csv")
    if file is None:
        return _import_page("Choisissez le fichier des évaluations."), 422
    with writing(db.session()):
        kept = uploads.keep(
            db.session(), actor.id, SheetPurpose.STATUSES, file.name, file.content, now()
        )
        public_id = kept.public_id
    try:
        _read(_found(public_id))
    except FileRefused as refused:
        if refused.workbook is None:
            _forget(public_id)
        return _refused_page(public_id, refused), 422
    return redirect(url_for(".preview", public_id=public_id), 303)


@blueprint.errorhandler(RequestEntityTooLarge)
def too_big(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say at its field that a file is too big; nothing of such a post has been read."""
    fault = web_uploads.too_big("status_sheets.import_sheet", Permission.EDIT_PLAN)
    return (_import_page(fault), 413) if fault else errors.page(413)


@blueprint.get("/importer-des-evaluations/<public_id>")
@requires(Permission.EDIT_PLAN)
def preview(public_id: str) -> ResponseReturnValue:
    """Show what a kept file would change; nothing has changed yet."""
    try:
        return _preview_page(public_id)
    except FileRefused as refused:
        return _refused_page(public_id, refused), 422


@blueprint.post("/importer-des-evaluations/<public_id>")
@requires(Permission.EDIT_PLAN)
def confirm(public_id: str) -> ResponseReturnValue:
    """Take the file in, if it still changes what was shown."""
    actor = require(Permission.EDIT_PLAN)
    at = now()
    try:
        drafts = _read(_found(public_id)).drafts
        with writing(db.session()):
            sheet = _found(public_id)
            shown = request.form.get("shown", "")
            changes = importer.apply(db.session(), actor, drafts, shown, at)
            counts = changes.counts
            uploads.forget(db.session(), sheet)
        flash(_imported_sentence(counts["added"], counts["changed"]))
        return redirect(url_for("statuses.board"), 303)
    except ChangesMoved:
        return _after_others(public_id)
    except FileRefused as refused:
        return _refused_page(public_id, refused), 409


@blueprint.post("/importer-des-evaluations/<public_id>/abandonner")
@requires(Permission.EDIT_PLAN)
def give_up(public_id: str) -> ResponseReturnValue:
    """Forget a kept file."""
    _forget(public_id)
    flash("Le fichier est oublié : rien n'a changé.")
    return redirect(url_for("statuses.board"), 303)


@blueprint.get("/importer-des-evaluations/<public_id>/erreurs-marquees")
@requires(Permission.EDIT_PLAN)
def annotated(public_id: str) -> ResponseReturnValue:
    """Give a kept file back with its faults marked in the cells."""
    sheet = _found(public_id)
    try:
        _read(sheet)
    except FileRefused as refused:
        if refused.workbook is None:
            abort(404)
        with TemporaryDirectory(prefix="consultation-") as folder:
            path = Path(folder) / f"{Path(sheet.filename).stem}-erreurs.xlsx"
            annotate(refused.workbook, refused.problems, path)
            return web_uploads.given(path, Format.XLSX.media_type)
    return redirect(url_for(".preview", public_id=public_id), 303)


def _after_others(public_id: str) -> ResponseReturnValue:
    """Show the changes anew: somebody else has judged a measure since they were shown."""
    try:
        return _preview_page(public_id, is_moved=True), 409
    except FileRefused as refused:
        return _refused_page(public_id, refused), 409


def _import_page(fault: str = "") -> str:
    return render_template("plan/statuses/import.html", **_form(fault))


def _refused_page(public_id: str, refused: FileRefused) -> str:
    problems = refused.problems
    return render_template(
        "plan/statuses/import.html",
        public_id=public_id if refused.workbook else "",
        problems=problems[:MOST_SHOWN],
        problem_count=len(problems),
        **_form(""),
    )


def _form(fault: str) -> dict[str, object]:
    return {
        "faults": {"file": fault} if fault else {},
        "limit": web_uploads.megabytes(),
    }


def _preview_page(public_id: str, *, is_moved: bool = False) -> str:
    actor = require(Permission.EDIT_PLAN)
    sheet = _found(public_id)
    found = _read(sheet)
    return render_template(
        "plan/statuses/preview.html",
        sheet=sheet,
        changes=importer.compare(db.session(), actor, found.drafts),
        unread=found.unread,
        is_moved=is_moved,
        most=MOST_SHOWN,
        assessors=ASSESSORS,
        levels=LEVELS,
        labels=FIELD_LABELS,
    )


def _read(sheet: SentSheet) -> StatusList:
    with uploads.on_disk(sheet) as path:
        return importer.read(db.session(), require(Permission.EDIT_PLAN), path, now())


def _found(public_id: str) -> SentSheet:
    actor = require(Permission.EDIT_PLAN)
    found = uploads.find(db.session(), actor.id, SheetPurpose.STATUSES, public_id, now())
    return found or web_uploads.gone()


def _forget(public_id: str) -> None:
    with writing(db.session()):
        uploads.forget(db.session(), _found(public_id))


def _imported_sentence(added: int, changed: int) -> str:
    plurals = ["s" if count > 1 else "" for count in (added, changed)]
    return (
        f"{added} évaluation{plurals[0]} ajoutée{plurals[0]},"
        f" {changed} modifiée{plurals[1]}. Rien n'a été retiré."
    )
