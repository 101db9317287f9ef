"""What the pages of a measure ask, and how what is typed becomes a measure."""

from collections.abc import Mapping
from dataclasses import replace

from flask import request

from consultation.extensions import db
from consultation.i18n import folded
from consultation.plan import editing, retired, template
from consultation.plan.columns import TOOL_CODE
from consultation.plan.drafts import AxisDraft, MeasureDraft, PlanDraft
from consultation.plan.examples import is_example
from consultation.plan.typing_in import Typed, TypedField, digest_of, measure_fields, measure_typed

TEXTS = ("title", "summary", "lead")
NEW_AXIS = ("axis", "axis_title")
KEYS = ("title", "title_en", "summary", "summary_en", "lead")
AXIS_KEYS = ("chosen_axis", "axis", "axis_title", "axis_title_en")
TRAVELLING = (*KEYS, *AXIS_KEYS, "code", "is_shipped", "digest")
"""What goes through the page that asks for a confirmation."""

BLANK = "Ce champ est vide : remplissez-le."
_GONE_AXIS = "Cet axe n'est plus dans le plan : choisissez-en un autre."


def kept_texts(stored: MeasureDraft) -> dict[str, str]:
    """Return what was typed, and the stored text of each field whose stored text is to be kept."""
    held = {**measure_typed(stored), "chosen_axis": stored.axis}
    kept = {key: held[key] for key in request.form.getlist("keep") if key in held}
    return {**request.form.to_dict(), **kept}


def typed_with_axis(
    fields: list[TypedField], texts: Mapping[str, str]
) -> tuple[AxisDraft | None, Typed, dict[str, str]]:
    """Return the axis that was chosen or named, what else was typed, and all faults."""
    draft = template.draft_of(db.session())
    chosen = next((one for one in draft.axes if one.code == texts.get("chosen_axis")), None)
    asked = fields if chosen else [*fields, *measure_fields(*NEW_AXIS)]
    typed = Typed(asked, texts)
    faults = dict(typed.faults)
    if chosen:
        return chosen, typed, faults
    if texts.get("chosen_axis"):
        faults = {**Typed(fields, texts).faults, "chosen_axis": _GONE_AXIS}
        return None, typed, faults
    code, title = typed.text("axis"), typed.localized("axis_title")
    if code and any(folded(one.code) == folded(code) for one in draft.axes):
        faults["axis"] = f"L'axe « {code} » existe déjà : choisissez-le dans la liste."
    if title is None:
        faults.setdefault("axis_title", BLANK)
    return (AxisDraft(code, title) if code and title else None), typed, faults


def edited(before: MeasureDraft, typed: Typed, texts: Mapping[str, str]) -> MeasureDraft:
    """Return a measure with the texts that were typed."""
    changed = replace(
        before,
        title=typed.localized("title") or before.title,
        summary=typed.localized("summary"),
        lead=typed.text("lead"),
    )
    is_made_official = before.is_shipped and not texts.get("is_shipped")
    return editing.as_official(changed) if is_made_official else changed


def known_axis(draft: PlanDraft, axis: AxisDraft) -> AxisDraft:
    """Return the axis as the plan has it, else as it was typed or stored."""
    return next((one for one in draft.axes if one.code == axis.code), axis)


def taken(code: str) -> str:
    """Return why a code can't be that of a new measure, nothing when it can."""
    if is_example(code):
        return "Ce code est réservé aux lignes d'exemple du modèle : choisissez-en un autre."
    if folded(code) == TOOL_CODE:
        return f"Le code « {code} » est celui de l'outil entier : choisissez-en un autre."
    found = retired.stored_measure(db.session(), code)
    if found is None:
        return ""
    if found.retired_at is not None:
        return (
            f"« {found.code} » est une mesure retirée : remettez-la, ou choisissez un autre code."
        )
    return f"Le code « {found.code} » est déjà celui d'une mesure : choisissez-en un autre."


def digest_of_measure(stored: MeasureDraft) -> str:
    """Return the mark of what the form of a measure is filled in from."""
    return digest_of(measure_typed(stored), is_shipped=stored.is_shipped)
