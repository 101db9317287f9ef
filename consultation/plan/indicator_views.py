"""The staff pages of one indicator: its wording, why it changes, and all that it was before."""

from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

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
from consultation.plan.forms import Typed, digest_of, indicator_fields, indicator_typed
from consultation.plan.models import WORDING, Indicator
from consultation.plan.queries import versions_told
from consultation.plan.staff_views import EditedMeanwhile, Revision, carry_out, carry_out_if_there
from consultation.plan.workbook import writer
from consultation.plan.workbook.columns import is_example
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("plan_indicators", __name__, url_prefix="/organisation/plan")

KEYS = (*WORDING, *(f"{name}_en" for name in WORDING), "reason")
TRAVELLING = (*KEYS, "code", "digest")
NO_REASON = "Le texte change : dites pourquoi, en quelques mots."


@blueprint.get("/indicateurs/<code>")
@requires(Permission.EDIT_PLAN)
def indicator(code: str) -> ResponseReturnValue:
    """Show the wording of an indicator, to be edited, and its versions."""
    row = _row(code)
    return _page(row, indicator_typed(indicator_draft(row)))


@blueprint.post("/indicateurs/<code>")
@requires(Permission.EDIT_PLAN)
def edit(code: str) -> ResponseReturnValue:
    """Store another wording as the next version."""
    row = _row(code)
    stored, texts = indicator_draft(row), _kept_texts(indicator_draft(row))
    typed = Typed(indicator_fields(*WORDING, "reason"), texts)
    edited = _worded(stored, typed)
    faults = dict(typed.faults)
    if not faults and typed.text("reason") is None and replace(edited, reason=None) != stored:
        faults["reason"] = NO_REASON
    if faults:
        return _page(row, texts, faults), 422

    def change(draft: PlanDraft) -> PlanDraft:
        measure, before = drafts.indicator_of(draft, code)
        if digest_of(indicator_typed(before)) != texts.get("digest"):
            raise EditedMeanwhile
        return drafts.put_indicator(draft, measure.code, _worded(before, typed))

    revision = Revision(
        "indicator_reworded",
        code,
        f"Modifier l'indicateur « {code} »",
        f"L'indicateur « {code} » a une nouvelle version. L'ancienne reste ci-dessous.",
        change,
        url_for(".indicator", code=code),
        fields={key: texts[key] for key in TRAVELLING if key in texts},
    )
    try:
        return carry_out(revision)
    except (EditedMeanwhile, NotInPlan):
        return _page(_row(code), texts, is_edited_meanwhile=True), 409


@blueprint.get("/mesures/<measure>/ajouter-un-indicateur")
@requires(Permission.EDIT_PLAN)
def new(measure: str) -> ResponseReturnValue:
    """Ask for an indicator to add to a measure."""
    return _new_page(_measure(measure), {})


@blueprint.post("/mesures/<measure>/ajouter-un-indicateur")
@requires(Permission.EDIT_PLAN)
def add(measure: str) -> ResponseReturnValue:
    """Add an indicator to a measure, the last of it."""
    owner = _measure(measure)
    typed = Typed(indicator_fields("code", *WORDING), request.form)
    faults, code, label = dict(typed.faults), typed.text("code"), typed.localized("label")
    if code and (taken := _taken(code)):
        faults["code"] = taken
    if faults or code is None or label is None:
        return _new_page(owner, request.form, faults), 422
    added = _worded(IndicatorDraft(code, label), typed)

    def change(draft: PlanDraft) -> PlanDraft:
        if _taken(code):
            raise EditedMeanwhile
        is_shipped = drafts.measure_of(draft, measure).is_shipped
        return drafts.put_indicator(draft, measure, replace(added, is_shipped=is_shipped))

    revision = Revision(
        "indicator_added",
        code,
        f"Ajouter l'indicateur « {code} » à la mesure « {measure} »",
        f"L'indicateur « {code} » est ajouté.",
        change,
        url_for("plan_measures.measure", code=measure),
        url_for("plan_measures.measure", code=measure, _anchor=f"indicateur-{code}"),
        {key: request.form[key] for key in TRAVELLING if key in request.form},
    )
    try:
        return carry_out_if_there(revision)
    except EditedMeanwhile:
        return _new_page(owner, request.form, {"code": _taken(code)}), 409


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
    """Put a retired indicator back under its measure, the last of it."""
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
    """Return the row of exactly that code, retired ones included; abort with 404."""
    found = queries.stored_indicator(db.session(), code)
    if found is None or found.code != code:
        abort(404)
    return found


def _measure(code: str) -> MeasureDraft:
    try:
        return drafts.measure_of(writer.draft_of(db.session()), code)
    except NotInPlan:
        abort(404)


def _worded(indicator: IndicatorDraft, typed: Typed) -> IndicatorDraft:
    """Return the indicator in the wording that was typed; a label that is refused stays."""
    wording = {name: typed.localized(name) for name in WORDING}
    wording["label"] = wording["label"] or indicator.label
    return replace(indicator, **wording, reason=typed.text("reason"))  # type: ignore[arg-type]


def _kept_texts(stored: IndicatorDraft) -> dict[str, str]:
    """Return what was typed, and the stored text of each field whose stored text is to be kept."""
    held = indicator_typed(stored)
    kept = {key: held[key] for key in request.form.getlist("keep") if key in held}
    return {**request.form.to_dict(), **kept}


def _taken(code: str) -> str:
    """Return why a code can't be that of a new indicator, nothing when it can."""
    if is_example(code):
        return "Ce code est réservé aux lignes d'exemple du modèle : choisissez-en un autre."
    found = queries.stored_indicator(db.session(), code)
    if found is None:
        return ""
    place = f"de la mesure « {found.measure.code} »"
    if found.retired_at is not None:
        return f"« {found.code} » est un indicateur retiré {place} : prenez un autre code."
    return f"Le code « {found.code} » est déjà celui d'un indicateur {place} : prenez-en un autre."


def _page(
    row: Indicator,
    typed: Mapping[str, str],
    faults: Mapping[str, str] | None = None,
    *,
    is_edited_meanwhile: bool = False,
) -> str:
    held = indicator_typed(indicator_draft(row))
    is_first = is_edited_meanwhile or not typed.get("digest")
    return render_template(
        "plan/staff/indicator.html",
        indicator=row,
        label=localized(row.version.label, "fr"),
        versions=versions_told(row),
        fields=indicator_fields(*WORDING),
        reason=indicator_fields("reason"),
        typed=typed,
        faults=faults or {},
        stored=held if is_edited_meanwhile else {},
        digest=digest_of(held) if is_first else typed["digest"],
        is_edited_meanwhile=is_edited_meanwhile,
    )


def _new_page(
    measure: MeasureDraft, typed: Mapping[str, str], faults: Mapping[str, str] | None = None
) -> str:
    return render_template(
        "plan/staff/new_indicator.html",
        measure=measure,
        fields=indicator_fields("code", *WORDING),
        typed=typed,
        faults=faults or {},
        stored={},
    )
