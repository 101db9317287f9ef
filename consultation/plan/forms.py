"""Forms of an axis, a measure and an indicator, under the rules of the plan file's columns."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, HiddenField, StringField
from wtforms.validators import StopValidation, ValidationError
from wtforms.widgets import TextArea, TextInput

from consultation.db.stale import digest
from consultation.extensions import db
from consultation.i18n import (
    DEFAULT_LOCALE,
    LOCALES,
    Labelled,
    folded,
    key_of,
    keyed,
    localized,
)
from consultation.plan import drafts, queries
from consultation.plan.drafts import BLANK, AxisDraft, IndicatorDraft, MeasureDraft
from consultation.plan.indicators.bulk import IndicatorAct
from consultation.plan.measurement import texts as measurement_texts
from consultation.plan.measurement.texts import LABELS
from consultation.plan.measurement.values import EMPTY
from consultation.plan.models import MeasuredAs, Point, WantedDirection
from consultation.plan.workbook.columns import INDICATOR_COLUMNS, MEASURE_COLUMNS, TOOL_CODE
from consultation.plan.workbook.examples import is_example
from consultation.records.controls import RecordForm, controls_of
from consultation.records.fields import descriptions
from consultation.spreadsheets.reader.rows import (
    FileColumn,
    Holds,
    ValueRefused,
    alone,
    text_of,
)
from consultation.web.forms import ChoiceField, NamesField, StaffForm, Translated, Validator

MEASURE = {column.key: column for column in MEASURE_COLUMNS}
INDICATOR = {column.key: column for column in INDICATOR_COLUMNS}

GONE_AXIS = "Cet axe n'est plus dans le plan : choisissez-en un autre."
EXAMPLE_CODE = "Ce code est réservé aux lignes d'exemple du modèle : choisissez-en un autre."
AXIS_HINT = "L'intitulé de cet axe dans le plan."
KIND_HINT = "Ce que l'on mesure. L'unité s'écrit plus haut."
WANTED_HINT = "Où la valeur doit aller d'ici la fin du plan."


class ColumnField(StringField):
    """The text of one column of the plan file, in one language, under the rules of that column.

    Label and hint are those of the column unless the page needs others, or none: the notes of the
    file speak of cells and rows.  Translations have no hint, they stand beside the French texts.
    """

    def __init__(
        self,
        column: FileColumn,
        validators: Sequence[Any] = (),
        label: str = "",
        hint: str | None = None,
        **kwargs: Any,
    ) -> None:
        is_french = column.locale == DEFAULT_LOCALE
        is_long = column.field.holds in (Holds.TEXT, Holds.FIGURE)
        attributes = {"rows": 3} if is_long else {"class": "text", "autocomplete": "off"}
        super().__init__(
            label or column.header,
            [*validators, _by_column],
            description=(column.field.note if hint is None else hint) if is_french else "",
            render_kw=attributes if is_french else {**attributes, "lang": column.locale},
            widget=TextArea() if is_long else TextInput(),
            default="",
            **kwargs,
        )
        self.column = column


def _by_column(form: StaffForm, field: ColumnField) -> None:
    """Clean what was typed and refuse what the file would, a translation alone included."""
    try:
        field.data = text_of(field.data, field.column)
    except ValueRefused as refused:
        raise StopValidation(refused.sentence) from None
    if not field.data and field.column.is_filled:
        raise StopValidation(BLANK)
    tag = field.column.locale
    if field.data and tag != DEFAULT_LOCALE and not form[field.column.field.name].data.strip():
        raise StopValidation(ValueRefused(*alone(tag)).sentence)


def _only_of_a_new_axis(form: StaffForm, _field: ColumnField) -> None:
    if form["chosen_axis"].data:
        raise StopValidation


class PlanForm(RecordForm):
    """Form of a part of the plan; `digest` is that of the values it was filled in from."""

    columns: Mapping[str, FileColumn] = MEASURE
    digest = HiddenField()

    @classmethod
    def make_control(cls, name: str, tag: str) -> ColumnField:
        """Return the control of a field, under the rules of its column."""
        hint = descriptions(cls.record)[name].hint
        return ColumnField(cls.columns[key_of(name, tag)], hint=hint)

    @classmethod
    def values_of(cls, made: Any) -> dict[str, object]:
        """Give the values of its controls for a record, in the order of digests: French first."""
        texts = controls_of(made)
        places = sorted(cls._places(), key=lambda place: LOCALES.index(place[2]))
        return {control: texts[control] for control, _name, _tag in places}

    @property
    def names(self) -> list[str]:
        """The names of the fields of the record that have a control, in their order."""
        return list(dict.fromkeys(name for _control, name, _tag in self._places()))

    def texts(self) -> dict[str, Any]:
        """Return the texts by attribute of the draft, once the form is valid."""
        described = descriptions(self.record)
        return {
            it: self.localized(it) if described[it].is_translated else self[it].data or None
            for it in self.names
        }

    def compare(self, stored: Mapping[str, object]) -> None:
        """Put beside each text the stored one where it differs, and go on from what is stored."""
        for field in self:
            text = stored.get(field.name)
            field.stored = text if isinstance(text, str) and text != (field.data or "") else None
        self.digest.data = digest(stored)

    def sent_again(self) -> dict[str, str]:
        """Return the fields that a page which asks for a confirmation sends once more, by name."""
        return {
            name: "on" if value is True else value for name, value in self.data.items() if value
        }


def posted(stored: Mapping[str, object]) -> MultiDict[str, Any]:
    """Return the form that was sent, with the stored text of each field named by `keep`.

    These are the boxes beside the texts that another organiser stored (`PlanForm.compare`).
    """
    kept = {name: stored[name] for name in request.form.getlist("keep") if name in stored}
    return MultiDict({**request.form.to_dict(), **kept})


class _AxisTitle(Translated):
    """The title of an axis, under the rules of its columns; what `validators` refuse goes first."""

    def __init__(self, *validators: Validator) -> None:
        self.controls = {
            tag: ColumnField(MEASURE[key_of("axis_title", tag)], validators, hint=AXIS_HINT)
            for tag in LOCALES
        }


class AxisForm(PlanForm):
    axis_title = _AxisTitle()

    def validate_axis_title(self, field: ColumnField) -> None:
        """Refuse a blank, which the file takes on all rows of an axis but one."""
        if not field.data:
            raise ValidationError(BLANK)


class _MeasureCodeForm(StaffForm):
    """Code of a new measure; declared before `MeasureForm`, it stands first in the form."""

    code = ColumnField(MEASURE["code"])

    def validate_code(self, field: ColumnField) -> None:
        check_measure_code(field.data)


class MeasureForm(AxisForm):
    """Texts of a measure, and its axis: one of `axes`, or a new one to be named."""

    record = MeasureDraft
    instead = MappingProxyType({"code": ()})
    first = ("chosen_axis", "axis", *(key_of("axis_title", tag) for tag in LOCALES))
    chosen_axis = ChoiceField("Axe", default="", invalid_choice_message=GONE_AXIS)
    axis = ColumnField(
        MEASURE["axis"],
        [_only_of_a_new_axis],
        label="Code du nouvel axe",
        hint="Le code d'un axe : lettres sans accent, chiffres, tiret, point ou tiret bas.",
    )
    axis_title = _AxisTitle(_only_of_a_new_axis)
    is_shipped = BooleanField(
        "Thème du suivi, pas une mesure officielle du plan",
        description=(
            "Décochez quand la mesure est celle du plan publié : ses indicateurs ne seront plus"
            " dits d'exemple. C'est sans retour."
        ),
    )

    def __init__(
        self, formdata: Any = None, *, axes: Sequence[AxisDraft], hint: str, **kwargs: Any
    ) -> None:
        super().__init__(formdata, **kwargs)
        self._axis_by_code = {axis.code: axis for axis in axes}
        titles = [(axis.code, f"{axis.code} – {localized(axis.title, 'fr')}") for axis in axes]
        self.chosen_axis.choices = [*titles, ("", "Un nouvel axe, à nommer ci-dessous")]
        self.chosen_axis.description = hint

    def validate_axis(self, field: ColumnField) -> None:
        """Refuse the code of an axis that is in the plan, whatever its case."""
        if folded(field.data) in map(folded, self._axis_by_code):
            raise ValidationError(
                f"L'axe « {field.data} » existe déjà : choisissez-le dans la liste."
            )

    def axis_draft(self) -> AxisDraft:
        """Return the axis that was chosen or named, once the form is valid."""
        title = self.localized("axis_title") if not self.chosen_axis.data else None
        if title is not None:
            return AxisDraft(self.axis.data, title)
        return self._axis_by_code[self.chosen_axis.data]

    def edited(self, before: MeasureDraft) -> MeasureDraft:
        """Return a measure with these texts, once the form is valid; its axis stays."""
        changed = replace(before, **self.texts())
        is_made_official = before.is_shipped and not self.is_shipped.data
        return drafts.as_official(changed) if is_made_official else changed


class NewMeasureForm(_MeasureCodeForm, MeasureForm):
    """Code, texts and axis of a measure to add."""

    def draft(self) -> MeasureDraft:
        """Return the measure, once the form is valid."""
        return MeasureDraft(self.code.data, self.axis_draft().code, **self.texts())


class _IndicatorCodeForm(StaffForm):
    """Code of a new indicator; declared before `WordingForm`, it stands first in the form."""

    code = ColumnField(INDICATOR["code"])

    def validate_code(self, field: ColumnField) -> None:
        check_indicator_code(field.data)


def _named_choices(values: type[Labelled]) -> list[tuple[str, str]]:
    return [("", "Pas encore dit"), *((label, label) for label in values.labels())]


class _WordingTextsForm(PlanForm):
    """Texts of an indicator; declared before `WordingForm`, they stand before what is measured."""

    record = IndicatorDraft
    instead = MappingProxyType({"code": (), "reason": ()})
    columns = INDICATOR


class WordingForm(_WordingTextsForm):
    """Wording of an indicator, and how it is measured."""

    measured_as = ChoiceField(
        LABELS["measured_as"], default="", choices=_named_choices(MeasuredAs), description=KIND_HINT
    )
    direction = ChoiceField(
        LABELS["direction"],
        default="",
        choices=_named_choices(WantedDirection),
        description=WANTED_HINT,
    )
    baseline_value = ColumnField(INDICATOR["baseline_value"], label="Valeur", hint="")
    baseline_dated = ColumnField(INDICATOR["baseline_dated"], label="Date", hint="")
    baseline_source = ColumnField(INDICATOR["baseline_source"], label="Source", hint="")
    midterm_value = ColumnField(INDICATOR["midterm_value"], label="Valeur", hint="")
    midterm_dated = ColumnField(INDICATOR["midterm_dated"], label="Date", hint="")
    midterm_source = ColumnField(INDICATOR["midterm_source"], label="Source", hint="")
    final_value = ColumnField(INDICATOR["final_value"], label="Valeur", hint="")
    final_dated = ColumnField(INDICATOR["final_dated"], label="Date", hint="")
    final_source = ColumnField(INDICATOR["final_source"], label="Source", hint="")

    measurement = EMPTY
    """What the typed fields say, once the form is valid."""
    points = Point

    @property
    def is_measured(self) -> bool:
        """Whether any typed field was filled in."""
        return any(self[name].data for name in measurement_texts.FIELDS)

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate each field, then the typed ones together."""
        is_valid = super().validate(extra_validators)
        measurement = measurement_texts.read(self._typed_texts(), self._refuse)
        self.measurement = measurement or EMPTY
        return is_valid and measurement is not None

    def as_typed(self, code: str) -> IndicatorDraft:
        """Return an indicator as the form is, valid or not; values that can't be read are blank."""
        wording = self.texts()
        wording["label"] = wording["label"] or {"fr": ""}
        typed = measurement_texts.read(self._typed_texts(), lambda _name, _refused: None)
        return IndicatorDraft(code, **wording, measurement=typed or EMPTY)

    def _typed_texts(self) -> dict[str, str]:
        return {name: self[name].data or "" for name in measurement_texts.FIELDS}

    def _refuse(self, name: str, refused: ValueRefused) -> None:
        self.add_error(name, refused.sentence)


