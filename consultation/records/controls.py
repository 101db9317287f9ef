"""Forms of a record: a control for each of its fields, under the rules of its files."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, ClassVar, TypeVar

from wtforms import Field
from wtforms.fields.core import UnboundField
from wtforms.validators import ValidationError

from consultation.records.fields import Description, Kind, descriptions
from consultation.spreadsheets.reader.rows import ValueRefused
from consultation.web.forms import ChoiceField, LineField, StaffForm, TextField, at_most, required

T = TypeVar("T")

TO_CHOOSE = "À choisir"
NOT_LISTED = "Choisissez dans la liste."


class RecordForm(StaffForm):
    """A form with a control for each field of `record`, in their order.

    `instead` names the controls that stand in the place of a field's; a control that the class
    declares itself is taken as it is.  `kinds` are those that depend on what is edited.
    """

    record: ClassVar[type]
    instead: ClassVar[Mapping[str, Sequence[str]]] = {}
    kinds: Mapping[str, Kind[Any]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Make the controls that the class does not declare, and put all in their order."""
        super().__init_subclass__(**kwargs)
        for name, description in descriptions(cls.record).items():
            for control in cls.instead.get(name, (name,)):
                unbound = getattr(cls, control, None) or control_of(name, description)
                UnboundField.creation_counter += 1
                unbound.creation_counter = UnboundField.creation_counter
                setattr(cls, control, unbound)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._values: dict[str, Any] = {}

    @property
    def controls(self) -> list[Field]:
        """The controls of the record that a page shows, in their order."""
        names = chain.from_iterable(
            self.instead.get(name, (name,)) for name in descriptions(self.record)
        )
        return [self[name] for name in names]

    def validate(self, extra_validators: Any = None) -> bool:
        """Forget what was read before, and validate."""
        self._values = {}
        return bool(super().validate(extra_validators))

    def values(self) -> dict[str, Any]:
        """Return the values of the fields that are filled in, once the form is valid."""
        return self._values


def control_of(name: str, description: Description[Any]) -> UnboundField:
    """Return the control of a field, which reads what is typed by its kind."""

    def by_kind(form: RecordForm, field: Field) -> None:
        if field.data:
            kind = form.kinds.get(name, description.kind)
            form.values()[name] = read(kind, field.data)

    kind = description.kind
    validators = [required(description.missing)] if description.missing else []
    hint = description.hint
    if kind.choices is not None:
        choices = [("", description.blank or TO_CHOOSE), *kind.choices.choices()]
        return ChoiceField(
            description.label,
            [*validators, by_kind],
            description=hint,
            choices=choices,
            validate_choice=False,
        )
    make = TextField if kind.is_long else LineField
    return make(description.label, [*validators, at_most(kind.limit), by_kind], description=hint)


def read(kind: Kind[T], text: str) -> T:
    """Return the value that a control says; raise `ValidationError` with the sentence."""
    try:
        return kind.read(text)
    except ValueRefused as refused:
        sentence = NOT_LISTED if kind.choices else refused.sentence
        raise ValidationError(sentence) from None


def controls_of(made: Any) -> dict[str, str]:
    """Give what the controls of a record hold: choices as stored, the others as typed."""
    return {
        name: value.value if description.kind.choices and value else description.text(value)
        for name, description in descriptions(type(made)).items()
        for value in [getattr(made, name)]
    }
