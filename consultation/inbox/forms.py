"""The form that converts a message: the measures that were ticked, and a text for each."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request
from flask_babel import format_decimal

from consultation.inbox.labels import FORM_GONE
from consultation.inbox.models import IncomingMessage
from consultation.responses.staff.queries import TOOL
from consultation.responses.transcription import Form
from consultation.text import clean


@dataclass(frozen=True)
class Choice:
    """A form that a text may go to: whether it is ticked, the text, and what is wrong with it."""

    form: Form
    clue: str
    is_chosen: bool
    text: str

    @property
    def key(self) -> str:
        """What stands for the form in the page: its measure's code, or the tool."""
        return self.form.code or TOOL

    @property
    def field(self) -> str:
        """The name of the field that holds the text."""
        return f"texte_{self.key}"

    @property
    def fault(self) -> str:
        """What to do about the text, or nothing."""
        excess = self.form.excess(self.text)
        if excess:
            return (
                f"Ce texte dépasse de {format_decimal(excess)} signe{'s' if excess > 1 else ''} les"
                f" {format_decimal(self.form.maximum)} possibles : raccourcissez-le."
            )
        if not self.text:
            return "Ce texte est vide : écrivez-le, ou décochez cette mesure."
        return ""


@dataclass(frozen=True)
class Orphan:
    """A text that was sent for a form which is there no more."""

    key: str
    text: str


def proposed(
    forms: Sequence[Form], message: IncomingMessage, clues: dict[int, str]
) -> list[Choice]:
    """Return the choices as the page first offers them: what is proposed is ticked, on top."""
    choices = [
        Choice(form, clues.get(form.measure_id or 0, ""), form.measure_id in clues, _kept(message))
        for form in forms
    ]
    return _proposed_first(choices, clues)


def posted(forms: Sequence[Form], message: IncomingMessage, clues: dict[int, str]) -> list[Choice]:
    """Return the choices as they were sent; a measure ticked just now gets the whole text."""
    ticked = request.form.getlist("mesure")
    choices = []
    for form in forms:
        key = form.code or TOOL
        text = request.form.get(f"texte_{key}")
        choices.append(
            Choice(
                form,
                clues.get(form.measure_id or 0, ""),
                key in ticked,
                _kept(message) if text is None else clean(text).strip(),
            )
        )
    return _proposed_first(choices, clues)


def orphans(choices: Sequence[Choice]) -> list[Orphan]:
    """Return the texts for measures that were ticked, and whose form has gone since."""
    there = {choice.key for choice in choices}
    gone = [key for key in request.form.getlist("mesure") if key not in there]
    return [Orphan(key, clean(request.form.get(f"texte_{key}", "")).strip()) for key in gone]


def gone(left: Sequence[Orphan], choices: Sequence[Choice]) -> list[tuple[str, str]]:
    """Return what to say of each text whose form has gone, and where."""
    field = "mesures" if choices else "etat"
    return [(field, FORM_GONE.format(key=one.key)) for one in left]


def faults(choices: Sequence[Choice]) -> list[tuple[str, str]]:
    """Return for each thing to correct the id to go to, and what to do there."""
    chosen = [choice for choice in choices if choice.is_chosen]
    if not chosen:
        return [
            ("mesures", "Cochez au moins une mesure : une contribution répond à l'une d'elles.")
        ]
    return [(choice.field, f"{choice.key} : {choice.fault}") for choice in chosen if choice.fault]


def _kept(message: IncomingMessage) -> str:
    return (message.kept or "").strip()


def _proposed_first(choices: list[Choice], clues: dict[int, str]) -> list[Choice]:
    ranks = {measure_id: rank for rank, measure_id in enumerate(clues)}
    return sorted(choices, key=lambda choice: ranks.get(choice.form.measure_id or 0, len(ranks)))
