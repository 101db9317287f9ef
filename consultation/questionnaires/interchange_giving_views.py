"""What the pages of a questionnaire's workbook give out: it, and a refused one with its faults."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue
from werkzeug.utils import secure_filename

from consultation.accounts import auditing
from consultation.clock import now
from consultation.database import writing
from consultation.extensions import db
from consultation.questionnaires import outlines, reach
from consultation.questionnaires.interchange_reading import ReadOutline, read_outline
from consultation.questionnaires.interchange_writing import write_outline
from consultation.questionnaires.publishing_views import found_round
from consultation.sheets import sent
from consultation.sheets.annotating import annotate
from consultation.sheets.models import SentSheet, SheetPurpose
from consultation.sheets.problems import Problem, SheetRefused
from consultation.sheets.reading import UnreadableWorkbook, read_workbook
from consultation.sheets.writing import Format
from consultation.web import files
from consultation.web.permissions import Permission, require, requires

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
        auditing.record(db.session(), actor.id, "questionnaire_exported", code, details, at=now())
    consultation_round = found_round(code)
    outline = outlines.working(db.session(), consultation_round)
    name = f"questionnaire-{secure_filename(code)}.{chosen.extension}"
    with TemporaryDirectory(prefix="questionnaire-") as folder:
        path = Path(folder) / name
        write_outline(outline, path, chosen)
        return files.given(path, chosen.media_type)


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
    found = sent.find(db.session(), actor.id, SheetPurpose.QUESTIONNAIRE, public_id, now())
    return found or files.gone()


def read_sheet(sheet: SentSheet) -> ReadOutline:
    counts = reach.indicator_counts(reach.measures_in_force(db.session()))
    with sent.on_disk(sheet) as path:
        return read_outline(path, counts)


def _problems_of(sheet: SentSheet) -> Sequence[Problem]:
    try:
        read_sheet(sheet)
    except SheetRefused as refused:
        return refused.problems
    return ()


def _annotated(sheet: SentSheet, problems: Sequence[Problem]) -> ResponseReturnValue:
    name = f"{Path(sheet.filename).stem}-a-corriger.xlsx"
    with sent.on_disk(sheet) as path:
        try:
            marked = read_workbook(path)
        except UnreadableWorkbook:
            abort(404)
        annotate(marked, problems, path.with_name(name))
        return files.given(path.with_name(name), Format.XLSX.media_type)
