"""Scale question: a rating between labelled ends."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from wtforms import Field
from wtforms.validators import ValidationError

from consultation.questionnaires.form.instrument import Question
from consultation.questionnaires.kinds.base import AnswerGiven, Kind, Value
from consultation.questionnaires.kinds.choices import CodesField
from consultation.text import length

NO_OPINION = "none"


def steps(question: Question) -> range:
    """Return the whole numbers of the scale, both ends included."""
    return range(question.settings["minimum"], question.settings["maximum"] + 1)


class Scale(Kind):
    """A whole number or « je ne sais pas », which counts as an answer."""

    macro = "scale"
    offers = ((NO_OPINION, {"fr": "je ne sais pas", "en": "I don't know"}),)

    def field(self, question: Question) -> Any:
        """Return a field that accepts one step of the scale, or no opinion."""
        offered = {str(step) for step in steps(question)} | {NO_OPINION}

        def check(form: Any, field: Field) -> None:
            if len(field.data) != 1 or field.data[0] not in offered:
                raise ValidationError(_("Choisissez une seule note de l'échelle."))

        return CodesField(validators=[AnswerGiven(question, self), check])

    def missing(self, question: Question, label: str) -> str:
        return str(
            _("Choisissez une note, ou « je ne sais pas », pour « %(label)s ».", label=label)
        )

    def longest(self, question: Question) -> int:
        return max(length(reply) for reply in (str(steps(question)[-1]), NO_OPINION))

    def values(self, question: Question, data: Any) -> Sequence[Value]:
        """Return the number, or the option when there is no opinion."""
        if not data:
            return []
        if data[0] == NO_OPINION:
            option = question.option(NO_OPINION)
            return [Value(option_id=option.id)] if option else []
        return [Value(number=float(data[0]))]

    def describe(self, question: Question, typed: Sequence[str], locale: str) -> tuple[str, ...]:
        """Return a rating with the number that it is out of: « 7 sur 9 »."""
        highest = steps(question)[-1]
        return tuple(
            _("%(rating)s sur %(highest)s", rating=label, highest=highest)
            if label.isdigit()
            else label
            for label in super().describe(question, typed, locale)
        )

    def codes(self, question: Question, data: Any) -> frozenset[str]:
        """Return the step chosen, as conditions name it."""
        return frozenset(data or ())
