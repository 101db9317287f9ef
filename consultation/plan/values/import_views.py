"""Import pages of observed values: upload of a file, preview and confirmation.

The workbook to fill in is downloaded here too.
"""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.accounts.audit import audit_log
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.plan.values import importer
from consultation.plan.values import workbook as values_workbook
from consultation.plan.values.importer import ValueList
from consultation.spreadsheets.import_flow import ImportFlow
from consultation.spreadsheets.models import SentSheet, SheetPurpose
from consultation.spreadsheets.writer import Format
from consultation.web import uploads
from consultation.web.permissions import Permission, requires
from consultation.web.typography import counted
from consultation.work.actions import current_work

blueprint = Blueprint("value_sheets", __name__, url_prefix="/organisation/valeurs-par-fichier")

MOST_CHANGES = 500
"""How many changes one page lists; the others are counted."""


class Unconfirmed(StaleEdit):
    """A file holds unlikely values, and nobody said that they are right."""


@blueprint.get("/classeur-des-valeurs.<any(xlsx, ods, csv):ending>")
@requires(Permission.RECORD_VALUES)
def workbook(ending: str) -> ResponseReturnValue:
    """Give out the sheet of all indicators in force, and note it."""
    format = Format(ending)
    with TemporaryDirectory(prefix="consultation-") as folder:
        path = Path(folder) / f"{values_workbook.FILENAME}.{ending}"
        values_workbook.write(db.session(), path, format)
        answer = uploads.send_copy(path, format.list_media_type)
    with writing(db.session()):
        audit_log.log(current_work(), "values_exported", None, {"format": ending})
    return answer


class ValueImport(ImportFlow[ValueList]):
    """The import of values, which never takes one back."""

    permission = Permission.RECORD_VALUES
    purpose = SheetPurpose.VALUES
    template = "plan/values/import.html"
    fallback_name = "valeurs.csv"
    missing = "Choisissez le fichier des valeurs."
    description = (
        "XLSX, ODS ou CSV, avec les colonnes Indicateur, Échéance, Valeur et Qui la donne ; les"
        " autres peuvent manquer."
    )
    given_up = "L'import est annulé : rien n'a changé."

    def read(self, path: Path, _choices: Mapping[str, Any]) -> ValueList:
        return importer.read(current_work(), path)

    def preview_page(self, sheet: SentSheet, content: ValueList, stale: StaleEdit | None) -> str:
        is_unconfirmed = isinstance(stale, Unconfirmed)
        return render_template(
            "plan/values/preview.html",
            sheet=sheet,
            changes=importer.compare(current_work(), content.drafts),
            unread=content.unread,
            stale=None if is_unconfirmed else stale,
            is_unconfirmed=is_unconfirmed,
            most=MOST_CHANGES,
            labels={field.name: field.header for field in values_workbook.REPORTED},
        )

    def apply(self, content: ValueList, seen: str) -> str:
        changes = importer.apply(current_work(), content.drafts, seen)
        if changes.doubtful and not request.form.get("confirmed"):
            raise Unconfirmed("une valeur")
        added = counted(len(changes.new), "valeur ajoutée", "valeurs ajoutées")
        changed = counted(len(changes.changed), "corrigée", "corrigées")
        return f"{added}, {changed}. Rien n'a été retiré."

    def done_address(self) -> str:
        return url_for("value_publication.page")


ValueImport().register(blueprint, "/importer", annotated="/erreurs-marquees")