class NewIndicatorForm(_IndicatorCodeForm, WordingForm):
    def draft(self) -> IndicatorDraft:
        """Return the indicator, once the form is valid."""
        return IndicatorDraft(self.code.data, **self.texts(), measurement=self.measurement)


class IndicatorForm(WordingForm):
    """Other wording of an indicator, and why it changes."""

    reason = ColumnField(
        INDICATOR["reason"],
        label="Motif du changement, obligatoire si un texte ci-dessus change",
        hint="Pourquoi le texte de l'indicateur change. Ce motif se lit avec la nouvelle version.",
    )

    def edited(self, before: IndicatorDraft) -> IndicatorDraft:
        """Return an indicator in this wording, once the form is valid, with the reason."""
        return replace(
            before,
            **self.texts(),
            measurement=self.measurement,
            reason=self.reason.data or None,
        )


def axis_values(axis: AxisDraft) -> dict[str, object]:
    """Return the values of `AxisForm`, by field name."""
    return dict(keyed("axis_title", axis.title))


def measure_values(measure: MeasureDraft) -> dict[str, object]:
    """Return the values of `MeasureForm`, by field name."""
    return {
        **MeasureForm.values_of(measure),
        "chosen_axis": measure.axis,
        "is_shipped": measure.is_shipped,
    }


