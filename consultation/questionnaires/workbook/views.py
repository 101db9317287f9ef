"""Questionnaire workbook pages: downloads, and the import with its preview."""

from collections.abc import Mapping, Sequence
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
from werkzeug.utils import secure_filename

from consultation.accounts.audit import audit_log
from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import scope, store
from consultation.questionnaires.publication.review import CHANGE_KIND_LABELS
from consultation.questionnaires.publication.views import found_round
from consultation.questionnaires.workbook import importer
from consultation.questionnaires.workbook.importer import OutlineMoved
from consultation.questionnaires.workbook.reader import ReadOutline, read_outline
from consultation.questionnaires.workbook.writer import write_outline
from consultation.spreadsheets import uploads
from consultation.spreadsheets.annotate import annotate
from consultation.spreadsheets.models import SentSheet, SheetPurpose
from consultation.spreadsheets.reader.problems import Problem, SheetRefused
from consultation.spreadsheets.reader.workbook import UnreadableWorkbook, read_workbook
from consultation.spreadsheets.writer import Format
from consultation.web import errors
from consultation.web import uploads as web_uploads
from consultation.web.permissions import Permission, require, requires
from consultation.web.request_body import takes_files

blueprint = Blueprint(
    "interchange", __name__, url_prefix="/organisation/tours/<code>/questionnaire/classeur"
)
"""Registered by `interchange_views`, which adds the pages."""

FORMATS = (Format.XLSX, Format.ODS)


@blueprint.get("/telecharger/<format>")
@requires(Permission.COMPOSE)
def download(code: str, format: str) -> ResponseReturnValue:
    """Give out the working questionnaire as a workbook, and note it."""
    actor = require(Permission.COMPOSE)
    found_round(code)
    if format not in FORMATS:
        abort(404)
    chosen = Format(format)
    with writing(db.session()):
        details = {"format": chosen.value}
        audit_log.record(db.session(), actor.id, "questionnaire_exported", code, details, at=now())
    consultation_round = found_round(code)
    outline = store.working(db.session(), consultation_round)
    name = f"questionnaire-{secure_filename(code)}.{chosen.extension}"
    with TemporaryDirectory(prefix="questionnaire-") as folder:
        path = Path(folder) / name
        write_outline(outline, path, chosen)
        return web_uploads.given(path, chosen.media_type)


@blueprint.get("/<public_id>/annote")
@requires(Permission.COMPOSE)
def annotated(code: str, public_id: str) -> ResponseReturnValue:
    """Give a refused workbook back with its faults marked in their cells."""
    found_round(code)
    sheet = found_sheet(public_id)
    problems = _problems_of(sheet)
    if not problems:
        abort(404)
    return _annotated(sheet, problems)


def found_sheet(public_id: str) -> SentSheet:
    """Return a workbook that this account sent within a day; abort with 404."""
    actor = require(Permission.COMPOSE)
    found = uploads.find(db.session(), actor.id, SheetPurpose.QUESTIONNAIRE, public_id, now())
    return found or web_uploads.gone()


def read_sheet(sheet: SentSheet) -> ReadOutline:
    counts = scope.indicator_counts(scope.measures_in_force(db.session()))
    with uploads.on_disk(sheet) as path:
        return read_outline(path, counts)


def _problems_of(sheet: SentSheet) -> Sequence[Problem]:
    try:
        read_sheet(sheet)
    except SheetRefused as refused:
        return refused.problems
    return ()


def _annotated(sheet: SentSheet, problems: Sequence[Problem]) -> ResponseReturnValue:
    name = f"{Path(sheet.filename).stem}-a-corriger.xlsx"
    with uploads.on_disk(sheet) as path:
        try:
            marked = read_workbook(path)
        except UnreadableWorkbook:
            abort(404)
        annotate(marked, problems, path.with_name(name))
        return web_uploads.given(path.with_name(name), Format.XLSX.media_type)


MOST_NAMED = 12
MOST_PROBLEMS = 500
"""How many faults of a file one page shows; the others are counted."""


@blueprint.get("")
@requires(Permission.COMPOSE)
def workbook(code: str) -> ResponseReturnValue:
    """Offer the questionnaire as a workbook, and ask for one."""
    return _page(found_round(code))


