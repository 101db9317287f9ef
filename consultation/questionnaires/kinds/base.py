"""What every kind of question does."""

import datetime
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from flask_babel import gettext as _
from wtforms import Field
from wtforms.validators import StopValidation

from consultation.questionnaires.instrument import Question


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

    @abstractmethod
    def values(self, question: Question, data: Any) -> Sequence[Value]:
        """Return the rows to store for the checked `data`; none when nothing was answered."""

    def codes(self, question: Question, data: Any) -> frozenset[str]:
        """Return the codes of the options chosen, which conditions look at."""
        return frozenset()


class Given:
    """Ends the checks of a field that was left empty: with a sentence when it is required."""

    def __init__(self, question: Question) -> None:
        self._is_required = question.is_required

    def __call__(self, form: Any, field: Field) -> None:
        """Raise StopValidation when nothing was given."""
        if field.data:
            return
        field.errors = []
        if self._is_required:
            raise StopValidation(_("Cette question attend une réponse : choisissez ou écrivez."))
        raise StopValidation
