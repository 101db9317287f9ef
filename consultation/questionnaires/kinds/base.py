"""What every kind of question does."""

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
from consultation.text import length
from consultation.web.locale import current_locale


@dataclass(frozen=True)
class Value:
    """One row of an answer: exactly one of the four is given."""

    option_id: int | None = None
    number: float | None = None
    text: str | None = None
    date: datetime.date | None = None


class Kind(ABC):
    """One kind of question.  Stateless; `KINDS` holds the one object of each."""

    macro: ClassVar[str]
    """The macro of `questionnaires/_fields.html` that shows it."""
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
        """Return how many characters the longest right answer has, all its values together."""
        return sum(length(option.code) for option in question.options)

    @abstractmethod
    def values(self, question: Question, data: Any) -> Sequence[Value]:
        """Return the rows to store for the checked `data`; none when nothing was answered."""

    def missing(self, question: Question, label: str) -> str:
        """Return what to do where an answer is required and none was given; it names `label`."""
        return str(_("Répondez à « %(label)s ».", label=label))

    def codes(self, question: Question, data: Any) -> frozenset[str]:
        """Return the codes of the options chosen, which conditions look at."""
        return frozenset()


class Given:
    """Ends the checks of a field that was left empty: with a sentence when it is required."""

    def __init__(self, question: Question, kind: Kind) -> None:
        self._question, self._kind = question, kind

    def __call__(self, form: Any, field: Field) -> None:
        """Raise StopValidation when nothing was given."""
        if field.data:
            return
        field.errors = []
        if self._question.is_required:
            raise StopValidation(missing(self._question, self._kind))
        raise StopValidation


_MISSING: Mapping[Destination, Callable[[], str]] = {
    Destination.CAPACITY: lambda: _("Indiquez en quelle qualité vous répondez."),
    Destination.ORGANISATION: lambda: _("Indiquez votre organisation."),
    Destination.TERRITORY: lambda: _("Indiquez votre territoire."),
    Destination.NAME: lambda: _("Écrivez votre nom."),
    Destination.ADDRESS: lambda: _("Écrivez votre adresse électronique."),
}


def missing(question: Question, kind: Kind) -> str:
    """Return what to say where a required answer was not given; it names what is asked."""
    of_identity = _MISSING.get(question.destination)
    if of_identity is not None:
        return str(of_identity())
    return kind.missing(question, localized(question.label, current_locale()))
