"""Forms of an observed value, of its publication, and of a word in place of the rule's."""

from typing import Any

from wtforms import BooleanField, HiddenField
from wtforms.validators import ValidationError

from consultation.plan.measurement.texts import date_of, date_text, value_text
from consultation.plan.models import MeasuredAs
from consultation.plan.statuses.parsing import link_of
from consultation.plan.values.models import (
    IndicatorValue,
    MissingBecause,
    Progress,
    ProgressOverride,
    Reporter,
    SourceKind,
    ValuePoint,
)
from consultation.plan.values.record import Report, value_of
from consultation.plan.values.texts import (
    LONGEST_COVERS,
    LONGEST_NOTE,
    LONGEST_REPORTER,
    LONGEST_SOURCE,
    is_doubtful,
    observed,
)
from consultation.spreadsheets.reader.rows import ValueRefused
from consultation.web.forms import (
    ChoiceField,
    LineField,
    NamesField,
    StaffForm,
    TextField,
    at_most,
    required,
)
from consultation.web.typography import parse_date

ON_A_DAY = "day"
NO_VALUE = "Écrivez la valeur, ou dites pourquoi elle manque."
BOTH = "Vous donnez une valeur et dites qu'elle manque : gardez l'un ou l'autre."
NO_RULE = "Dites ce que la source publie des petits nombres, ou écrivez « aucune »."
DOUBTFUL = (
    "Un pourcentage de %s est possible mais rare. Vérifiez-le, puis cochez « La valeur est juste »."
)


class ValueForm(StaffForm):
    """A value of an indicator; `supersedes` names the one that it replaces."""

    supersedes = HiddenField()
    moment = ChoiceField(
        "Pour quand",
        [required("Dites pour quel moment du plan, ou pour quel jour.")],
        choices=[
            ("", "À choisir"),
            *ValuePoint.choices(),
            (ON_A_DAY, "un jour, à écrire à côté"),
        ],
        validate_choice=False,
    )
    day = LineField("Le jour", description="Si vous avez choisi « un jour » : 30/06/2026.")
    value = LineField(
        "Valeur",
        description="La valeur seule : 12,5 pour 12,5 %. Vide si elle manque.",
    )
    is_confirmed = BooleanField("La valeur est juste")
    missing_because = ChoiceField(
        "Si elle manque, pourquoi",
        choices=[("", "Elle ne manque pas"), *MissingBecause.choices()],
        validate_choice=False,
    )
    observed_on = LineField(
        "Date de la valeur",
        description="Aussi précise que vous la savez : 2026, 06/2026 ou un jour.",
    )
    covers = LineField(
        "Ce qu'elle couvre",
        [at_most(LONGEST_COVERS)],
        description="Le territoire, les personnes, ce qui n'y est pas.",
    )
    reported_by = ChoiceField(
        "Qui la donne",
        [required("Dites qui donne cette valeur.")],
        choices=[("", "À choisir"), *Reporter.choices()],
        validate_choice=False,
    )
    reporter = LineField(
        "Quelle organisation",
        [at_most(LONGEST_REPORTER)],
        description="Si c'est une association ou un service précis.",
    )
    source = LineField("Source", [at_most(LONGEST_SOURCE)])
    source_url = LineField("Lien vers la source")
    source_kind = ChoiceField(
        "Sorte de source",
        choices=[("", "Pas encore dit"), *SourceKind.choices()],
        validate_choice=False,
    )
    note = TextField("Note", [at_most(LONGEST_NOTE)], rows=3)

    def __init__(self, formdata: Any = None, *, measured_as: MeasuredAs | None, **kwargs: Any):
        super().__init__(formdata, **kwargs)
        self._measured_as = measured_as
        self._parsed: dict[str, Any] = {}

    @property
    def asks_to_confirm(self) -> bool:
        """Whether the value is unlikely, and was not confirmed."""
        return is_doubtful(self._parsed.get("value"), self._measured_as)

    def validate_moment(self, field: Any) -> None:
        self._choose(field, ValuePoint, "point", also=ON_A_DAY)

    def validate_day(self, field: Any) -> None:
        if self.moment.data != ON_A_DAY:
            return
        self._parsed["day"] = parse_date(field.data)
        if self._parsed["day"] is None:
            raise ValidationError("Écrivez le jour, le mois et l'année, comme 30/06/2026.")

    def validate_value(self, field: Any) -> None:
        if not field.data:
            if not self.missing_because.data:
                raise ValidationError(NO_VALUE)
            return
        if self.missing_because.data:
            raise ValidationError(BOTH)
        self._parsed["value"] = self._read(observed, field.data, self._measured_as)
        if self.asks_to_confirm and not self.is_confirmed.data:
            raise ValidationError(DOUBTFUL % field.data)

    def validate_missing_because(self, field: Any) -> None:
        self._choose(field, MissingBecause, "missing_because")

    def validate_observed_on(self, field: Any) -> None:
        self._parsed["observed_on"] = self._read(date_of, field.data) if field.data else ""

    def validate_reported_by(self, field: Any) -> None:
        self._choose(field, Reporter, "reported_by")

    def validate_source_kind(self, field: Any) -> None:
        self._choose(field, SourceKind, "source_kind")

    def validate_source_url(self, field: Any) -> None:
        self._parsed["source_url"] = self._read(link_of, field.data) if field.data else None

    def report(self) -> Report:
        """Return the value, once the form is valid."""
        texts = {name: self[name].data for name in ("covers", "reporter", "source", "note")}
        return Report(**self._parsed, **texts)

    def _choose(self, field: Any, values: Any, name: str, also: str = "") -> None:
        if not field.data or field.data == also:
            return
        if field.data not in set(values):
            raise ValidationError("Choisissez dans la liste.")
        self._parsed[name] = values(field.data)

    @staticmethod
    def _read(parse: Any, *args: Any) -> Any:
        try:
            return parse(*args)
        except ValueRefused as refused:
            raise ValidationError(refused.sentence) from None


