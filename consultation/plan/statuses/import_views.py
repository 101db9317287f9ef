"""Import pages of status assessments: upload of a file, preview and confirmation.

The workbook to fill in is downloaded here too.
"""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from consultation.accounts.audit import audit_log
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.plan.statuses import importer
from consultation.plan.statuses import workbook as statuses_workbook
from consultation.plan.statuses.assessments import Assessment
from consultation.plan.statuses.importer import StatusList
from consultation.records.fields import descriptions
from consultation.spreadsheets.import_flow import ImportFlow
from consultation.spreadsheets.models import SentSheet, SheetPurpose
from consultation.spreadsheets.writer import Format
from consultation.web import uploads
from consultation.web.permissions import Permission, requires
from consultation.web.typography import counted
from consultation.work.actions import current_work

# A code of a measure has twenty characters at most: these addresses are never those of one.
blueprint = Blueprint("status_sheets", __name__, url_prefix="/organisation/avancement")

MOST_CHANGES = 500
"""How many changes one page lists; the others are counted."""


@blueprint.get("/classeur-des-evaluations.<any(xlsx, ods, csv):ending>")
@requires(Permission.EDIT_PLAN)
def workbook(ending: str) -> ResponseReturnValue:
    """Give out the sheet of all measures in force, and note it."""
    format = Format(ending)
    with TemporaryDirectory(prefix="consultation-") as folder:
        path = Path(folder) / f"{statuses_workbook.FILENAME}.{ending}"
        statuses_workbook.write(current_work(), path, format)
        answer = uploads.send_copy(path, format.list_media_type)
    with writing(db.session()):
        audit_log.log(current_work(), "statuses_exported", None, {"format": ending})
    return answer


class AssessmentImport(ImportFlow[StatusList]):
    """The import of assessments, which never removes one."""

    permission = Permission.EDIT_PLAN
    purpose = SheetPurpose.STATUSES
    template = "plan/statuses/import.html"
    fallback_name = "avancement.csv"
    missing = "Choisissez le fichier des évaluations."
    description = (
        "XLSX, ODS ou CSV, avec les colonnes Mesure, Évaluateur, Date et Niveau ; Éléments et Lien"
        " peuvent manquer."
    )
    given_up = "L'import est annulé : rien n'a changé."

    def read(self, path: Path, _choices: Mapping[str, Any]) -> StatusList:
        return importer.read(current_work(), path)

    def preview_page(self, sheet: SentSheet, content: StatusList, stale: StaleEdit | None) -> str:
        return render_template(
            "plan/statuses/preview.html",
            sheet=sheet,
            changes=importer.compare(current_work(), content.drafts),
            unread=content.unread,
            stale=stale,
            most=MOST_CHANGES,
            labels={it: field.label for it, field in descriptions(Assessment).items()},
        )

    def apply(self, content: StatusList, seen: str) -> str:
        changes = importer.apply(current_work(), content.drafts, seen)
        added = counted(len(changes.new), "évaluation ajoutée", "évaluations ajoutées")
        changed = counted(len(changes.changed), "modifiée", "modifiées")
        return f"{added}, {changed}. Rien n'a été retiré."

    def done_address(self) -> str:
        return url_for("statuses.board")


AssessmentImport().register(blueprint, "/importer-des-evaluations", annotated="/erreurs-marquees")
