"""Base class of the question kinds, with the values that they store."""

import datetime
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from flask_babel import gettext as _
from wtforms import Field
from wtforms.validators import StopValidation

from consultation.i18n import localized
from consultation.questionnaires.form.instrument import Question
from consultation.questionnaires.models import Destination
from consultation.text import clean_text, length
from consultation.web.locale import current_locale


@dataclass(frozen=True)
class Value:
    """One row of an answer; exactly one of the four is set."""

    option_id: int | None = None
    number: float | None = None
    text: str | None = None
    date: datetime.date | None = None


class Kind(ABC):
    """A kind of question, stateless; `KINDS` has the instance of each."""

    macro: ClassVar[str]
    """The macro of `questionnaires/form/_fields.html` that displays it."""
    takes_an_answer: ClassVar[bool] = True
    offers: ClassVar[Sequence[tuple[str, dict[str, str]]]] = ()
    """Options that every question of the kind has, by code and label, before its own."""

    def never_sent(self, settings: Mapping[str, Any]) -> frozenset[str]:
        """Return the codes of `offers` that no form with these settings can send."""
        return frozenset()

    @abstractmethod
    def field(self, question: Question) -> Any:
        """Return the unbound WTForms field that reads and checks one question."""

    def longest(self, question: Question) -> int:
        """Return the length of the longest valid answer, all its values together."""
        return sum(length(option.code) for option in question.options)

    @abstractmethod
    def values(self, question: Question, data: Any) -> Sequence[Value]:
        """Return the rows to store for checked `data`, none for no answer."""

    def missing(self, question: Question, label: str) -> str:
        """Return the error of a required question left empty, which names it by `label`."""
        return str(_("Répondez à « %(label)s ».", label=label))

    def describe(self, question: Question, typed: Sequence[str], locale: str) -> tuple[str, ...]:
        """Return an answer as the form words it in a language, without blanks."""
        labels = []
        for text in filter(None, map(clean_text, typed)):
            option = question.option(text)
            labels.append(localized(option.label, locale) if option else text)
        return tuple(labels)

    def codes(self, question: Question, data: Any) -> frozenset[str]:
        """Return the codes chosen, which conditions compare."""
        return frozenset()


class AnswerGiven:
    """Validator that ends the checks of an empty field, with an error if it is required."""

    def __init__(self, question: Question, kind: Kind) -> None:
        self._question, self._kind = question, kind

    def __call__(self, form: Any, field: Field) -> None:
        if field.data:
            return
        field.errors = []
        if self._question.is_required:
            raise StopValidation(missing(self._question, self._kind))
        raise StopValidation


_MISSING: Mapping[Destination, Callable[[], str]] = {
    Destination.CAPACITY: lambda: _("Choisissez en tant que quoi vous répondez."),
    Destination.ORGANISATION: lambda: _("Indiquez votre organisation."),
    Destination.TERRITORY: lambda: _("Indiquez votre territoire."),
    Destination.NAME: lambda: _("Écrivez votre nom."),
    Destination.ADDRESS: lambda: _("Écrivez votre adresse électronique."),
}


def missing(question: Question, kind: Kind) -> str:
    """Return the error of a required question left empty."""
    of_identity = _MISSING.get(question.destination)
    if of_identity is not None:
        return str(of_identity())
    return kind.missing(question, localized(question.label, current_locale()))
