"""Choice questions: single choice, multiple choice, yes or no."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from wtforms import Field
from wtforms.validators import ValidationError

from consultation.i18n import localized
from consultation.questionnaires.form.instrument import Question
from consultation.questionnaires.kinds.base import AnswerGiven, Cells, Kind, Printed, Value
from consultation.web.locale import in_each_language

SECONDS_PER_CHOICE = 3
"""The mental act, pointing and pressing of the keystroke-level model (Card, Moran and Newell,
1980): 1.35 + 1.1 + 0.2, rounded up."""


class CodesField(Field):
    """The codes chosen, as sent."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Keep each code once, without the empty one of a list's first line."""
        self.data = list(dict.fromkeys(code for code in valuelist if code))


def _offered(question: Question) -> Any:
    offered = {option.code for option in question.options}

    def check(form: Any, field: Field) -> None:
        if not offered.issuperset(field.data):
            raise ValidationError(_("Choisissez parmi les réponses proposées."))

    return check


def _only_one(form: Any, field: Field) -> None:
    if len(field.data) > 1:
        raise ValidationError(_("Choisissez une seule réponse."))


class MultipleChoice(Kind):
    """Any number of options, one row each."""

    macro = "multiple_choice"
    sentence = "Des réponses proposées, dont on coche autant qu'on veut."
    has_options = takes_several = is_counted = True
    cells = Cells.OPTIONS
    settings = frozenset({"options"})

    def field(self, question: Question) -> Any:
        """Return a field that accepts only codes that were offered."""
        return CodesField(validators=[AnswerGiven(question, self), _offered(question)])

    def values(self, question: Question, data: Any) -> Sequence[Value]:
        options = (question.option(code) for code in data or ())
        return [Value(option_id=option.id) for option in options if option]

    def boxes(self, options: int, settings: Mapping[str, Any]) -> int:
        return max(1, options) if self.takes_several else 1

    def missing(self, question: Question, label: str) -> str:
        return str(_("Choisissez une réponse à « %(label)s ».", label=label))

    def codes(self, question: Question, data: Any) -> frozenset[str]:
        return frozenset(data or ())


class SingleChoice(MultipleChoice):
    """One option; a long list is displayed as a drop-down list."""

    macro = "single_choice"
    sentence = "Des réponses proposées, dont on choisit une."
    takes_several = False
    cells = Cells.OPTION
    seconds = SECONDS_PER_CHOICE
    answered = 0.9

    def field(self, question: Question) -> Any:
        """Return a field that accepts one code that was offered."""
        return CodesField(validators=[AnswerGiven(question, self), _only_one, _offered(question)])


class YesNo(SingleChoice):
    """Yes or no; with the setting `statement`, a box ticked for yes."""

    macro = "yes_no"
    sentence = "Oui ou non, ou une phrase à cocher."
    has_options = False
    cells = Cells.YES_NO
    answered = 0.5
    settings = frozenset({"statement"})
    offers = (("yes", in_each_language("Oui")), ("no", in_each_language("Non")))

    def missing(self, question: Question, label: str) -> str:
        """Return the error, which for a statement names its box."""
        if question.settings.get("statement"):
            return str(_("Cochez la case « %(label)s ».", label=label))
        return super().missing(question, label)

    def on_paper(self, question: Question, locale: str, labels: Mapping[str, str]) -> Printed:
        """Return two boxes, or one with the statement beside it."""
        label = localized(question.label, locale)
        if question.settings.get("statement"):
            return Printed("", [label])
        return Printed(label, [labels["yes"], labels["no"]])

    def never_sent(self, settings: Mapping[str, Any]) -> frozenset[str]:
        """Return `no` for a statement, since an empty box sends nothing."""
        return frozenset({"no"} if settings.get("statement") else ())
