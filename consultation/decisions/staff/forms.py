"""Forms of a decision and of an edition."""

from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, ValidationError

from consultation.decisions import editions
from consultation.decisions.decide import Decision
from consultation.decisions.models import (
    DecisionDraft,
    DecisionOutcome,
    IndicatorChange,
    IndicatorDecision,
    PlanEdition,
)
from consultation.decisions.oddities import Oddity
from consultation.editions.controls import EditionTextsForm, text_values, with_french
from consultation.extensions import db
from consultation.i18n import bilingual, folded
from consultation.plan.drafts import WORDING, IndicatorDraft, indicator_draft
from consultation.plan.forms import (
    INDICATOR,
    ColumnField,
    WordingForm,
    check_indicator_code,
    indicator_values,
)
from consultation.plan.measurement.values import EMPTY, from_json
from consultation.plan.models import Indicator
from consultation.web.forms import (
    NamesField,
    StaffForm,
    TextField,
    at_most,
    is_foldable,
    required,
)

LONGEST_REASON, LONGEST_NOTE = 2000, 2000


class _ReasonForm(StaffForm):
    """Outcome and reason of a decision, and what it rests on."""

    outcome = RadioField(
        "Ce que devient ce qui a été dit",
        [required("Choisissez ce que devient ce qui a été dit.")],
        choices=[(outcome.value, str(outcome.value)) for outcome in DecisionOutcome],
        validate_choice=False,
    )
    reason = TextField(
        "Pourquoi",
        [required("Écrivez pourquoi : celles et ceux qui ont parlé le liront."),
         at_most(LONGEST_REASON)],
        rows=4,
        description="Ce motif sera public avec l'édition. Ne citez personne.",
    )  # fmt: skip
    reason_en = TextField(
        "Pourquoi, en anglais",
        [at_most(LONGEST_REASON), with_french],
        rows=4,
        render_kw={"lang": "en"},
    )
    note = TextField(
        "Note pour l'équipe",
        [at_most(LONGEST_NOTE)],
        rows=2,
        description="Elle reste entre nous : ni public, ni celles et ceux qui ont répondu.",
    )
    details = tuple(name for name in WORDING if name not in ("label", "definition"))
    """The texts of an indicator that the page folds."""
    basis = NamesField(
        "Les contributions sur lesquelles vous vous fondez", name="appui", default=()
    )
    confirmed = NamesField("Ce qui étonne, et qui est voulu", name="confirme", default=())

    def __init__(self, formdata: Any = None, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        self.outcome.choices = DecisionOutcome.choices()

    @property
    def has_typed_details(self) -> bool:
        """Whether a text that the page folds was changed, or refused."""
        names = (*self.details, *(f"{name}_en" for name in self.details))
        return any(not is_foldable(self[name]) for name in names)

    def validate_outcome(self, field: Any) -> None:
        if field.data not in set(DecisionOutcome):
            raise ValidationError("Choisissez ce que devient ce qui a été dit.")


class DecisionForm(WordingForm, _ReasonForm):
    """Decision on an indicator: its wording, or its end."""

    is_retired = BooleanField(
        "Retirer cet indicateur",
        description="Les formulaires ne le demanderont plus. Ce qui a été répondu est gardé.",
    )

    def validate_is_retired(self, field: Any) -> None:
        if field.data and self.is_reworded:
            raise ValidationError(
                "Vous le retirez et vous changez son texte : faites l'un ou l'autre."
            )

    before: IndicatorDraft
    """The indicator in force, to be set before the form is validated."""

    @property
    def is_reworded(self) -> bool:
        """Whether a text or a typed value differs from what is in force."""
        stored = indicator_values(self.before)
        return any((self[name].data or "") != (text or "") for name, text in stored.items())

    def decision(self, answer_ids: list[int]) -> Decision:
        """Return the decision, once the form is valid."""
        change = IndicatorChange.REWORD if self.is_reworded else IndicatorChange.KEEP
        if self.is_retired.data:
            change = IndicatorChange.RETIRE
        return Decision(
            **_decided(self, answer_ids, change),
            wording=self.texts() if change is IndicatorChange.REWORD else None,
            measurement=self.measurement if change is IndicatorChange.REWORD else None,
        )


class _NewCodeForm(StaffForm):
    """Whether an indicator is added, and its code."""

    is_added = BooleanField("Ajouter cet indicateur à la mesure", default=True)
    code = ColumnField(INDICATOR["code"], label="Code du nouvel indicateur")


class MissingForm(_NewCodeForm, WordingForm, _ReasonForm):
    """Decision on what is missing in a measure: an indicator to add, or not."""

    supersedes = HiddenField()

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate the fields; the code counts only where an indicator is added."""
        is_valid = super().validate(extra_validators)
        if not self.is_added.data:
            self.code.errors = []
            return not self.errors
        return is_valid

    def validate_code(self, field: Any) -> None:
        if not self.is_added.data:
            return
        check_indicator_code(field.data)
        others = editions.unpublished_decisions(db.session())
        others = [it for it in others if it.public_id != self.supersedes.data]
        taken = {folded(it.code) for it in others if it.code}
        if folded(field.data) in taken:
            raise ValidationError(
                f"Une autre décision ajoute déjà « {field.data} » : choisissez un autre code."
            )

    def decision(self, answer_ids: list[int]) -> Decision:
        """Return the decision, once the form is valid."""
        is_added = bool(self.is_added.data)
        change = IndicatorChange.ADD if is_added else IndicatorChange.KEEP
        return Decision(
            **_decided(self, answer_ids, change),
            code=self.code.data if is_added else None,
            subject=None if is_added else self.localized("label"),
            wording=self.texts() if is_added else None,
            measurement=self.measurement if is_added else None,
            supersedes=self.supersedes.data or None,
        )


def _decided(
    form: DecisionForm | MissingForm, answer_ids: list[int], change: IndicatorChange
) -> dict[str, Any]:
    return {
        "outcome": DecisionOutcome(form.outcome.data),
        "change": change,
        "reason": bilingual(form.reason.data, form.reason_en.data),
        "seen": form.digest.data or "",
        "note": form.note.data,
        "answer_ids": answer_ids,
        "confirmed": {it for it in Oddity if it.value in form.confirmed.data},
    }


def indicator_form_values(indicator: Indicator) -> dict[str, Any]:
    """Return the values of a form where nothing is decided yet: the wording in force."""
    return dict(indicator_values(indicator_draft(indicator)))


def draft_values(draft: DecisionDraft) -> dict[str, Any]:
    return dict(draft.fields)


def decision_values(decision: IndicatorDecision, indicator: Indicator | None) -> dict[str, Any]:
    """Return the values of a form that changes a decision which no edition has published."""
    wording: Mapping[str, Any] = decision.wording or {}
    if indicator is not None and not wording:
        values = indicator_form_values(indicator)
    else:
        named = {"label": decision.subject or {}} | dict(wording)
        measurement = from_json(decision.measurement) if decision.measurement else EMPTY
        values = indicator_values(IndicatorDraft("", **named, measurement=measurement))
    return {
        **values,
        "outcome": decision.outcome.value,
        "reason": decision.reason.get("fr", ""),
        "reason_en": decision.reason.get("en", ""),
        "note": decision.note,
        "is_retired": decision.change is IndicatorChange.RETIRE,
        "is_added": decision.change is IndicatorChange.ADD,
        "code": decision.code or "",
        "supersedes": decision.public_id,
    }


class EditionForm(EditionTextsForm):
    """Title, introduction and decisions of an edition of the plan."""

    decisions = NamesField("Décisions de cette édition", name="decision", default=())


def edition_values(edition: PlanEdition | None) -> dict[str, Any]:
    if edition is None:
        return {}
    values = text_values(edition)
    return values | {"decisions": [it.public_id for it in edition.decisions]}
