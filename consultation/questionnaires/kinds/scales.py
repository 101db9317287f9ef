"""Scale question: a rating between labelled ends."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from types import MappingProxyType
from typing import Any

from flask_babel import gettext as _
from wtforms import Field
from wtforms.validators import ValidationError

from consultation.i18n import LOCALES, key_of
from consultation.questionnaires.form.instrument import Question
from consultation.questionnaires.kinds.base import AnswerGiven, Cells, Kind, Printed, Value
from consultation.questionnaires.kinds.choices import SECONDS_PER_CHOICE, CodesField
from consultation.questionnaires.models import Destination
from consultation.text import length
from consultation.web.locale import in_each_language

NO_OPINION = "none"


HIGHEST_STEP = 10
ENDS = ("low", "middle", "high")
"""The settings with the labels at the ends and in the middle of a scale."""
NO_OPINION_IN_DEMONSTRATIONS = 0.08


class Scale(Kind):
    """A whole number or « je ne sais pas », which counts as an answer."""

    macro = "scale"
    sentence = "Une note entre deux bouts nommés, ou « je ne sais pas »."
    is_counted = True
    cells = Cells.RATING
    seconds = SECONDS_PER_CHOICE
    answered = 0.85
    settings = frozenset(
        {"minimum", "maximum", *ENDS, *(key_of(end, tag) for end in ENDS for tag in LOCALES)}
    )
    labels = MappingProxyType(
        {
            "minimum": ("Premier nombre de l'échelle", "0 ou 1, le plus souvent."),
            "maximum": ("Dernier nombre de l'échelle", f"{HIGHEST_STEP} au plus."),
        }
    )
    usual = ("1", "9")
    wordings = ENDS
    offers = ((NO_OPINION, in_each_language("je ne sais pas")),)

    def steps(self, settings: Mapping[str, Any]) -> range:
        """Return the whole numbers of the scale, both ends included; none while it has no ends."""
        lowest, highest = settings.get("minimum"), settings.get("maximum")
        if not isinstance(lowest, int) or not isinstance(highest, int):
            return range(0)
        return range(lowest, highest + 1)

    def wrong_settings(
        self, settings: Mapping[str, Any], destination: Destination
    ) -> Iterator[tuple[str, str, str]]:
        """Refuse a scale without two different ends."""
        steps = self.steps(settings)
        if len(steps) < 2 or steps[0] < 0 or steps[-1] > HIGHEST_STEP:
            yield (
                "minimum",
                "l'échelle n'a pas deux bouts qui conviennent",
                f"Donnez deux nombres entiers de 0 à {HIGHEST_STEP}, le premier plus petit.",
            )

    def on_paper(self, question: Question, locale: str, labels: Mapping[str, str]) -> Printed:
        """Return the steps, and a box for who does not know."""
        printed = super().on_paper(question, locale, labels)
        has_box = question.settings.get("no_opinion")
        options = printed.options or ([labels["no_opinion"]] if has_box else [])
        return Printed(printed.label, options, [str(it) for it in self.steps(question.settings)])

    def invented(self, question: Question, chance: Random, texts: Sequence[str]) -> Any:
        """Return a rating about one that the question has of its own, or no opinion."""
        if chance.random() < NO_OPINION_IN_DEMONSTRATIONS:
            return [question.options[0].code]
        steps = self.steps(question.settings)
        lowest, highest = steps[0], steps[-1]
        liked = lowest + question.id % (highest - lowest + 1)
        return [str(round(chance.triangular(lowest, highest, liked)))]

    def field(self, question: Question) -> Any:
        """Return a field that accepts one step of the scale, or no opinion."""
        offered = {str(step) for step in self.steps(question.settings)} | {NO_OPINION}

        def check(form: Any, field: Field) -> None:
            if len(field.data) != 1 or field.data[0] not in offered:
                raise ValidationError(_("Choisissez une seule note de l'échelle."))

        return CodesField(validators=[AnswerGiven(question, self), check])

    def missing(self, question: Question, label: str) -> str:
        return str(
            _("Choisissez une note, ou « je ne sais pas », pour « %(label)s ».", label=label)
        )

    def longest(self, question: Question) -> int:
        return max(length(reply) for reply in (str(self.steps(question.settings)[-1]), NO_OPINION))

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
        highest = self.steps(question.settings)[-1]
        return tuple(
            _("%(rating)s sur %(highest)s", rating=label, highest=highest)
            if label.isdigit()
            else label
            for label in super().describe(question, typed, locale)
        )

    def codes(self, question: Question, data: Any) -> frozenset[str]:
        """Return the step chosen, as conditions name it."""
        return frozenset(data or ())
