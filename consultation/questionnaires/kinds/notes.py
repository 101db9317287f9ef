"""Note between questions: a text without an answer."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from consultation.i18n import localized
from consultation.questionnaires.form.instrument import Question
from consultation.questionnaires.kinds.base import Kind, Printed, Value

MARKDOWN = "Mise en forme : *italique*, **gras**, listes, liens."


class Note(Kind):
    """A text without answer."""

    macro = "note"
    takes_an_answer = False
    sentence = "Un texte entre deux questions, sans réponse."
    labels = MappingProxyType({"label": ("Texte", MARKDOWN)})

    def on_paper(self, question: Question, locale: str, labels: Mapping[str, str]) -> Printed:
        """Return the text alone."""
        return Printed(localized(question.label, locale))

    def field(self, question: Question) -> Any:
        """Return nothing: a note has no field."""

    def values(self, question: Question, data: Any) -> Sequence[Value]:
        """Return nothing: a note has no answer."""
        return []
