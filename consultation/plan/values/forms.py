"""Forms of an observed value, of its publication, and of a word in place of the rule's."""

from types import MappingProxyType
from typing import Any

from wtforms import BooleanField, Field, HiddenField
from wtforms.validators import StopValidation, ValidationError

from consultation.plan.models import MeasuredAs
from consultation.plan.values.models import (
    IndicatorValue,
    Progress,
    ProgressOverride,
)
from consultation.plan.values.moments import ON_A_DAY, MomentForm, moment_controls
from consultation.plan.values.record import Report, observed_as, report_of
from consultation.plan.values.texts import LONGEST_SOURCE, is_doubtful
from consultation.records.controls import RecordForm, controls_of
from consultation.web.forms import (
    ChoiceField,
    LineField,
    NamesField,
    StaffForm,
    at_most,
)

NO_VALUE = "Écrivez la valeur, ou dites pourquoi elle manque."
BOTH = "Vous donnez une valeur et dites qu'elle manque : gardez l'un ou l'autre."
NO_RULE = "Dites ce que la source publie des petits nombres, ou écrivez « aucune »."
DOUBTFUL = (
    "Un pourcentage de %s est possible mais rare. Vérifiez-le, puis cochez « La valeur est juste »."
)


class ValueForm(MomentForm, RecordForm):
    """A value of an indicator; `supersedes` names the one that it replaces."""

    record = Report
    instead = MappingProxyType({"point": ("moment",), "value": ("value", "is_confirmed")})
    supersedes = HiddenField()
    moment, day = moment_controls()
    is_confirmed = BooleanField("La valeur est juste")

    def __init__(self, formdata: Any = None, *, measured_as: MeasuredAs | None, **kwargs: Any):
        super().__init__(formdata, **kwargs)
        self.kinds = {"value": observed_as(measured_as)}
        self._measured_as = measured_as

    @property
    def controls(self) -> list[Field]:
        """The controls; that of a confirmation where one is asked for."""
        return [it for it in super().controls if it.name != "is_confirmed" or self.asks_to_confirm]

    @property
    def asks_to_confirm(self) -> bool:
        """Whether the value is unlikely, and was not confirmed."""
        return is_doubtful(self.parsed.get("value"), self._measured_as)

    def validate_value(self, field: Any) -> None:
        if bool(field.data) == bool(self.missing_because.data):
            field.errors = []  # before what is wrong with the value itself
            raise StopValidation(BOTH if field.data else NO_VALUE)
        if self.asks_to_confirm and not self.is_confirmed.data:
            raise ValidationError(DOUBTFUL % field.data)

    def report(self) -> Report:
        """Return the value, once the form is valid."""
        return Report(**self.parsed, **self.when)


class PublicationForm(StaffForm):
    """The values to publish, and what their source says of small figures."""

    values = NamesField()
    as_they_are = NamesField()
    """Small counts that their source published itself."""
    held_back = NamesField()
    """Numbers that are not to be shown, since a small one would follow from them."""
    source_rule = LineField(
        "Cette source masque-t-elle les petits nombres ?",
        [at_most(LONGEST_SOURCE)],
        description=(
            "Par exemple : « rien en dessous de 5 ». Si elle n'en a pas, écrivez « aucune »."
        ),
    )

    def __init__(self, formdata: Any = None, *, needs_rule: bool = False, **kwargs: Any):
        super().__init__(formdata, **kwargs)
        self._needs_rule = needs_rule

    def validate_source_rule(self, field: Any) -> None:
        if self._needs_rule and not field.data:
            raise ValidationError(NO_RULE)


class OverrideForm(StaffForm):
    """A person's word for an indicator; `seen` is the word that stood."""

    seen = HiddenField()
    progress = ChoiceField(
        "Le mot",
        choices=[("", "Celui de la règle"), *Progress.choices()],
        validate_choice=False,
    )
    reason = LineField(
        "Pourquoi cet avancement",
        [at_most(LONGEST_SOURCE)],
        description="Publique. Par exemple : la valeur ne couvre qu'une région.",
    )

    def validate_progress(self, field: Any) -> None:
        if field.data and field.data not in set(Progress):
            raise ValidationError("Choisissez dans la liste.")

    def validate_reason(self, field: Any) -> None:
        if self.progress.data and not field.data:
            raise ValidationError("Dites pourquoi : l'avancement donné par la règle ne suffit pas.")

    def word(self) -> Progress | None:
        """Return the word, None for the rule's, once the form is valid."""
        return Progress(self.progress.data) if self.progress.data else None

    def seen_id(self) -> int | None:
        """Return the word that stood, None for the rule's; 0 for what the page never sent."""
        if not self.seen.data:
            return None
        return int(self.seen.data) if self.seen.data.isdecimal() else 0


def override_values(stated: ProgressOverride | None) -> dict[str, str]:
    if stated is None or stated.progress is None:
        return {"seen": "", "progress": "", "reason": ""}
    return {
        "seen": str(stated.id),
        "progress": stated.progress.value,
        "reason": stated.reason,
    }


def form_values(row: IndicatorValue) -> dict[str, str]:
    texts = controls_of(report_of(row))
    return {**texts, "supersedes": row.public_id, "moment": texts["point"] or ON_A_DAY}
