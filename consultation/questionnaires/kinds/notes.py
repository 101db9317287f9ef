"""Note between questions: a text without an answer."""

from collections.abc import Sequence
from typing import Any

from consultation.questionnaires.form.instrument import Question
from consultation.questionnaires.kinds.base import Kind, Value


class Note(Kind):
    """A text without answer."""

    macro = "note"
    takes_an_answer = False

    def field(self, question: Question) -> Any:
        """Return nothing: a note has no field."""

    def values(self, question: Question, data: Any) -> Sequence[Value]:
        """Return nothing: a note has no answer."""
        return []
