"""Text questions, short and long."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from wtforms import Field, StringField
from wtforms.validators import ValidationError

from consultation.questionnaires.form.instrument import Question
from consultation.questionnaires.kinds.base import AnswerGiven, Kind, Value
from consultation.text import clean_line, clean_text, length


class AtMost:
    """Validator of the length; pages set no `maxlength`, so that browsers cut nothing."""

    def __init__(self, maximum: int) -> None:
        self._maximum = maximum

    def __call__(self, form: Any, field: Field) -> None:
        excess = length(field.data or "") - self._maximum
        if excess > 0:
            raise ValidationError(
                _(
                    "Ce texte dépasse de %(excess)s caractères les %(maximum)s possibles :"
                    " raccourcissez-le.",
                    excess=excess,
                    maximum=self._maximum,
                )
            )


class ShortText(Kind):
    """One line."""

    macro = "short_text"

    def field(self, question: Question) -> Any:
        return StringField(
            filters=[lambda text: clean_line(text or "")],
            validators=[AnswerGiven(question, self), AtMost(question.settings["maximum"])],
        )

    def missing(self, question: Question, label: str) -> str:
        return str(_("Écrivez une réponse à « %(label)s ».", label=label))

    def longest(self, question: Question) -> int:
        maximum: int = question.settings["maximum"]
        return maximum

    def values(self, question: Question, data: Any) -> Sequence[Value]:
        return [Value(text=data)] if data else []


class LongText(ShortText):
    """Several lines."""

    macro = "long_text"

    def field(self, question: Question) -> Any:
        """Return a field that keeps line ends."""
        return StringField(
            filters=[lambda text: clean_text(text or "").strip()],
            validators=[AnswerGiven(question, self), AtMost(question.settings["maximum"])],
        )