class PublicationForm(StaffForm):
    """The values to publish, and what their source says of small figures."""

    values = NamesField()
    as_they_are = NamesField()
    """Small counts that their source published itself."""
    held_back = NamesField()
    """Numbers that are not to be shown, since a small one would follow from them."""
    source_rule = LineField(
        "La règle de la source pour les petits nombres",
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
        "Pourquoi ce mot",
        [at_most(LONGEST_SOURCE)],
        description="Public, comme le mot. Par exemple : la valeur ne couvre qu'une région.",
    )

    def validate_progress(self, field: Any) -> None:
        if field.data and field.data not in set(Progress):
            raise ValidationError("Choisissez dans la liste.")

    def validate_reason(self, field: Any) -> None:
        if self.progress.data and not field.data:
            raise ValidationError("Dites pourquoi : le mot de la règle ne suffit pas.")

    def word(self) -> Progress | None:
        """Return the word, None for the rule's, once the form is valid."""
        return Progress(self.progress.data) if self.progress.data else None

    def seen_id(self) -> int | None:
        """Return the word that stood, None for the rule's; 0 for what the page never sent."""
        if not self.seen.data:
            return None
        return int(self.seen.data) if self.seen.data.isdecimal() else 0


def override_values(stated: ProgressOverride | None) -> dict[str, str]:
    """Return the values of the form of a word."""
    if stated is None or stated.progress is None:
        return {"seen": "", "progress": "", "reason": ""}
    return {
        "seen": str(stated.id),
        "progress": stated.progress.value,
        "reason": stated.reason,
    }


def form_values(row: IndicatorValue) -> dict[str, str]:
    """Return the values of the form of a stored value."""
    value = value_of(row)
    return {
        "supersedes": row.public_id,
        "moment": row.point.value if row.point else ON_A_DAY,
        "day": f"{row.day:%d/%m/%Y}" if row.day else "",
        "value": "" if value is None else value_text(value),
        "missing_because": row.missing_because.value if row.missing_because else "",
        "observed_on": date_text(row.observed_on) if row.observed_on else "",
        "covers": row.covers,
        "reported_by": row.reported_by.value,
        "reporter": row.reporter,
        "source": row.source,
        "source_url": row.source_url or "",
        "source_kind": row.source_kind.value if row.source_kind else "",
        "note": row.note,
    }