def indicator_values(indicator: IndicatorDraft) -> dict[str, object]:
    """Return the values of `WordingForm`, by field name."""
    return {
        **WordingForm.values_of(indicator),
        **measurement_texts.texts_of(indicator.measurement),
    }


def check_measure_code(code: str) -> None:
    """Raise `ValidationError` unless a new measure may have the code."""
    if is_example(code):
        raise ValidationError(EXAMPLE_CODE)
    if folded(code) == TOOL_CODE:
        raise ValidationError(
            f"Le code « {code} » est celui de l'ensemble des indicateurs : choisissez-en un autre."
        )
    row = queries.stored_measure(db.session(), code)
    if row is None:
        return
    if row.retired_at is not None:
        raise ValidationError(
            f"« {row.code} » est une mesure retirée : remettez-la, ou choisissez un autre code."
        )
    raise ValidationError(
        f"Le code « {row.code} » est déjà celui d'une mesure : choisissez-en un autre."
    )


def check_indicator_code(code: str) -> None:
    """Raise `ValidationError` unless a new indicator may have the code."""
    if is_example(code):
        raise ValidationError(EXAMPLE_CODE)
    row = queries.stored_indicator(db.session(), code)
    if row is None:
        return
    place = f"de la mesure « {row.measure.code} »"
    if row.retired_at is not None:
        raise ValidationError(
            f"« {row.code} » est un indicateur retiré {place} : prenez un autre code."
        )
    raise ValidationError(
        f"Le code « {row.code} » est déjà celui d'un indicateur {place} : prenez-en un autre."
    )


class IndicatorsForm(StaffForm):
    """Indicators ticked in the list, and the measure to put them under."""

    indicators = NamesField("Indicateurs cochés", name="indicateur", id="indicateurs", default=())
    measure = ChoiceField("Mesure", name="vers", id="vers", default="", validate_choice=False)
    button = StringField(name="geste", default="")

    def __init__(self, formdata: Any = None, *, measures: Sequence[MeasureDraft]) -> None:
        super().__init__(formdata)
        self.measure.choices = [
            ("", "Choisissez…"),
            *((it.code, f"{it.code} · {localized(it.title, 'fr')[:60]}") for it in measures),
        ]

    @property
    def act(self) -> IndicatorAct:
        """What the button that was pressed does."""
        is_known = self.button.data in list(IndicatorAct)
        return IndicatorAct(self.button.data) if is_known else IndicatorAct.RETIRE

    def validate_indicators(self, field: Field) -> None:
        if not field.data:
            raise ValidationError("Cochez au moins un indicateur dans la liste.")

    def validate_measure(self, field: Field) -> None:
        codes = {code for code, _ in field.choices}
        if self.act is IndicatorAct.MOVE and (not field.data or field.data not in codes):
            raise ValidationError("Choisissez la mesure où les mettre.")
