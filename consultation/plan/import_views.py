"""Import pages of the plan: upload of a file, preview and confirmation.

The plan and its template are downloaded here too.
"""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.accounts.audit import audit_log
from consultation.clock import in_paris, now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.plan import drafts
from consultation.plan.changes import groups_of
from consultation.plan.drafts import PlanDraft
from consultation.plan.measurement.values import EMPTY
from consultation.plan.overview.evaluation import is_evaluated
from consultation.plan.workbook import reader, writer
from consultation.responses import plan_changes
from consultation.responses.plan_changes import Revised
from consultation.spreadsheets.import_flow import ImportFlow
from consultation.spreadsheets.models import SentSheet, SheetPurpose
from consultation.spreadsheets.writer import Format
from consultation.text import clean_line
from consultation.web import uploads
from consultation.web.permissions import Permission, requires
from consultation.work.actions import current_work

downloads_blueprint = Blueprint("plan_files", __name__, url_prefix="/organisation/plan")


@downloads_blueprint.get("/export/<any(xlsx, ods, csv):ending>")
@requires(Permission.EDIT_PLAN)
def export(ending: str) -> ResponseReturnValue:
    """Give out the plan in force, and note it: imported again, it changes nothing."""
    with writing(db.session()):
        audit_log.log(current_work(), "plan_exported", None, {"format": ending})
    draft = writer.draft_of(db.session())
    with TemporaryDirectory(prefix="plan-") as folder:
        path = Path(folder) / f"plan-{in_paris(now()):%Y-%m-%d}.{ending}"
        writer.write_draft(draft, path, Format(ending), is_measured=_is_measured(draft))
        return uploads.send_copy(path, Format(ending).list_media_type)


@downloads_blueprint.get("/modele/<any(xlsx, ods, csv):ending>")
@requires(Permission.EDIT_PLAN)
def model(ending: str) -> ResponseReturnValue:
    """Give out the file to fill in."""
    with TemporaryDirectory(prefix="plan-") as folder:
        path = Path(folder) / f"modele-plan.{ending}"
        writer.write_template(path, Format(ending), is_measured=_is_measured())
        return uploads.send_copy(path, Format(ending).list_media_type)


def _is_measured(draft: PlanDraft | None = None) -> bool:
    """Return whether a file has the columns of measurements: one is there, or is to come."""
    indicators = (it for measure in draft.measures for it in measure.indicators) if draft else ()
    return any(it.measurement != EMPTY for it in indicators) or is_evaluated(db.session())


importing_blueprint = Blueprint("plan_import", __name__, url_prefix="/organisation/plan")


class Uncounted(StaleEdit):
    """A file retires so many measures that their number has to be typed, and it was not."""


class Unexplained(StaleEdit):
    """A file rewords indicators without saying why, and no reason was typed either."""


LONGEST_REASON = 500
MANY = 10
"""A file that retires more than one measure in so many asks for their number."""


def _many_gone(revised: Revised) -> int:
    """Return how many measures a file retires where that is more than a tenth, else 0.

    A shipped theme that nobody answered is not retired: it gives way to the plan.
    """
    measures = revised.loaded.changes.measures
    gone = sum(change.code not in revised.loaded.removed for change in measures.absent)
    before = len(measures.absent) + len(measures.changed) + len(measures.unchanged)
    return gone if gone * MANY > before else 0


def _unexplained(content: PlanDraft, revised: Revised) -> int:
    """Count the indicators that a file rewords without saying why."""
    reworded = {change.code for change in revised.loaded.changes.indicators.changed if change.texts}
    indicators = (it for measure in content.measures for it in measure.indicators)
    return sum(it.code in reworded and not it.reason for it in indicators)


def _reason() -> str:
    reason: str = clean_line(request.form.get("reason", ""))
    return reason[:LONGEST_REASON]


class PlanImport(ImportFlow[PlanDraft]):
    """The import of a plan: measures that the file lacks are retired."""

    permission = Permission.EDIT_PLAN
    purpose = SheetPurpose.PLAN
    template = "plan/staff/import.html"
    fallback_name = "plan.csv"
    missing = "Choisissez le fichier du plan."
    description = "Deux feuilles, « Mesures » et « Indicateurs », ou un seul tableau en CSV."
    given_up = "L'import est annulé : rien n'a changé dans le plan."

    def context(self) -> Mapping[str, object]:
        return {"formats": list(Format)}

    def read(self, path: Path, _choices: Mapping[str, Any]) -> PlanDraft:
        return reader.read_plan(path)

    def preview_page(self, sheet: SentSheet, content: PlanDraft, stale: StaleEdit | None) -> str:
        with writing(db.session()):
            revised = self._revise(content)
            db.session().rollback()
        return render_template(
            "plan/staff/import_changes.html",
            sheet=sheet,
            draft=content,
            loaded=revised.loaded,
            groups=groups_of(revised.loaded.changes, removed=revised.loaded.removed),
            forms=plan_changes.form_groups(revised.loaded),
            mark=revised.mark,
            stale=stale,
            unexplained=_unexplained(content, revised),
            reason=_reason(),
            is_uncounted=isinstance(stale, Uncounted),
            is_unexplained=isinstance(stale, Unexplained),
            many_gone=_many_gone(revised),
        )

    def apply(self, content: PlanDraft, seen: str) -> str:
        revised = self._revise(drafts.with_reason(content, _reason()))
        if seen != revised.mark:
            raise StaleEdit("le plan")
        if not _reason() and _unexplained(content, revised):
            raise Unexplained("le plan")
        gone = _many_gone(revised)
        if gone and request.form.get("gone", "").strip() != str(gone):
            raise Uncounted("le plan")
        counts = revised.loaded.changes.counts
        audit_log.log(current_work(), "plan_imported", details=counts)
        return "Le plan est chargé."

    def done_address(self) -> str:
        return url_for("plan_staff.plan")

    def confirmed_address(self, _content: PlanDraft) -> str:
        return url_for("plan_staff.plan", charge="oui")

    def _revise(self, draft: PlanDraft) -> Revised:
        return plan_changes.revise(current_work(), lambda _before: draft)


PlanImport().register(importing_blueprint, "/import", confirm="/confirmer", give_up="/renoncer")
