"""Forms of a decision and of an edition."""

from collections.abc import Mapping
from typing import Any

from wtforms import HiddenField, RadioField, ValidationError

from consultation.decisions import editions
from consultation.decisions.decide import Decision
from consultation.decisions.models import (
    CHANGE_OF,
    DecisionDraft,
    DecisionOutcome,
    IndicatorChange,
    IndicatorDecision,
    PlanEdition,
)
from consultation.decisions.oddities import Oddity
from consultation.editions.controls import EditionTextsForm, text_values
from consultation.extensions import db
from consultation.i18n import LOCALES, folded, key_of, keyed, localized
from consultation.plan.drafts import WORDING, IndicatorDraft, indicator_draft
from consultation.plan.forms import (
    INDICATOR,
    ColumnField,
    WordingForm,
    check_indicator_code,
    indicator_values,
)
from consultation.plan.measurement import texts as measurement_texts
from consultation.plan.measurement.values import EMPTY, from_json
from consultation.plan.models import Indicator
from consultation.web.forms import (
    NamesField,
    StaffForm,
    TextField,
    Translated,
    at_most,
    is_foldable,
    required,
)
from consultation.web.locale import in_each_language

LONGEST_REASON, LONGEST_NOTE = 2000, 2000
CHOOSE = "Choisissez ce que vous décidez."
ON_INDICATOR = {
    DecisionOutcome.KEPT: "Garder : son texte reste le même",
    DecisionOutcome.AMENDED: "Modifier : le même indicateur, mieux écrit",
    DecisionOutcome.REPLACED: "Remplacer : un autre indicateur prend sa place, sous le même code",
    DecisionOutcome.RETIRED: "Retirer : on ne le demande plus ; ce qui a été répondu est gardé",
    DecisionOutcome.LATER: "Reporter : rien ne change pour le moment",
}
ON_MISSING = {
    DecisionOutcome.ADDED: "Ajouter un indicateur à la mesure",
    DecisionOutcome.NOT_ADDED: "Ne pas en ajouter",
    DecisionOutcome.LATER: "Reporter : rien ne change pour le moment",
}
UNCHANGED = {
    DecisionOutcome.AMENDED: (
        "Vous modifiez l'indicateur, et rien ne change : écrivez le nouveau texte, ou choisissez"
        " « Garder »."
    ),
    DecisionOutcome.REPLACED: (
        "Vous remplacez l'indicateur, et son intitulé est le même : écrivez celui du nouvel"
        " indicateur, ou choisissez « Modifier »."
    ),
}
CHANGED = {
    DecisionOutcome.KEPT: (
        "Vous gardez l'indicateur, et son texte change : choisissez « Modifier », ou remettez le"
        " texte d'avant."
    ),
    DecisionOutcome.RETIRED: (
        "Vous retirez l'indicateur, et son texte change : choisissez « Modifier », ou remettez le"
        " texte d'avant."
    ),
    DecisionOutcome.LATER: (
        "Vous reportez la décision, et le texte change : enregistrez le brouillon, ou remettez le"
        " texte d'avant."
    ),
}
"""What each outcome contradicts: a wording that stays as it is, or one that does not."""


def choices_of(outcomes: Mapping[DecisionOutcome, str]) -> list[tuple[str, str]]:
    return [(it.value, label) for it, label in outcomes.items()]


