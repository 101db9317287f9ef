"""Date question: a day, picked or typed."""

from collections.abc import Sequence
from random import Random
from typing import Any

from flask_babel import gettext as _
from wtforms import Field, StringField
from wtforms.validators import ValidationError

from consultation.questionnaires.form.instrument import Question
from consultation.questionnaires.kinds.base import AnswerGiven, Cells, Kind, Value
from consultation.text import clean_line
from consultation.web.typography import parse_date

LONGEST = 40


class Date(Kind):
    """A day of the calendar."""

    macro = "date"
    sentence = "Un jour du calendrier."
    is_identifying = True
    cells = Cells.DATE

    def field(self, question: Question) -> Any:
        """Return a field that keeps what was typed and checks that such a day exists."""
        return StringField(
            filters=[lambda text: clean_line(text or "")],
            validators=[AnswerGiven(question, self), _exists],
        )

    def invented(self, question: Question, chance: Random, texts: Sequence[str]) -> Any:
        return "2026-06-30"

    def missing(self, question: Question, label: str) -> str:
        return str(_("Donnez une date en réponse à « %(label)s ».", label=label))

    def longest(self, question: Question) -> int:
        """Return more than any way to write a day takes."""
        return LONGEST

    def values(self, question: Question, data: Any) -> Sequence[Value]:
        day = parse_date(data or "")
        return [] if day is None else [Value(date=day)]


def _exists(form: Any, field: Field) -> None:
    if parse_date(field.data) is None:
        raise ValidationError(
            _("Cette date n'existe pas : écrivez jour/mois/année, par exemple 24/11/2026.")
        )
