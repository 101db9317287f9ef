"""Validation of a posted form: each answer against its question.

A question whose condition fails is excluded: its answer is neither checked nor kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms.form import BaseForm
from wtforms.meta import DefaultMeta

from consultation.questionnaires.form.instrument import Instrument, Question
from consultation.questionnaires.kinds import Value, kind_of
from consultation.questionnaires.models import Destination, Quotation


def find_controller(instrument: Instrument, question: Question) -> Question | None:
    """Return the question on which `question` depends, None when it is always asked."""
    if question.condition is None:
        return None
    wanted = question.condition["question"]
    return next(
        other
        for other in instrument.questions
        if other.code == wanted and other.block == question.block
    )


def find_excluded(instrument: Instrument, codes: Mapping[int, frozenset[str]]) -> frozenset[int]:
    """Return the ids of questions whose condition fails, given the chosen codes by question id."""
    out: set[int] = set()
    for question_id, other_id, any_of in _conditions(instrument):
        chosen = codes.get(other_id, frozenset())
        if other_id in out or chosen.isdisjoint(any_of):
            out.add(question_id)
    return frozenset(out)


def _conditions(instrument: Instrument) -> list[tuple[int, int, Any]]:
    """Return question, controller and codes of each condition, cached."""
    if "conditions" not in instrument.cache:
        instrument.cache["conditions"] = [
            (question.id, other.id, question.condition["any_of"])
            for question in instrument.questions
            if question.condition and (other := find_controller(instrument, question))
        ]
    made: list[tuple[int, int, Any]] = instrument.cache["conditions"]
    return made


@dataclass(frozen=True)
class Checked:
    """The outcome of a check; the form can be stored if it `is_valid`."""

    typed: Mapping[int, Sequence[str]]
    """What was sent by question id, unchanged, to be displayed again."""
    errors: Mapping[int, Sequence[str]]
    values: Mapping[int, Any]
    """The checked value by question id, without questions excluded or unanswered."""
    general: Sequence[str] = field(default=())
    """The errors of the form as a whole."""
    missing: frozenset[int] = frozenset()
    """The questions of `errors` that were left empty: their error names the question."""
    answers: Sequence[tuple[Question, Value]] = ()
    """The values to store in the order of the form, none while there are errors; see `rows`."""

    @property
    def is_valid(self) -> bool:
        return not self.errors and not self.general


def _answerable(instrument: Instrument) -> list[tuple[Question, Any]]:
    """Return the questions that take an answer with their unbound field, made once."""
    if "answerable" not in instrument.cache:
        instrument.cache["answerable"] = [
            (question, kind_of(question).field(question))
            for question in instrument.questions
            if kind_of(question).takes_an_answer
        ]
    made: list[tuple[Question, Any]] = instrument.cache["answerable"]
    return made


def _process(instrument: Instrument, typed: Mapping[int, Sequence[str]]) -> BaseForm:
    """Return the checked fields of questions that were answered or are required.

    The others are empty and valid, and cost nothing.
    """
    fields = [
        (question, field)
        for question, field in _answerable(instrument)
        if question.is_required or any(typed[question.id])
    ]
    form = BaseForm([(question.name, field) for question, field in fields], meta=DefaultMeta())
    form.process(MultiDict({question.name: typed[question.id] for question, _field in fields}))
    form.validate()
    return form


def check(instrument: Instrument, sent: MultiDict[str, str]) -> Checked:
    """Check a posted form; questions whose condition fails are neither checked nor kept."""
    questions = [question for question, _field in _answerable(instrument)]
    typed = {question.id: kind_of(question).sent(question, sent) for question in questions}
    form = _process(instrument, typed)
    read = [(question, form[question.name]) for question in questions if question.name in form]
    codes = {question.id: kind_of(question).codes(question, field.data) for question, field in read}
    out = find_excluded(instrument, codes)
    values = {
        question.id: field.data for question, field in read if field.data and question.id not in out
    }
    errors = {
        question.id: list(field.errors)
        for question, field in read
        if field.errors and question.id not in out
    }
    errors = _contradiction_errors(instrument, values) | errors
    return Checked(
        typed=typed,
        errors=errors,
        values=values,
        general=() if errors else _blank_errors(instrument, values),
        missing=frozenset(question.id for question, field in read if not field.data),
        answers=() if errors else rows(instrument, values),
    )


def _blank_errors(instrument: Instrument, values: Mapping[int, Any]) -> Sequence[str]:
    answered = any(
        question.destination is Destination.ANSWER and question.id in values
        for question in instrument.questions
    )
    if answered:
        return ()
    return (_("Vous n'avez encore rien dit : répondez à une question au moins, à votre choix."),)


def rows(instrument: Instrument, values: Mapping[int, Any]) -> list[tuple[Question, Value]]:
    """Return the values of answers to store, in the order of the form."""
    return [
        (question, value)
        for question in instrument.questions
        if question.destination is Destination.ANSWER and question.id in values
        for value in kind_of(question).values(question, values[question.id])
    ]


def _contradiction_errors(
    instrument: Instrument, values: Mapping[int, Any]
) -> dict[int, list[str]]:
    """Return by question id the errors of consents that contradict what else was given.

    Questions are found by destination, since their codes may change.
    """
    questions = _by_destination(instrument)
    errors: dict[int, list[str]] = {}
    given = {destination: values.get(it.id) for destination, it in questions.items()}
    address = questions.get(Destination.ADDRESS)
    if address and not given[Destination.ADDRESS] and _says(given, Destination.CONSENT_CONTACT):
        errors[address.id] = [
            _(
                "Écrivez votre adresse pour que le collectif puisse vous écrire, ou décochez"
                " cet accord."
            )
        ]
    named = questions.get(Destination.CONSENT_NAMED)
    if (
        named
        and _says(given, Destination.CONSENT_ANONYMOUS)
        and _says(given, Destination.CONSENT_NAMED)
    ):
        errors[named.id] = [
            _(
                "Vous acceptez que l'on vous cite à la fois sans votre nom et avec votre nom :"
                " gardez un seul de ces deux accords."
            )
        ]
    return errors | _unnamed_errors(questions, given)


def _unnamed_errors(
    questions: Mapping[Destination, Question], given: Mapping[Destination, Any]
) -> dict[int, list[str]]:
    """Return the error of the name of someone who wants it quoted and gives none."""
    name = questions.get(Destination.NAME)
    if name is None or given.get(Destination.NAME) or given.get(Destination.ORGANISATION):
        return {}
    if not _says(given, Destination.CONSENT_QUOTATION, Quotation.NAMED):
        return {}
    return {
        name.id: [
            _(
                "Écrivez votre nom ou celui de votre organisation, ou choisissez d'être cité"
                " sans votre nom."
            )
        ]
    }


def _by_destination(instrument: Instrument) -> dict[Destination, Question]:
    """Return the questions about the person, from the cache after the first time."""
    if "about the person" not in instrument.cache:
        instrument.cache["about the person"] = {
            question.destination: question
            for question in instrument.questions
            if question.destination is not Destination.ANSWER
        }
    made: dict[Destination, Question] = instrument.cache["about the person"]
    return made


def _says(given: Mapping[Destination, Any], consent: Destination, code: str = "yes") -> bool:
    return code in (given.get(consent) or ())
