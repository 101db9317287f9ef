"""Read what was typed in a form and say, question by question, what is right and what is not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import Form

from consultation.questionnaires.conditions import ruled_out
from consultation.questionnaires.instrument import Instrument, Question
from consultation.questionnaires.kinds import Value, kind_of
from consultation.questionnaires.models import Destination


@dataclass(frozen=True)
class Checked:
    """A form as it was read; `errors` is empty when it can be stored."""

    typed: Mapping[int, Sequence[str]]
    """What was sent, by question id, to the letter: shown again on a refusal."""
    errors: Mapping[int, Sequence[str]]
    values: Mapping[int, Any]
    """The checked value by question id, of those that are asked and answered."""
    general: Sequence[str] = field(default=())
    """What is wrong with the form as a whole."""

    @property
    def is_valid(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.errors and not self.general


def form_class(instrument: Instrument) -> type[Form]:
    """Return the form that reads the instrument, made once."""
    if "form" not in instrument.cache:
        fields = {
            question.name: kind_of(question).field(question)
            for question in instrument.questions
            if kind_of(question).takes_an_answer
        }
        instrument.cache["form"] = type("QuestionnaireForm", (Form,), fields)
    made: type[Form] = instrument.cache["form"]
    return made


def check(instrument: Instrument, sent: MultiDict[str, str]) -> Checked:
    """Read `sent`; what a condition rules out is neither checked nor kept."""
    form = form_class(instrument)(sent)
    form.validate()
    asked = [question for question in instrument.questions if question.name in form]
    given = {question.id: form[question.name].data for question in asked}
    codes = {
        question.id: kind_of(question).codes(question, given[question.id]) for question in asked
    }
    out = ruled_out(instrument, codes)
    values = {id_: value for id_, value in given.items() if value and id_ not in out}
    errors = {
        question.id: list(form[question.name].errors)
        for question in asked
        if form[question.name].errors and question.id not in out
    }
    return Checked(
        typed={question.id: sent.getlist(question.name) for question in asked},
        errors=errors,
        values=values,
        general=() if errors else _blank(instrument, values),
    )


def _blank(instrument: Instrument, values: Mapping[int, Any]) -> Sequence[str]:
    answered = any(
        question.destination is Destination.ANSWER and question.id in values
        for question in instrument.questions
    )
    if answered:
        return ()
    return (_("Vous n'avez encore rien dit : répondez à une question au moins, à votre choix."),)


def rows(instrument: Instrument, values: Mapping[int, Any]) -> list[tuple[Question, Value]]:
    """Return the answers to store, in the order of the form."""
    return [
        (question, value)
        for question in instrument.questions
        if question.destination is Destination.ANSWER and question.id in values
        for value in kind_of(question).values(question, values[question.id])
    ]
