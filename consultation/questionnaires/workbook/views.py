"""Pages of the questionnaire workbook: downloads, and the import with its preview."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import secure_filename

from consultation.accounts.audit import audit_log
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.questionnaires.editor.page_context import find_round
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import scope, store
from consultation.questionnaires.workbook import importer
from consultation.questionnaires.workbook.reader import ReadOutline, read_outline
from consultation.questionnaires.workbook.writer import write_outline
from consultation.spreadsheets.import_flow import ImportFlow
from consultation.spreadsheets.models import SentSheet, SheetPurpose
from consultation.spreadsheets.writer import Format
from consultation.web import uploads
from consultation.web.permissions import Permission, requires
from consultation.work.actions import current_work

blueprint = Blueprint(
    "interchange", __name__, url_prefix="/organisation/tours/<code>/questionnaire/classeur"
)

MOST_NAMED = 12
"""How many questions of each kind of change are named before the list is folded."""

FORMATS = (Format.XLSX, Format.ODS)


@blueprint.get("/telecharger/<format>")
@requires(Permission.COMPOSE)
def download(code: str, format: str) -> ResponseReturnValue:
    """Give out the working questionnaire as a workbook, and note it."""
    find_round(code)
    if format not in FORMATS:
        abort(404)
    chosen = Format(format)
    with writing(db.session()):
        details = {"format": chosen.value}
        audit_log.log(current_work(), "questionnaire_exported", code, details)
    consultation_round = find_round(code)
    outline = store.working(db.session(), consultation_round)
    name = f"questionnaire-{secure_filename(code)}.{chosen.extension}"
    with TemporaryDirectory(prefix="questionnaire-") as folder:
        path = Path(folder) / name
        write_outline(outline, path, chosen, consultation_round.locales)
        return uploads.send_copy(path, chosen.media_type)


class QuestionnaireImport(ImportFlow[ReadOutline]):
    """The import of a workbook as the working questionnaire of a round, which is not published."""

    permission = Permission.COMPOSE
    purpose = SheetPurpose.QUESTIONNAIRE
    template = "questionnaires/workbook/import.html"
    fallback_name = "questionnaire.xlsx"
    missing = "Choisissez le classeur du questionnaire."
    description = "Le classeur téléchargé ici, XLSX ou ODS, avec ses deux feuilles."
    given_up = "L'import est annulé : le questionnaire n'a pas changé."
    seen_field = "digest"

    def check_place(self) -> None:
        self._round()

    def context(self) -> Mapping[str, object]:
        current = self._round()
        return {"round": current, "has_changes": store.has_changes(db.session(), current)}

    def read(self, path: Path, _choices: Mapping[str, Any]) -> ReadOutline:
        counts = scope.indicator_counts(scope.measures_in_force(db.session()))
        return read_outline(path, counts)

    def preview_page(self, sheet: SentSheet, content: ReadOutline, stale: StaleEdit | None) -> str:
        current = self._round()
        return render_template(
            "questionnaires/workbook/changes.html",
            round=current,
            sheet=sheet,
            proposal=importer.propose(current_work(), current, content.outline),
            unread=content.unread,
            stale=stale,
            most_named=MOST_NAMED,
        )

    def apply(self, content: ReadOutline, seen: str) -> str:
        importer.apply(current_work(), self._round(), content.outline, seen)
        return "Le questionnaire du fichier est en place. Il n'est pas encore publié : relisez-le."

    def done_address(self) -> str:
        return url_for("editor.outline", **self.place())

    def given_up_address(self) -> str:
        return url_for(".import_page", **self.place())

    def _round(self) -> Round:
        return find_round(self.place()["code"])


QuestionnaireImport().register(blueprint, "")
