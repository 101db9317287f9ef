"""Estimated duration of a form, shown until enough respondents have taken a real one.

One reads once what several indicators ask alike, chooses an answer to most closed questions, and
writes a sentence or two about every other indicator and once about the measure.
"""

import re
from collections.abc import Iterator, Mapping
from math import ceil

from consultation.questionnaires.form.instrument import Instrument, Section
from consultation.questionnaires.kinds import kind_of

READING_PACE = 195
"""Words a minute, silently, in French: IReST (Trauzettel-Klosinski and Dietz, 2012), slower than in
English (228)."""
TYPING_PACE = 36
"""Words a minute, on a phone: Palin et al., « How do people type on mobile devices? » (2019)."""
COMMENT_LENGTH = 25
"""In words; assumed, a sentence or two."""
WORD = re.compile(r"\w+")


def minutes_for(instrument: Instrument, *, is_known: bool = False) -> int:
    """Estimate the minutes for a form, without the questions on the person where they are known."""
    sections = [
        section for section in instrument.sections if not (is_known and section.is_about_the_person)
    ]
    questions = [question for section in sections for question in section.questions]
    length = sum(len(WORD.findall(text)) for text in _texts_to_read(sections))
    seconds = sum(kind_of(question).effort(question) for question in questions)
    comments = 1 + instrument.indicator_count / 2
    minutes = length / READING_PACE + seconds / 60 + comments * COMMENT_LENGTH / TYPING_PACE
    return max(1, ceil(minutes))


def _texts_to_read(sections: list[Section]) -> set[str]:
    return {
        text["fr"]
        for section in sections
        for text in _texts(section)
        if text is not None and text.get("fr")
    }


def _texts(section: Section) -> Iterator[Mapping[str, str] | None]:
    yield from (section.title, section.intro)
    if section.indicator is not None:
        yield section.indicator.definition
    for question in section.questions:
        yield from (question.label, question.hint)
        if len(question.options) <= 8:  # a longer list is looked up in, not read through
            yield from (option.label for option in question.options)
        yield from kind_of(question).rows(question.settings).values()
