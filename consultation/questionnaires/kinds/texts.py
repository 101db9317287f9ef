"""Text questions, short and long."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any, ClassVar

from flask_babel import gettext as _
from wtforms import Field, StringField
from wtforms.validators import ValidationError

from consultation.i18n import localized
from consultation.questionnaires.form.instrument import Question
from consultation.questionnaires.kinds.base import AnswerGiven, Kind, Printed, Value
from consultation.questionnaires.models import Destination
from consultation.text import clean_line, clean_text, length

LONGEST_ANSWER = 20_000
LONGEST_ORGANISATION = 300
"""The length of the column of the contact."""
MOST_SENTENCES = 3
"""Of an invented answer."""


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
    sentence = "Une ligne : un nom, un lieu, une source."
    is_text = True
    answered = 0.35
    settings = frozenset({"maximum", "needs_care"})
    usual = ("", "200")
    lines: ClassVar[int] = 1
    """Lines to write on, on paper."""

    def wrong_settings(
        self, settings: Mapping[str, Any], destination: Destination
    ) -> Iterator[tuple[str, str, str]]:
        """Refuse a text without a length."""
        is_organisation = destination is Destination.ORGANISATION
        longest = LONGEST_ORGANISATION if is_organisation else LONGEST_ANSWER
        highest = settings.get("maximum")
        if not isinstance(highest, int) or not 1 <= highest <= longest:
            yield (
                "maximum",
                "la longueur de la réponse n'est pas fixée",
                f"Donnez un nombre de caractères, de 1 à {longest}.",
            )

    def on_paper(self, question: Question, locale: str, labels: Mapping[str, str]) -> Printed:
        return Printed(localized(question.label, locale), lines=self.lines)

    def invented(self, question: Question, chance: Random, texts: Sequence[str]) -> Any:
        return chance.choice(texts).replace("\n", " ")

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
    sentence = "Plusieurs lignes, relues avant toute publication."
    answered = 0.45
    usual = ("", "5000")
    lines = 3

    def invented(self, question: Question, chance: Random, texts: Sequence[str]) -> Any:
        """Return a few sentences."""
        return " ".join(chance.choices(texts, k=chance.randint(1, MOST_SENTENCES)))

    def field(self, question: Question) -> Any:
        """Return a field that keeps line ends."""
        return StringField(
            filters=[lambda text: clean_text(text or "").strip()],
            validators=[AnswerGiven(question, self), AtMost(question.settings["maximum"])],
        )
