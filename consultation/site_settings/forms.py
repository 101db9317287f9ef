"""Form of the settings, made from their table: a field for each that can be changed."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from wtforms import BooleanField, Field, HiddenField
from wtforms.validators import StopValidation, ValidationError

from consultation.mail.addresses import is_sendable
from consultation.settings import ON_SCREEN, Setting, Shape, Value, is_delay, is_link
from consultation.web.forms import LineField, StaffForm, Validator, at_most

LONGEST_LINE = 300
LONGEST_NUMBER = 6


def _is_mailbox(text: str) -> bool:
    return not text or is_sendable(text)


SHAPES: Mapping[Shape, tuple[Callable[[str], bool], str]] = {
    Shape.LINE: (lambda _text: True, ""),
    Shape.LINK: (is_link, "Donnez une adresse entière, comme https://exemple.fr/document."),
    Shape.MAILBOX: (_is_mailbox, "Donnez l'adresse d'une boîte, seule, comme contact@exemple.fr."),
    Shape.DELAY: (is_delay, "Donnez un nombre de jours ou de mois, comme « 10 jours »."),
    Shape.CONTACT: (
        lambda text: _is_mailbox(text) or is_link(text),
        "Donnez l'adresse d'une boîte, ou celle d'une page qui commence par https://.",
    ),
}


class SettingsForm(StaffForm):
    """The settings that the environment does not fix; `seen` is the version displayed."""

    seen = HiddenField()

    @property
    def values(self) -> dict[str, Value]:
        """What was typed, by the name of its setting; the form is valid."""
        return {
            name: _value(ON_SCREEN[name], self[name].data) for name in ON_SCREEN if name in self
        }


def form_of(fixed: Collection[str]) -> type[SettingsForm]:
    """Return the form of the settings that are not `fixed`."""
    fields = {name: _field(it) for name, it in ON_SCREEN.items() if name not in fixed}
    return type("ChangeableSettingsForm", (SettingsForm,), fields)


def typed(values: Mapping[str, Value]) -> dict[str, Any]:
    """Return values as the fields of the form show them."""
    return {
        name: value if isinstance(value, bool) else str(value) for name, value in values.items()
    }


def displayed(value: Value) -> str:
    """Return a value in French."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    return "vide" if value == "" else str(value)


def _field(setting: Setting) -> Field:
    description = f"{setting.hint or setting.help + '.'} Au départ : {displayed(setting.default)}."
    match setting.default:
        case bool():
            return BooleanField(setting.label, description=description)
        case int():
            return LineField(
                setting.label,
                [_number(setting)],
                description=description,
                render_kw={"inputmode": "numeric", "size": LONGEST_NUMBER + 2},
            )
    return LineField(
        setting.label, [at_most(LONGEST_LINE), _shape(setting)], description=description
    )


def _value(setting: Setting, data: Any) -> Value:
    return int(data) if type(setting.default) is int else data


def _number(setting: Setting) -> Validator:
    def validate(_form: Any, field: Field) -> None:
        text = field.data
        if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER):
            raise StopValidation(f"Donnez un nombre entier, de {_bounds(setting)}.")
        if setting.broken_bound(int(text)):
            raise StopValidation(f"Donnez un nombre, de {_bounds(setting)}.")

    return validate


def _bounds(setting: Setting) -> str:
    most = 10**LONGEST_NUMBER - 1 if setting.most is None else setting.most
    return f"{setting.least} à {most}"


def _shape(setting: Setting) -> Validator:
    def validate(_form: Any, field: Field) -> None:
        fits, sentence = SHAPES[setting.shape]
        if not fits(field.data):
            raise ValidationError(sentence)

    return validate
