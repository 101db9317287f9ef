"""What a version of a form asks anew or otherwise than an earlier one, as its reader sees it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from consultation.i18n import localized
from consultation.questionnaires.form.instrument import Instrument, Question, Section
from consultation.questionnaires.models import QuestionKind

Place = tuple[str, str]
"""The indicator's code or nothing, and the question's code: what stays from version to version."""


@dataclass(frozen=True)
class Renewal:
    """The questions of the later version that are new or reworded, by id."""

    added: frozenset[int]
    reworded: frozenset[int]
    indicators: frozenset[str]
    """The codes of the indicators whose wording has changed."""
    dropped_count: int
    """How many questions are asked no more."""


def renewal(before: Instrument, now: Instrument, locale: str) -> Renewal:
    """Return what the later version changes for a reader of `locale`."""
    asked_before = dict(_questions(before))
    asked_now = dict(_questions(now))
    return Renewal(
        added=frozenset(one.id for place, one in asked_now.items() if place not in asked_before),
        reworded=frozenset(
            one.id
            for place, one in asked_now.items()
            if place in asked_before
            and _wording(asked_before[place], locale) != _wording(one, locale)
        ),
        indicators=_reworded_indicators(before, now, locale),
        dropped_count=len(asked_before.keys() - asked_now.keys()),
    )


def _questions(form: Instrument) -> Iterator[tuple[Place, Question]]:
    for section in form.sections:
        for question in section.questions:
            if question.kind is not QuestionKind.NOTE:
                yield (section.indicator.code if section.indicator else "", question.code), question


def _wording(question: Question, locale: str) -> tuple[Any, ...]:
    return (
        question.kind,
        localized(question.label, locale),
        localized(question.hint, locale),
        [(option.code, localized(option.label, locale)) for option in question.options],
        _scale(question.settings, locale) if question.kind is QuestionKind.SCALE else None,
    )


def _scale(settings: Mapping[str, Any], locale: str) -> tuple[Any, ...]:
    ends = (localized(settings.get(end), locale) for end in ("low", "middle", "high"))
    return (settings.get("minimum"), settings.get("maximum"), *ends)


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
    shown = section.indicator
    assert shown is not None
    parts = (shown.label, shown.definition, shown.unit, shown.data_source, shown.baseline)
    return [localized(part, locale) for part in parts]
