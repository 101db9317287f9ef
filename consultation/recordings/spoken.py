"""Spoken texts: what can be read aloud, in one language, known by its digest."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from consultation.i18n import DEFAULT_LOCALE
from consultation.questionnaires.form.instrument import IndicatorWording, Question, Section
from consultation.questionnaires.models import RoundTextKind
from consultation.recordings.models import SpokenKind

ROUND_TEXTS = (RoundTextKind.HOME_LEAD, RoundTextKind.HOME_MORE, RoundTextKind.NOTICE)
"""The texts of a round that are read aloud: its title is one line above the first."""
Text = Mapping[str, str] | None


@dataclass(frozen=True)
class SpokenText:
    """A text to read aloud: its parts one after the other, as the page has them."""

    kind: SpokenKind
    code: str
    language: str
    parts: tuple[str, ...]

    @cached_property
    def digest(self) -> str:
        """By which a recording knows its text; another part or another word is another one."""
        return hashlib.sha256("\n\n".join((self.kind.value, *self.parts)).encode()).hexdigest()


def round_text(kind: RoundTextKind, content: Text, language: str) -> SpokenText | None:
    """What one reads of a text of a round, None where it is not written in the language."""
    return _spoken(SpokenKind.ROUND_TEXT, kind.value, language, [content])


def introduction(section: Section, language: str) -> SpokenText | None:
    """What one reads of a section before its questions."""
    code = section.code
    if section.indicator is not None:
        code = code.removesuffix(f".{section.indicator.code}")
    return _spoken(SpokenKind.SECTION, code, language, [section.intro])


def of_question(question: Question, language: str) -> SpokenText | None:
    """What one reads to answer a question: itself, its hint, its options and rows."""
    texts = [question.label, question.hint, *list(question.texts)[1:]]
    return _spoken(SpokenKind.QUESTION, question.code, language, texts)


def indicator(wording: IndicatorWording, language: str) -> SpokenText | None:
    """What one reads of an indicator above the questions about it."""
    texts = [wording.label, wording.definition, wording.unit, wording.data_source]
    return _spoken(SpokenKind.INDICATOR, wording.code, language, [*texts, wording.baseline])


def _spoken(kind: SpokenKind, code: str, language: str, texts: Iterable[Text]) -> SpokenText | None:
    """Leave out what is not there in French either; None where a part is in French alone."""
    written = [it for it in texts if it and it.get(DEFAULT_LOCALE, "").strip()]
    parts = tuple(it.get(language, "").strip() for it in written)
    return SpokenText(kind, code, language, parts) if parts and all(parts) else None
