"""Diff of two versions of a form: questions that the later one adds, rewords or drops.

A wording counts as changed in the language of the reader only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from consultation.i18n import localized
from consultation.questionnaires.form.instrument import Instrument, Question, Section
from consultation.questionnaires.kinds import kind_of

Place = tuple[str, str]
"""The codes of indicator, if any, and question, which are the same in every version."""


@dataclass(frozen=True)
class VersionChanges:
    """What a later version changes; questions by their id in that version."""

    added: frozenset[int]
    reworded: frozenset[int]
    indicators: frozenset[str]
    """The codes of the indicators whose wording has changed."""
    dropped_count: int
    """How many questions are no longer asked."""


def compare_versions(before: Instrument, now: Instrument, locale: str) -> VersionChanges:
    """Compare two versions for a reader of `locale`."""
    asked_before = dict(_questions(before))
    asked_now = dict(_questions(now))
    return VersionChanges(
        added=frozenset(
            question.id for place, question in asked_now.items() if place not in asked_before
        ),
        reworded=frozenset(
            question.id
            for place, question in asked_now.items()
            if place in asked_before
            and _wording(asked_before[place], locale) != _wording(question, locale)
        ),
        indicators=_reworded_indicators(before, now, locale),
        dropped_count=len(asked_before.keys() - asked_now.keys()),
    )


def _questions(form: Instrument) -> Iterator[tuple[Place, Question]]:
    for section in form.sections:
        for question in section.questions:
            if kind_of(question).takes_an_answer:
                yield (section.indicator.code if section.indicator else "", question.code), question


def _wording(question: Question, locale: str) -> tuple[Any, ...]:
    rows = kind_of(question).rows(question.settings)
    return (
        question.kind,
        localized(question.label, locale),
        localized(question.hint, locale),
        [(option.code, localized(option.label, locale)) for option in question.options],
        _steps(question, locale),
        [(code, localized(label, locale)) for code, label in rows.items()],
    )


def _steps(question: Question, locale: str) -> tuple[Any, ...]:
    kind, settings = kind_of(question), question.settings
    return (kind.steps(settings), *(localized(settings.get(it), locale) for it in kind.wordings))


def _reworded_indicators(before: Instrument, now: Instrument, locale: str) -> frozenset[str]:
    known = {
        section.indicator.code: _heading(section, locale)
        for section in before.sections
        if section.indicator
    }
    return frozenset(
        section.indicator.code
        for section in now.sections
        if section.indicator
        and section.indicator.code in known
        and known[section.indicator.code] != _heading(section, locale)
    )


def _heading(section: Section, locale: str) -> list[str]:
    indicator = section.indicator
    assert indicator is not None
    parts = (
        indicator.label,
        indicator.definition,
        indicator.unit,
        indicator.data_source,
        indicator.baseline,
    )
    return [localized(part, locale) for part in parts]
