"""Staff pages of one indicator: its wording, remarks on it, why it changes, earlier versions."""

from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import ValidationError

from consultation.db.base import writing
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
from consultation.plan.measurement import remarks
from consultation.plan.models import Indicator, Remark
from consultation.plan.queries import version_rows
from consultation.plan.staff_views import Revision, carry_out, carry_out_if_there
from consultation.plan.workbook import writer
from consultation.text import clean_line, length
from consultation.web.headers import allow_fetching
from consultation.web.permissions import Permission, requires
from consultation.work.actions import current_work

blueprint = Blueprint("plan_indicators", __name__, url_prefix="/organisation/plan")

REREAD, RESTORE = "relire", "remettre"
"""Values of the buttons that read the wording again, and that let a remark be made again."""
NO_REASON = "Le texte change : dites pourquoi, en quelques mots."


@blueprint.get("/indicateurs/<code>")
@requires(Permission.EDIT_PLAN)
def indicator(code: str) -> ResponseReturnValue:
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
    if request.form.get("geste") == REREAD:
        return _page(row, form)
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


@blueprint.post("/indicateurs/<code>/remarques/<name>")
@requires(Permission.EDIT_PLAN)
def silence(code: str, name: str) -> ResponseReturnValue:
    """Silence a remark, or let it be made again; show the page with what is typed."""
    row = _row(code)
    remark = Remark(name) if name in set(Remark) else abort(404)
    why = clean_line(request.form.get(f"why_{name}", ""))
    is_restored = request.form.get("geste") == RESTORE
    with writing(db.session()):
        if is_restored:
            remarks.restore(current_work(), row, remark)
        elif why and length(why) <= remarks.LONGEST_REASON:
            remarks.silence(current_work(), row, remark, why)
    row = _row(code)
    form = IndicatorForm(posted(indicator_values(indicator_draft(row))))
    is_refused = not is_restored and not 0 < length(why) <= remarks.LONGEST_REASON
    return _page(row, form, refused=remark if is_refused else None), 422 if is_refused else 200


@blueprint.get("/mesures/<measure>/ajouter-un-indicateur")
@requires(Permission.EDIT_PLAN)
def new(measure: str) -> ResponseReturnValue:
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
    wording = form.texts()
    has_reason = bool(form.reason.data) or all(
        getattr(stored, name) == text for name, text in wording.items()
    )
    if not has_reason:
        form.add_error("reason", NO_REASON)
    return has_reason


def _remarks(
    row: Indicator, form: IndicatorForm, refused: Remark | None = None
) -> Mapping[str, object]:
    """Return the arguments of the template for the remarks on the form as it is."""
    silenced = remarks.silences(db.session(), row)
    made = remarks.remarks_on(form.as_typed(row.code))
    quiet = {it.remark for it in silenced}
    return {
        "indicator": row,
        "remarks": [remark for remark in made if remark not in quiet],
        "silenced": [it for it in silenced if it.remark in made],
        "refused": refused,
    }


def _page(
    row: Indicator,
    form: IndicatorForm,
    stale: StaleEdit | None = None,
    refused: Remark | None = None,
) -> str:
    allow_fetching()
    form.compare_with(indicator_values(indicator_draft(row)))
    return render_template(
        "plan/staff/indicator.html",
        **_remarks(row, form, refused),
        label=localized(row.version.label, "fr"),
        versions=version_rows(row),
        form=form,
        stale_edit=stale,
        reread=REREAD,
    )


def _new_page(measure: MeasureDraft, form: NewIndicatorForm) -> str:
    return render_template("plan/staff/new_indicator.html", measure=measure, form=form)
