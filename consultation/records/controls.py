"""Forms of a record: a control for each of its fields, under the rules of its files."""

from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, ClassVar, TypeVar

from wtforms import Field
from wtforms.fields.core import UnboundField
from wtforms.validators import ValidationError

from consultation.i18n import DEFAULT_LOCALE, LOCALES, NAMES, key_of, keyed
from consultation.records.fields import FieldKind, descriptions
from consultation.spreadsheets.reader.rows import ValueRefused
from consultation.web.forms import (
    FRENCH_FIRST,
    TRANSLATION,
    ChoiceField,
    LineField,
    StaffForm,
    TextField,
    Validator,
    at_most,
    language_phrase,
    required,
)

T = TypeVar("T")

TO_CHOOSE = "À choisir"
NOT_LISTED = "Choisissez dans la liste."


class RecordForm(StaffForm):
    """A form with a control for each field of `record`, in their order, before its others.

    `first` names those of its others that stand before them all, `instead` the controls that stand
    in the place of a field's; a control that the class declares itself is taken as it is.  `kinds`
    are those that depend on what is edited.
    """

    record: ClassVar[type]
    instead: ClassVar[Mapping[str, Sequence[str]]] = {}
    first: ClassVar[Sequence[str]] = ()
    kinds: Mapping[str, FieldKind[Any]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Make the controls that the class does not declare, and put all in their order."""
        super().__init_subclass__(**kwargs)
        if "record" not in vars(cls):  # it has those of the form that it extends
            return
        placed = {
            control: getattr(cls, control, cls.make_control(name, tag))
            for control, name, tag in cls._places()
        }
        before = [getattr(cls, name) for name in cls.first]
        declared = (getattr(cls, name) for name in dir(cls) if name not in (*placed, *cls.first))
        others = [it for it in declared if isinstance(it, UnboundField)]
        for control, unbound in placed.items():
            setattr(cls, control, unbound)
        others.sort(key=attrgetter("creation_counter"))
        for unbound in (*before, *placed.values(), *others):
            if unbound is not None:  # as WTForms leaves out what a class inherits
                UnboundField.creation_counter += 1
                unbound.creation_counter = UnboundField.creation_counter

    @classmethod
    def make_control(cls, name: str, tag: str) -> UnboundField:
        """Return the control of a field that the class does not declare."""
        return control_of(cls.record, name, tag)

    @classmethod
    def _places(cls) -> Iterator[tuple[str, str, str]]:
        """Yield each control with the name of its field and the tag of its language."""
        for name, description in descriptions(cls.record).items():
            for tag in LOCALES if description.is_translated else LOCALES[:1]:
                for control in cls.instead.get(name, (key_of(name, tag),)):
                    yield control, name, tag

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parsed: dict[str, Any] = {}
        """The values of the fields that are filled in, once the form is valid."""

    @property
    def controls(self) -> list[Field]:
        """The controls of the record that a page shows, in their order."""
        return [self[control] for control, _name, _tag in self._places() if control in self]

    def validate(self, extra_validators: Any = None) -> bool:
        """Forget what was read before, and validate."""
        self.parsed = {}
        return bool(super().validate(extra_validators))


def control_of(record: type, name: str, tag: str = DEFAULT_LOCALE, **instead: Any) -> UnboundField:
    """Return the control of a field, which reads what is typed by its kind.

    `tag` is the language of a translated text; `instead` are arguments of the control other than
    those that follow from the description.
    """
    description = descriptions(record)[name]
    kind, is_french = description.kind, tag == DEFAULT_LOCALE
    validators = [required(description.missing)] if description.missing and is_french else []
    if kind.is_text:
        validators.append(at_most(kind.limit))
    reads = _translation(name, tag, kind) if description.is_translated else _value(name, kind)
    hint = description.hint if is_french else TRANSLATION.format(name=NAMES[tag])
    arguments: dict[str, Any] = {"description": hint}
    suffix = "" if is_french else f", {language_phrase(tag)}"
    label, validators = f"{description.label}{suffix}", [*validators, reads]
    if kind.choices is not None:
        choices = [("", description.blank or TO_CHOOSE), *kind.choices.choices()]
        arguments |= {"choices": choices, "validate_choice": False} | instead
        return ChoiceField(label, validators, **arguments)
    make = TextField if kind.is_long else LineField
    return make(label, validators, **arguments | instead)


def _value(name: str, kind: FieldKind[Any]) -> Validator:
    def validate(form: RecordForm, field: Field) -> None:
        if field.data:
            form.parsed[name] = read(form.kinds.get(name, kind), field.data)

    return validate


def _translation(name: str, tag: str, kind: FieldKind[str]) -> Validator:
    def validate(form: RecordForm, field: Field) -> None:
        if text := read(kind, field.data or ""):
            form.parsed.setdefault(name, {})[tag] = text
        others = (key_of(name, it) for it in LOCALES if it != DEFAULT_LOCALE)
        if not text and tag == DEFAULT_LOCALE and any(form[it].data.strip() for it in others):
            raise ValidationError(FRENCH_FIRST)

    return validate


def read(kind: FieldKind[T], text: str) -> T:
    """Return the value that a control says; raise `ValidationError` with the sentence."""
    try:
        return kind.read(text)
    except ValueRefused as refused:
        sentence = NOT_LISTED if kind.choices else refused.sentence
        raise ValidationError(sentence) from None


def controls_of(made: Any) -> dict[str, str]:
    """Give what the controls of a record hold: choices as stored, the others as typed."""
    texts: dict[str, str] = {}
    for name, description in descriptions(type(made)).items():
        value = getattr(made, name)
        if description.is_translated:
            texts |= keyed(name, value)
        else:
            is_choice = description.kind.choices and value is not None
            texts[name] = str(value) if is_choice else description.text(value)
    return texts