class _ReasonForm(StaffForm):
    """Outcome and reason of a decision, and what it rests on."""

    offered: Mapping[DecisionOutcome, str] = ON_INDICATOR
    """The outcomes to choose from, each as the page names it."""
    outcome = RadioField("Votre décision", [required(CHOOSE)], choices=(), validate_choice=False)
    reason = Translated(
        TextField,
        "Pourquoi",
        [at_most(LONGEST_REASON)],
        missing="Écrivez pourquoi : les personnes qui ont répondu le liront.",
        rows=4,
        description="Ce motif sera public avec l'édition. Ne citez personne.",
    )
    note = TextField(
        "Note pour l'équipe",
        [at_most(LONGEST_NOTE)],
        rows=2,
        description="Elle reste entre nous : personne d'autre ne la lit.",
    )
    measured = tuple(measurement_texts.FIELDS)
    """The typed values, which the page folds, or does not ask for."""
    details = tuple(name for name in WORDING if name not in ("label", "definition"))
    """The texts of an indicator that the page folds."""
    basis = NamesField(
        "Les contributions sur lesquelles vous vous fondez", name="appui", default=()
    )
    confirmed = NamesField("Ce qui étonne, et qui est voulu", name="confirme", default=())

    def __init__(self, formdata: Any = None, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        self.outcome.choices = choices_of(self.offered)

    @property
    def has_typed_details(self) -> bool:
        """Whether a text that the page folds was changed, or refused."""
        return self._is_typed(*(key_of(name, tag) for name in self.details for tag in LOCALES))

    @property
    def has_typed_measurement(self) -> bool:
        """Whether a value that the page folds was changed, or refused."""
        return self._is_typed(*self.measured)

    def _is_typed(self, *names: str) -> bool:
        fields = [self[name] for name in names]
        return any(
            not is_foldable(it) or (it.data or "") != (it.object_data or "") for it in fields
        )

    def validate_outcome(self, field: Any) -> None:
        if field.data not in self.offered:
            raise ValidationError(CHOOSE)


class DecisionForm(WordingForm, _ReasonForm):
    """Decision on an indicator, and its new wording where it has one."""

    def validate_outcome(self, field: Any) -> None:
        """Refuse what is not offered, and what the wording contradicts."""
        super().validate_outcome(field)
        is_relabelled = (self.label.data or "") != localized(self.before.label, "fr")
        is_changed = is_relabelled if field.data == DecisionOutcome.REPLACED else self.is_reworded
        sentence = (CHANGED if is_changed else UNCHANGED).get(DecisionOutcome(field.data))
        if sentence:
            raise ValidationError(sentence)

    before: IndicatorDraft
    """The indicator in force, to be set before the form is validated."""

    @property
    def is_reworded(self) -> bool:
        """Whether a text or a typed value differs from what is in force."""
        stored = indicator_values(self.before)
        return any((self[name].data or "") != (text or "") for name, text in stored.items())

    def decision(self, answer_ids: list[int]) -> Decision:
        """Return the decision, once the form is valid."""
        is_new = CHANGE_OF[DecisionOutcome(self.outcome.data)] is IndicatorChange.REWORD
        return Decision(
            **_decided(self, answer_ids),
            wording=self.texts() if is_new else None,
            measurement=self.measurement if is_new else None,
        )


class _NewCodeForm(StaffForm):
    """Code of an indicator to add."""

    code = ColumnField(INDICATOR["code"], label="Code du nouvel indicateur")


class MissingForm(_NewCodeForm, WordingForm, _ReasonForm):
    """Decision on what is missing in a measure: an indicator to add, or not."""

    supersedes = HiddenField()
    offered = ON_MISSING

    @property
    def is_added(self) -> bool:
        return bool(self.outcome.data == DecisionOutcome.ADDED)

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate the fields; the code counts only where an indicator is added."""
        is_valid = super().validate(extra_validators)
        if not self.is_added:
            self.code.errors = []
            return not self.errors
        return is_valid

    def validate_code(self, field: Any) -> None:
        if not self.is_added:
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
        is_added = self.is_added
        return Decision(
            **_decided(self, answer_ids),
            code=self.code.data if is_added else None,
            subject=None if is_added else self.localized("label"),
            wording=self.texts() if is_added else None,
            measurement=self.measurement if is_added else None,
            supersedes=self.supersedes.data or None,
        )


def _decided(form: DecisionForm | MissingForm, answer_ids: list[int]) -> dict[str, Any]:
    return {
        "outcome": DecisionOutcome(form.outcome.data),
        "reason": form.localized("reason"),
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
        "outcome": _offered(decision).value,
        **keyed("reason", decision.reason),
        "note": decision.note,
        "code": decision.code or "",
        "supersedes": decision.public_id,
    }


def _offered(decision: IndicatorDecision) -> DecisionOutcome:
    """Return the outcome of a decision, or the one that is offered today for what it changes."""
    if decision.outcome in CHANGE_OF:
        return decision.outcome
    if decision.indicator_id is None and decision.change is IndicatorChange.KEEP:
        return DecisionOutcome.NOT_ADDED
    return next(it for it, change in CHANGE_OF.items() if change is decision.change)


UNCONTESTED = in_each_language(
    "Les avis reçus demandent de garder cet indicateur, et aucun de le changer."
)


class KeepForm(StaffForm):
    """Indicators that nobody contests, to be kept in one act, and why."""

    codes = NamesField("Indicateurs à garder", name="indicateur", id="indicateurs", default=())
    reason = Translated(
        TextField,
        "Pourquoi",
        [at_most(LONGEST_REASON)],
        missing="Écrivez pourquoi : ce motif sera public.",
        rows=3,
        description="Le même motif pour tous. Il sera public avec l'édition. Ne citez personne.",
    )

    def validate_codes(self, field: Any) -> None:
        if not field.data:
            raise ValidationError("Cochez au moins un indicateur.")


class EditionForm(EditionTextsForm):
    """Title, introduction and decisions of an edition of the plan."""

    decisions = NamesField("Décisions de cette édition", name="decision", default=())


def edition_values(edition: PlanEdition | None) -> dict[str, Any]:
    if edition is None:
        return {"seen": ""}
    values = text_values(edition)
    return values | {"decisions": [it.public_id for it in edition.decisions]}
