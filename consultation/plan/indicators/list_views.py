"""Staff page of all indicators: filters, several of them retired, moved or brought back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.extensions import db
from consultation.i18n import folded, localized
from consultation.plan import queries
from consultation.plan.drafts import (
    AxisDraft,
    IndicatorDraft,
    MeasureDraft,
    PlanDraft,
    indicator_draft,
)
from consultation.plan.forms import IndicatorsForm
from consultation.plan.indicators import bulk
from consultation.plan.indicators.bulk import IndicatorAct
from consultation.plan.staff_views import Revision, carry_out_if_there
from consultation.plan.workbook import writer
from consultation.web.permissions import Permission, requires
from consultation.web.typography import counted
from consultation.work.actions import current_work
from consultation.work.lists import ListFilter, Listing

blueprint = Blueprint("plan_indicator_list", __name__, url_prefix="/organisation/plan")


@dataclass(frozen=True)
class IndicatorRow:
    """An indicator of the list and its measure; `retired_at` is None for one in force."""

    indicator: IndicatorDraft
    measure: MeasureDraft
    retired_at: datetime | None = None


RETIRED = "retires"
STATES = [("demandes", "Demandés"), (RETIRED, "Retirés")]


def _search(row: IndicatorRow, query: str) -> bool:
    content = folded(f"{row.indicator.code} {localized(row.indicator.label, 'fr')}")
    return all(part in content for part in folded(query).split())


def _list(draft: PlanDraft) -> Listing[IndicatorRow]:
    """Return the indicators in force, or those that were retired from measures in force."""
    measures = {it.code: it for it in draft.measures}
    rows = [IndicatorRow(it, owner) for owner in draft.measures for it in owner.indicators]
    rows += [
        IndicatorRow(indicator_draft(row), measures[row.measure.code], row.retired_at)
        for row in queries.restorable_indicators(db.session())
    ]
    filters = (
        ListFilter[IndicatorRow](
            "etat",
            "État",
            lambda row, state: (row.retired_at is not None) is (state == RETIRED),
            STATES,
            is_tab=True,
            first=STATES[0][0],
        ),
        ListFilter[IndicatorRow]("q", "Code ou intitulé", _search),
        ListFilter[IndicatorRow](
            "axe", "Axe", lambda row, code: row.measure.axis == code, _choices(draft.axes)
        ),
        ListFilter[IndicatorRow](
            "mesure", "Mesure", lambda row, code: row.measure.code == code, _choices(draft.measures)
        ),
    )
    return Listing("plan_indicator_list.listing", rows, filters, length=40)


def _choices(rows: Sequence[AxisDraft | MeasureDraft]) -> list[tuple[str, str]]:
    return [(it.code, f"{it.code} · {localized(it.title, 'fr')}") for it in rows]


@blueprint.get("/indicateurs")
@requires(Permission.EDIT_PLAN)
def listing() -> str:
    """List the indicators in force, or those that were retired from measures in force."""
    return _listing_page(_acts_form(None))


@blueprint.post("/indicateurs")
@requires(Permission.EDIT_PLAN)
def act_on_many() -> ResponseReturnValue:
    """Retire, move or bring back the indicators that are ticked, once confirmed."""
    form = _acts_form(request.form)
    if not form.validate():
        return _listing_page(form), 422
    codes = form.indicators.data
    measure = form.measure.data if form.act is IndicatorAct.MOVE else ""
    details: dict[str, Any] = {}

    def change(draft: PlanDraft) -> PlanDraft:
        changed = bulk.changed(db.session(), draft, form.act, codes, measure)
        details.update(bulk.difference(draft, changed))
        return changed

    what, heading, done = ACTS[form.act]
    label = counted(len(codes), "indicateur", "indicateurs")
    back = _list(writer.draft_of(db.session())).address()
    revision = Revision(
        what,
        measure or codes[0],
        f"{heading} {label}{f' vers la mesure « {measure} »' if measure else ''}",
        done,
        change,
        back,
        fields={"indicateur": codes, "vers": measure, "geste": form.act.value},
        details=details,
        is_shown_first=True,
    )
    return carry_out_if_there(revision)


@blueprint.post("/annuler-indicateurs")
@requires(Permission.EDIT_PLAN)
def undo_many() -> ResponseReturnValue:
    """Take back what was done with several indicators, if the plan has not changed since."""
    event = bulk.undoable(current_work())
    back = url_for(".listing")
    if event is None:
        flash("Il n'y a plus rien à annuler : le plan a changé depuis.")
        return redirect(back, 303)
    details = event.details or {}
    revision = Revision(
        "indicators_undone",
        event.subject or "",
        "Annuler le dernier changement de plusieurs indicateurs",
        "C'est annulé : les indicateurs sont comme avant.",
        lambda draft: bulk.restored(db.session(), draft, details["indicators"], details["order"]),
        back,
    )
    return carry_out_if_there(revision)


ACTS = {
    IndicatorAct.RETIRE: ("indicators_retired", "Retirer", "Ces indicateurs sont retirés."),
    IndicatorAct.MOVE: ("indicators_moved", "Déplacer", "Ces indicateurs ont changé de mesure."),
    IndicatorAct.BRING_BACK: (
        "indicators_brought_back",
        "Remettre",
        "Ces indicateurs sont de nouveau demandés, les derniers de leur mesure.",
    ),
}
"""What the audit log calls each act, its verb, and what is said when it is done."""


def _acts_form(formdata: Mapping[str, str] | None) -> IndicatorsForm:
    return IndicatorsForm(formdata, measures=writer.draft_of(db.session()).measures)


def _listing_page(form: IndicatorsForm) -> str:
    return render_template(
        "plan/staff/indicators.html",
        listing=_list(writer.draft_of(db.session())),
        form=form,
        last_act=bulk.undoable(current_work()),
        acts=IndicatorAct,
    )
