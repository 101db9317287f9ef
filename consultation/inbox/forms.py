"""Inbox forms: what a message is converted into, and why one is set aside."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask_babel import format_decimal
from werkzeug.datastructures import MultiDict
from wtforms import Field
from wtforms.validators import ValidationError

from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.inbox.labels import ALERTING, STAFF_REASONS
from consultation.inbox.models import IncomingMessage
from consultation.responses.staff.queries import TOOL
from consultation.responses.transcription import Form
from consultation.web.forms import (
    BoxesField,
    ChoiceField,
    LineField,
    NamesField,
    StaffForm,
    TextField,
    at_most,
    required,
)
from consultation.web.typography import counted

LONGEST_ORGANISATION = 300
NO_MEASURE = "Cochez au moins une mesure : une contribution répond à l'une d'elles."
NO_REASON = "Choisissez dans la liste pourquoi ce message est mis de côté."
NO_TEXT = (
    "Ce texte est vide : écrivez-le, dites ce que le message répond sur un indicateur, ou décochez"
    " cette mesure."
)
NOT_STATED = "Non précisé"


class Text(NamedTuple):
    """What was written for the form of a measure, of which `key` is the code, or for the tool."""

    key: str
    text: str


@dataclass(frozen=True)
class Sender:
    """What a sender may say to be, labels by code, and what is known of them, by field."""

    capacities: Mapping[str, Mapping[str, str]]
    territories: Mapping[str, Mapping[str, str]]
    known: Mapping[str, str]


class Choice(NamedTuple):
    """A form that a text may go to, the box that chooses it and the field of the text.

    `clue` says in French by what the message names the measure, if it does.
    """

    form: Form
    clue: str
    box: Field
    field: Field

    @property
    def key(self) -> str:
        """The value of the box."""
        return key_of(self.form)


class ConversionForm(StaffForm):
    """The measures that a message speaks of, the proposed ones ticked, and a text for each.

    Also who the sender says to be.  `conversion_form` adds the fields of the texts.
    """

    answered: Collection[str] = ()
    """The keys of the forms of which the message answers something on an indicator."""
    capacity = ChoiceField("Qualité", name="qualite", id="qualite", default="", choices=[])
    organisation = LineField(
        "Organisation", [at_most(LONGEST_ORGANISATION)], name="organisation", id="organisation"
    )
    territory = ChoiceField(
        "Territoire", name="territoire", id="territoire", default="", choices=[]
    )

    measures = BoxesField(
        "De quoi parle ce message ?",
        [required(NO_MEASURE)],
        name="mesure",
        id="mesures",
        validate_choice=False,  # a measure that has no form any more: see `orphans`
    )

    def __init__(
        self,
        formdata: Any,
        forms: Sequence[Form],
        clues: Mapping[int | None, str],
        sender: Sender,
    ) -> None:
        proposed = [key_of(form) for form in forms if form.measure_id in clues]
        super().__init__(formdata, data={"measures": proposed, **sender.known})
        self.capacity.choices = _menu(sender.capacities)
        self.territory.choices = _menu(sender.territories)
        self.measures.choices = [(key_of(form), _title_of(form)) for form in forms]
        self.choices = [
            Choice(form, clues.get(form.measure_id, ""), box, self[_name_of(key_of(form))])
            for form, box in zip(forms, self.measures, strict=True)
        ]

    @property
    def chosen(self) -> Sequence[Choice]:
        return [choice for choice in self.choices if choice.box.checked]

    @property
    def texts(self) -> Sequence[Text]:
        """The texts for the measures that are ticked."""
        return [Text(choice.key, choice.field.data.strip()) for choice in self.chosen]


class AsideForm(StaffForm):
    """Why a message is no contribution."""

    reason = ChoiceField(
        "Pourquoi ?",
        [required(NO_REASON)],
        name="raison",
        id="raison",
        choices=[("", "Choisissez…")]
        + [
            (code, f"{label} (ouvre l'alerte)" if code == ALERTING else label)
            for code, label in STAFF_REASONS.items()
        ],
        invalid_choice_message=NO_REASON,
    )


class BulkForm(StaffForm):
    """Messages ticked in the list, and why they are no contributions."""

    messages = NamesField("Messages cochés", name="message", id="messages", default=())
    reason = ChoiceField(
        "Pourquoi ?",
        [required(NO_REASON)],
        name="raison",
        id="pourquoi",
        choices=[
            ("", "Choisissez…"),
            *((code, label) for code, label in STAFF_REASONS.items() if code != ALERTING),
        ],
        invalid_choice_message=NO_REASON,
    )
    confirmed = LineField(name="confirme")
    """Sent by the page that lists the messages."""

    def validate_messages(self, field: Field) -> None:
        if not field.data:
            raise ValidationError("Cochez au moins un message dans la liste.")


def conversion_form(
    formdata: MultiDict[str, str] | None,
    forms: Sequence[Form],
    message: IncomingMessage,
    clues: Mapping[int | None, str],
    sender: Sender,
) -> ConversionForm:
    """Return the form that converts a message, the measures of `clues` first, in their order.

    Each text begins with all that was kept of the message.
    """
    ranks = {measure_id: rank for rank, measure_id in enumerate(clues)}
    ordered = sorted(forms, key=lambda form: ranks.get(form.measure_id, len(ranks)))
    fields = {
        _name_of(key_of(form)): TextField(
            f"Texte pour {_title_of(form)}",
            [_text_rule(form)],
            rows=10,
            default=(message.kept or "").strip(),
        )
        for form in ordered
    }
    form_class: type[ConversionForm] = type("MessageConversionForm", (ConversionForm,), fields)
    return form_class(formdata, ordered, clues, sender)


def orphans(formdata: MultiDict[str, str], form: ConversionForm) -> Sequence[Text]:
    """Return the texts for measures that were ticked, and that have no form any more."""
    keys = {choice.key for choice in form.choices}
    return [
        Text(key, formdata.get(_name_of(key), "").strip())
        for key in form.measures.data
        if key not in keys
    ]


def key_of(form: Form) -> str:
    """Return the name of a form in the page: its measure's code, or the tool."""
    return form.code or TOOL


def _menu(labels: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str]]:
    offered = [(code, localized(label, DEFAULT_LOCALE)) for code, label in labels.items()]
    return [("", NOT_STATED), *offered]


def _name_of(key: str) -> str:
    return f"texte_{key}"


def _title_of(form: Form) -> str:
    return f"{key_of(form)} · {localized(form.title, DEFAULT_LOCALE)}"


def _text_rule(form: Form) -> Callable[[ConversionForm, Field], None]:
    """Return a validator that refuses an empty or too long text, if its measure is ticked."""

    def validate(conversion: ConversionForm, field: Field) -> None:
        if key_of(form) not in conversion.measures.data:
            return
        text = field.data.strip()
        excess = form.excess(text)
        if excess:
            raise ValidationError(
                f"Ce texte dépasse de {counted(excess, 'caractère', 'caractères')} les"
                f" {format_decimal(form.maximum)} possibles : raccourcissez-le."
            )
        if not text and key_of(form) not in conversion.answered:
            raise ValidationError(NO_TEXT)

    return validate
