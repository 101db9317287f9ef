"""Staff page of the typed values that the texts of indicators propose."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.plan.drafts import PlanDraft
from consultation.plan.measurement.proposals import proposals, take
from consultation.plan.measurement.texts import date_text, value_text
from consultation.plan.staff_views import Revision, carry_out
from consultation.plan.workbook import writer
from consultation.web.permissions import Permission, requires
from consultation.web.typography import counted

blueprint = Blueprint("plan_values", __name__, url_prefix="/organisation/plan/valeurs-chiffrees")


@blueprint.get("")
@requires(Permission.EDIT_PLAN)
def page() -> str:
    """Show what the texts say that is not typed yet, each with its proposal."""
    return _page()


@blueprint.post("")
@requires(Permission.EDIT_PLAN)
def store() -> ResponseReturnValue:
    """Type the values of the chosen indicators."""
    marks = set(request.form.getlist("choisi"))
    if not marks:
        return _page(notice="Cochez au moins un indicateur."), 422

    def change(draft: PlanDraft) -> PlanDraft:
        return take(draft, marks)

    says = counted(len(marks), "indicateur a maintenant", "indicateurs ont maintenant")
    revision = Revision(
        "values_typed",
        "",
        "Enregistrer des valeurs chiffrées",
        f"{says} des valeurs chiffrées.",
        change,
        url_for(".page"),
    )
    try:
        return carry_out(revision)
    except StaleEdit:
        notice = "Un indicateur a changé entre-temps : relisez, puis enregistrez de nouveau."
        return _page(notice), 409


def _page(notice: str = "") -> str:
    listed = proposals(writer.draft_of(db.session()))
    return render_template(
        "plan/staff/typed_values.html",
        ready=[proposal for proposal in listed if proposal.texts],
        by_hand=[proposal for proposal in listed if proposal.by_hand],
        notice=notice,
        value_text=value_text,
        date_text=date_text,
    )