@blueprint.post("")
@takes_files
@requires(Permission.COMPOSE)
def receive(code: str) -> ResponseReturnValue:
    """Keep a workbook and go on to what it changes, or say all that is wrong with it."""
    actor = require(Permission.COMPOSE)
    consultation_round = found_round(code)
    file = web_uploads.received("questionnaire.xlsx")
    if file is None:
        return _page(consultation_round, {"file": "Choisissez le classeur du questionnaire."}), 422
    purpose = SheetPurpose.QUESTIONNAIRE
    with writing(db.session()):
        sheet = uploads.keep(db.session(), actor.id, purpose, file.name, file.content, now())
    try:
        read_sheet(sheet)
    except SheetRefused as refused:
        return _page(found_round(code), {}, refused.problems, sheet), 422
    return redirect(url_for(".proposal", code=code, public_id=sheet.public_id), 303)


@blueprint.errorhandler(RequestEntityTooLarge)
def too_big(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say at its field that a file is too big; nothing of such a post has been read."""
    fault = web_uploads.too_big("interchange.receive", Permission.COMPOSE)
    if fault is None:
        return errors.page(413)
    return _page(found_round((request.view_args or {})["code"]), {"file": fault}), 413


@blueprint.get("/<public_id>")
@requires(Permission.COMPOSE)
def proposal(code: str, public_id: str) -> ResponseReturnValue:
    """Show what a kept workbook would change of the working questionnaire."""
    sheet = found_sheet(public_id)
    try:
        return _proposal_page(code, sheet, read_sheet(sheet))
    except SheetRefused as refused:
        return _page(found_round(code), {}, refused.problems, sheet)


@blueprint.post("/<public_id>")
@requires(Permission.COMPOSE)
def confirm(code: str, public_id: str) -> ResponseReturnValue:
    """Take a kept workbook in; when something has changed since it was shown, show it anew."""
    actor = require(Permission.COMPOSE)
    sheet = found_sheet(public_id)
    try:
        read = read_sheet(sheet)
        with writing(db.session()):
            importer.take_in(
                db.session(),
                actor,
                found_round(code),
                read.outline,
                request.form.get("digest", ""),
                now(),
            )
            uploads.forget(db.session(), found_sheet(public_id))
    except OutlineMoved:
        return _proposal_page(code, found_sheet(public_id), read, is_outdated=True), 409
    except SheetRefused as refused:
        return _page(found_round(code), {}, refused.problems, sheet), 409
    flash("Le questionnaire du fichier est en place. Il n'est pas encore publié : relisez-le.")
    return redirect(url_for("composing.outline", code=code), 303)


@blueprint.post("/<public_id>/abandonner")
@requires(Permission.COMPOSE)
def give_up(code: str, public_id: str) -> ResponseReturnValue:
    """Forget a kept workbook."""
    require(Permission.COMPOSE)
    found_round(code)
    with writing(db.session()):
        uploads.forget(db.session(), found_sheet(public_id))
    flash("Le fichier est oublié, et le questionnaire n'a pas changé.")
    return redirect(url_for(".workbook", code=code), 303)


def _page(
    consultation_round: Round,
    faults: Mapping[str, str] | None = None,
    problems: Sequence[Problem] = (),
    sheet: SentSheet | None = None,
) -> str:
    return render_template(
        "questionnaires/workbook/import.html",
        round=consultation_round,
        has_changes=store.has_changes(db.session(), consultation_round),
        faults=faults or {},
        problems=problems[:MOST_PROBLEMS],
        problem_count=len(problems),
        sheet=sheet if any(problem.remedy for problem in problems) else None,
        limit=web_uploads.megabytes(),
    )


def _proposal_page(
    code: str, sheet: SentSheet, read: ReadOutline, *, is_outdated: bool = False
) -> str:
    actor = require(Permission.COMPOSE)
    consultation_round = found_round(code)
    return render_template(
        "questionnaires/workbook/changes.html",
        round=consultation_round,
        sheet=sheet,
        proposal=importer.propose(db.session(), actor, consultation_round, read.outline),
        unread=read.unread,
        is_outdated=is_outdated,
        change_labels=CHANGE_KIND_LABELS,
        most_named=MOST_NAMED,
    )
