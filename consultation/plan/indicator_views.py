"""Staff pages of one indicator: its wording, why it changes, its earlier versions."""

from dataclasses import replace

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import ValidationError

from consultation.db.stale import StaleEdit, digest
from consultation.extensions import db
from consultation.i18n import localized
from consultation.plan import drafts, queries
from consultation.plan.drafts import (
    IndicatorDraft,
    MeasureDraft,
    NotInPlan,
    PlanDraft,
    indicator_draft,
)
from consultation.plan.forms import (
    IndicatorForm,
    NewIndicatorForm,
    check_indicator_code,
    indicator_values,
    posted,
)
from consultation.plan.models import Indicator
from consultation.plan.queries import version_rows
from consultation.plan.staff_views import Revision, carry_out, carry_out_if_there
from consultation.plan.workbook import writer
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("plan_indicators", __name__, url_prefix="/organisation/plan")

NO_REASON = "Le texte change : dites pourquoi, en quelques mots."


@blueprint.get("/indicateurs/<code>")
@requires(Permission.EDIT_PLAN)
def indicator(code: str) -> ResponseReturnValue:
    """Show the form of an indicator, and its versions."""
    row = _row(code)
    values = indicator_values(indicator_draft(row))
    return _page(row, IndicatorForm(data={**values, "digest": digest(values)}))


@blueprint.post("/indicateurs/<code>")
@requires(Permission.EDIT_PLAN)
def edit(code: str) -> ResponseReturnValue:
    """Store the edited wording as the next version."""
    row = _row(code)
    stored = indicator_draft(row)
    form = IndicatorForm(posted(indicator_values(stored)))
    if not _is_valid(form, stored):
        return _page(row, form), 422

    def change(draft: PlanDraft) -> PlanDraft:
        measure, before = drafts.indicator_of(draft, code)
        if digest(indicator_values(before)) != form.digest.data:
            raise StaleEdit("l'indicateur")
        return drafts.put_indicator(draft, measure.code, form.edited(before))

    revision = Revision(
        "indicator_reworded",
        code,
        f"Modifier l'indicateur « {code} »",
        f"L'indicateur « {code} » a une nouvelle version. L'ancienne reste ci-dessous.",
        change,
        url_for(".indicator", code=code),
        fields=form.sent_again(),
    )
    try:
        return carry_out(revision)
    except (StaleEdit, NotInPlan):
        row = _row(code)
        form.compare(indicator_values(indicator_draft(row)))
        return _page(row, form, StaleEdit("l'indicateur")), 409


@blueprint.get("/mesures/<measure>/ajouter-un-indicateur")
@requires(Permission.EDIT_PLAN)
def new(measure: str) -> ResponseReturnValue:
    """Ask for an indicator to add to a measure."""
    return _new_page(_measure(measure), NewIndicatorForm())


@blueprint.post("/mesures/<measure>/ajouter-un-indicateur")
@requires(Permission.EDIT_PLAN)
def add(measure: str) -> ResponseReturnValue:
    """Add an indicator to a measure, after its others."""
    owner = _measure(measure)
    form = NewIndicatorForm(request.form)
    if not form.validate():
        return _new_page(owner, form), 422
    added = form.draft()

    def change(draft: PlanDraft) -> PlanDraft:
        check_indicator_code(added.code)
        is_shipped = drafts.measure_of(draft, measure).is_shipped
        return drafts.put_indicator(draft, measure, replace(added, is_shipped=is_shipped))

    revision = Revision(
        "indicator_added",
        added.code,
        f"Ajouter l'indicateur « {added.code} » à la mesure « {measure} »",
        f"L'indicateur « {added.code} » est ajouté.",
        change,
        url_for("plan_measures.measure", code=measure),
        url_for("plan_measures.measure", code=measure, _anchor=f"indicateur-{added.code}"),
        form.sent_again(),
    )
    try:
        return carry_out_if_there(revision)
    except ValidationError as refused:
        form.add_error("code", str(refused))
        return _new_page(owner, form), 409


@blueprint.post("/indicateurs/<code>/retirer")
@requires(Permission.EDIT_PLAN)
def retire(code: str) -> ResponseReturnValue:
    """Take an indicator out of its measure."""
    measure = _row(code).measure.code
    revision = Revision(
        "indicator_retired",
        code,
        f"Retirer l'indicateur « {code} »",
        f"L'indicateur « {code} » est retiré. On peut le remettre depuis cette page.",
        lambda draft: drafts.retire_indicator(draft, code),
        url_for("plan_measures.measure", code=measure),
    )
    return carry_out_if_there(revision)


@blueprint.post("/indicateurs/<code>/remettre")
@requires(Permission.EDIT_PLAN)
def bring_back(code: str) -> ResponseReturnValue:
    """Put a retired indicator back under its measure, after its others."""
    measure = _row(code).measure.code

    def change(draft: PlanDraft) -> PlanDraft:
        row = _row(code)
        if row.retired_at is None:
            return draft
        is_shipped = row.is_shipped and drafts.measure_of(draft, row.measure.code).is_shipped
        back = replace(indicator_draft(row), is_shipped=is_shipped)
        return drafts.put_indicator(draft, row.measure.code, back)

    revision = Revision(
        "indicator_brought_back",
        code,
        f"Remettre l'indicateur « {code} »",
        f"L'indicateur « {code} » est de nouveau demandé, le dernier de sa mesure.",
        change,
        url_for("plan_measures.measure", code=measure),
        url_for("plan_measures.measure", code=measure, _anchor=f"indicateur-{code}"),
    )
    return carry_out_if_there(revision)


def _row(code: str) -> Indicator:
    """Return the indicator of exactly that code, retired or not; abort with 404."""
    row = queries.stored_indicator(db.session(), code)
    if row is None or row.code != code:
        abort(404)
    return row


def _measure(code: str) -> MeasureDraft:
    try:
        return drafts.measure_of(writer.draft_of(db.session()), code)
    except NotInPlan:
        abort(404)


def _is_valid(form: IndicatorForm, stored: IndicatorDraft) -> bool:
    """Validate a form, which needs a reason when the wording changes."""
    if not form.validate():
        return False
    has_reason = bool(form.reason.data) or form.edited(stored) == stored
    if not has_reason:
        form.add_error("reason", NO_REASON)
    return has_reason


def _page(row: Indicator, form: IndicatorForm, stale: StaleEdit | None = None) -> str:
    form.compare_with(indicator_values(indicator_draft(row)))
    return render_template(
        "plan/staff/indicator.html",
        indicator=row,
        label=localized(row.version.label, "fr"),
        versions=version_rows(row),
        form=form,
        stale_edit=stale,
    )


def _new_page(measure: MeasureDraft, form: NewIndicatorForm) -> str:
    return render_template("plan/staff/new_indicator.html", measure=measure, form=form)
