"""Base class of the question kinds, with the values that they store."""

import datetime
import enum
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, ClassVar

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import Field
from wtforms.validators import StopValidation

from consultation.i18n import Localized, localized
from consultation.questionnaires.form.instrument import Question
from consultation.questionnaires.models import Destination
from consultation.text import clean_text, length
from consultation.web.locale import current_locale


@dataclass(frozen=True)
class Value:
    """One row of an answer; exactly one of the first four is set, the others go with an option."""

    option_id: int | None = None
    number: float | None = None
    text: str | None = None
    date: datetime.date | None = None
    row_code: str = ""
    rank: int | None = None


def reply_of(option: str, row_code: str = "", rank: int | None = None) -> str:
    """Return a choice as one text: its code, after that of its row or before its rank.

    No code has a full stop.
    """
    return ".".join(str(part) for part in (row_code, option, rank) if part)


def part_code(question: str, part: str) -> str:
    """Return the code under which a part of a question is counted: a row, or an option's places."""
    return f"{question}.{part}" if part else question


def question_of(code: str) -> str:
    """Return the code of the question of a part: the inverse of `part_code`."""
    return code.partition(".")[0]


class Cells(enum.Enum):
    """What the cells of a question hold in the workbook."""

    TEXT = enum.auto()
    NUMBER = enum.auto()
    DATE = enum.auto()
    YES_NO = enum.auto()
    OPTION = enum.auto()
    OPTIONS = enum.auto()
    RATING = enum.auto()
    RANKS = enum.auto()


@dataclass(frozen=True)
class Printed:
    """A question as a blank form has it: boxes, the steps of a scale, or lines to write on.

    With rows, each has the boxes beside it, or a place for a number where there are none.
    """

    label: str
    options: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    lines: int = 0
    rows: list[str] = field(default_factory=list)


Rows = Mapping[str, Localized]
"""The rows of a question that are answered each by itself: labels by code."""


class Kind(ABC):
    """A kind of question, stateless; `KINDS` has the instance of each."""

    macro: ClassVar[str]
    """The macro of `questionnaires/form/_fields.html` that displays it."""
    sentence: ClassVar[str] = ""
    """What it is, for organisers, who may not choose one without a sentence."""
    takes_an_answer: ClassVar[bool] = True
    is_text: ClassVar[bool] = False
    has_options: ClassVar[bool] = False
    """Whether organisers write its options."""
    most_options: ClassVar[int] = 200
    takes_several: ClassVar[bool] = False
    may_control: ClassVar[bool] = True
    """Whether another question may depend on what is chosen."""
    is_ranked: ClassVar[bool] = False
    is_counted: ClassVar[bool] = False
    """Whether its answers are counted by what was chosen, and may be published so."""
    is_identifying: ClassVar[bool] = False
    """Whether one answer often tells who gave it: such figures are not published."""
    cells: ClassVar[Cells] = Cells.TEXT
    seconds: ClassVar[float] = 0
    """What a choice takes; what is written is reckoned for the whole form."""
    answered: ClassVar[float] = 0.5
    """Share of those who answer it in a demonstration."""
    settings: ClassVar[frozenset[str]] = frozenset()
    """The fields of the editor that it has, beside those of all questions that are answered."""
    labels: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """What a field of the editor is called, with its hint, where it calls it otherwise."""
    usual: ClassVar[tuple[str, str] | None] = None
    """The smallest and the largest number that its settings begin with."""
    wordings: ClassVar[Sequence[str]] = ()
    """The settings that are texts by language."""
    has_rows: ClassVar[bool] = False
    """Whether the setting `rows` is a list of rows, each a `code` and a `label` by language."""
    offers: ClassVar[Sequence[tuple[str, dict[str, str]]]] = ()
    """Options that every question of the kind has, by code and label, before its own."""

    def wrong_settings(
        self, settings: Mapping[str, Any], destination: Destination
    ) -> Iterator[tuple[str, str, str]]:
        """Yield the faults of settings: the field, what it is, and the remedy."""
        yield from ()

    def steps(self, settings: Mapping[str, Any]) -> range:
        """Return the ratings that may be given, none where it is no scale."""
        return range(0)

    def rows(self, settings: Mapping[str, Any]) -> Rows:
        """Return the rows that are answered each by itself, none for most kinds."""
        return {}

    def boxes(self, options: int, settings: Mapping[str, Any]) -> int:
        """Return how many fields a form with so many options sends at most."""
        return 1

    def sent(self, question: Question, posted: MultiDict[str, str]) -> list[str]:
        """Return the replies that a posted form holds, as drafts keep them."""
        return posted.getlist(question.name)

    def effort(self, question: Question) -> float:
        """Return the seconds that choosing takes."""
        return self.seconds

    def on_paper(self, question: Question, locale: str, labels: Mapping[str, str]) -> Printed:
        """Return the question as a blank form has it; `labels` are the words around it."""
        options = [localized(option.label, locale) for option in question.options]
        return Printed(localized(question.label, locale), options, lines=0 if options else 1)

    def invented(self, question: Question, chance: Random, texts: Sequence[str]) -> Any:
        """Return an answer for a demonstration, as a posted form would hold it."""
        # The first options are the likeliest, so that charts have a shape.
        place = int(len(question.options) * chance.random() ** 1.6)
        return [question.options[place].code]

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

    def parts_of(self, reply: str) -> tuple[str, str, int | None]:
        """Return the code of an option, its row and its rank: the inverse of `reply_of`."""
        return reply, "", None

    def worded(
        self, settings: Mapping[str, Any], label: str, row_code: str, rank: int | None, locale: str
    ) -> str:
        """Return a stored choice in words; `label` is that of its option."""
        return label

    def codes(self, question: Question, data: Any) -> frozenset[str]:
        """Return the codes chosen, which conditions compare."""
        return frozenset()

    def tallied(self, value: str, row_code: str, rank: int | None) -> Iterator[tuple[str, str]]:
        """Yield the parts of the question that a stored value counts for, each with its value.

        The part is empty for the question as a whole.
        """
        yield "", value


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
    Destination.CAPACITY: lambda: _("Indiquez à quel titre vous répondez."),
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
