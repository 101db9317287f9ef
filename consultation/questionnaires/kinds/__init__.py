"""Question kinds: one class each, listed in `KINDS`.

- base: base class of the kinds, with the values that they store
- choices: single choice, multiple choice, yes or no
- dates: date
- emails: e-mail address
- grids: matrix, ranking
- notes: text without answer
- numbers: number
- scales: rating on a scale
- texts: short and long text
"""

from collections.abc import Mapping
from types import MappingProxyType

from consultation.questionnaires.form.instrument import Question
from consultation.questionnaires.kinds.base import (
    Cells,
    Kind,
    Rows,
    Value,
    part_code,
    question_of,
    reply_of,
)
from consultation.questionnaires.kinds.choices import MultipleChoice, SingleChoice, YesNo
from consultation.questionnaires.kinds.dates import Date
from consultation.questionnaires.kinds.emails import Email
from consultation.questionnaires.kinds.grids import Matrix, Ranking
from consultation.questionnaires.kinds.notes import Note
from consultation.questionnaires.kinds.numbers import Number
from consultation.questionnaires.kinds.scales import Scale
from consultation.questionnaires.kinds.texts import LongText, ShortText
from consultation.questionnaires.models import QuestionKind

KINDS: Mapping[QuestionKind, Kind] = MappingProxyType(
    {
        QuestionKind.SINGLE_CHOICE: SingleChoice(),
        QuestionKind.MULTIPLE_CHOICE: MultipleChoice(),
        QuestionKind.YES_NO: YesNo(),
        QuestionKind.SCALE: Scale(),
        QuestionKind.MATRIX: Matrix(),
        QuestionKind.RANKING: Ranking(),
        QuestionKind.SHORT_TEXT: ShortText(),
        QuestionKind.LONG_TEXT: LongText(),
        QuestionKind.NUMBER: Number(),
        QuestionKind.DATE: Date(),
        QuestionKind.NOTE: Note(),
        QuestionKind.EMAIL: Email(),
    }
)
"""Each kind, in the order in which organisers choose."""


def kind_of(question: Question) -> Kind:
    return KINDS[question.kind]


__all__ = [
    "KINDS",
    "Cells",
    "Kind",
    "Rows",
    "Value",
    "kind_of",
    "part_code",
    "question_of",
    "reply_of",
]
