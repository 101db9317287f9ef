"""What is crossed: how often each modality was chosen, by those of each capacity and territory."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from consultation.exporting.asked import Asked, Group
from consultation.exporting.selecting import TOOL
from consultation.plan.models import Indicator, IndicatorVersion, Measure
from consultation.questionnaires.kinds.scales import NO_OPINION
from consultation.questionnaires.models import (
    Destination,
    Option,
    Question,
    QuestionKind,
    Questionnaire,
)
from consultation.responses.models import Answer, Respondent, Response
from consultation.results.consensus import HIGH, HIGHEST, LOW, LOWEST, MIDDLE

CROSSABLE = (
    QuestionKind.SINGLE_CHOICE,
    QuestionKind.MULTIPLE_CHOICE,
    QuestionKind.YES_NO,
    QuestionKind.SCALE,
)
THIRDS = {"1-3": LOW, "4-6": MIDDLE, "7-9": HIGH}
"""The notes of a scale from 1 to 9 are counted by thirds, those of another one by one."""

NOBODY = ""
"""Stands for the territory of those who named none."""

Subject = tuple[str | None, str, str]
"""The codes of the indicator and of the question; between them that of the measure when no
indicator is spoken of: an indicator's answers count together wherever it was asked about."""

Cells = Mapping[Subject, Mapping[tuple[str, str], int]]
"""Counts by subject, then by modality and by the code of a capacity or a territory."""

Side = InstrumentedAttribute[str] | InstrumentedAttribute[str | None]


@dataclass(frozen=True)
class Crossed:
    """How often each modality was chosen."""

    answered: Mapping[Subject, int]
    """How many responses answer the question; where several may be chosen, fewer than choices."""
    by_capacity: Cells
    by_territory: Cells

    def total(self, subject: Subject, modality: str) -> int:
        """Return how many responses chose a modality."""
        cells = self.by_capacity.get(subject, {})
        return sum(count for (chosen, _), count in cells.items() if chosen == modality)

    def territories(self) -> set[str]:
        """Return every territory that occurs."""
        return {code for cells in self.by_territory.values() for _, code in cells}

    def capacities(self) -> set[str]:
        """Return every capacity that occurs."""
        return {code for cells in self.by_capacity.values() for _, code in cells}


def crossable(asked: Asked) -> list[Group]:
    """Return the questions of a round that can be crossed, those about indicators first."""
    groups = (*asked.groups(about_indicators=True), *asked.groups(about_indicators=False))
    return [group for group in groups if group.last.kind in CROSSABLE]


def modalities(group: Group) -> Mapping[str, str]:
    """Return the labels of what can be counted of a question, by code, in their order."""
    if group.last.kind is not QuestionKind.SCALE:
        return group.labels
    if _is_in_thirds(group):
        notes = {code: f"notes de {third[0]} à {third[-1]}" for code, third in THIRDS.items()}
    else:
        settings = group.last.settings
        steps = range(int(settings["minimum"]), int(settings["maximum"]) + 1)
        notes = {str(step): f"note {step}" for step in steps}
    return {**notes, NO_OPINION: group.labels.get(NO_OPINION, "sans avis")}


def subject_of(indicator: str | None, measure: str | None, question: str) -> Subject:
    """Return the key under which the answers to a question are counted."""
    return (indicator, "" if indicator else measure or TOOL, question)


def cross(instant: Session, asked: Asked, groups: Sequence[Group]) -> Crossed:
    """Count the answers to `groups`: three queries, grouped in SQL."""
    key = (Indicator.code, Measure.code, Question.code)
    answered: Counter[Subject] = Counter()
    responses = sa.func.count(Answer.response_id.distinct())
    for *about, count in instant.execute(_answers(asked, groups, *key, responses).group_by(*key)):
        answered[subject_of(*about)] += count
    return Crossed(
        answered,
        _by(instant, asked, groups, Respondent.capacity),
        _by(instant, asked, groups, Respondent.territory),
    )


def _is_in_thirds(group: Group) -> bool:
    settings = group.last.settings
    return (settings.get("minimum"), settings.get("maximum")) == (LOWEST, HIGHEST)


def _by(instant: Session, asked: Asked, groups: Sequence[Group], side: Side) -> Cells:
    by_code = {(_is_about_indicators(group), group.code): group for group in groups}
    key = (Indicator.code, Measure.code, Question.code, Option.code, Answer.number, side)
    rows = instant.execute(_answers(asked, groups, *key, sa.func.count()).group_by(*key))
    found: dict[Subject, Counter[tuple[str, str]]] = defaultdict(Counter)
    for indicator, measure, code, option, number, who, count in rows:
        group = by_code[indicator is not None, code]
        modality = option if option is not None else _note(group, number)
        found[subject_of(indicator, measure, code)][modality, who or NOBODY] += count
    return found


def _is_about_indicators(group: Group) -> bool:
    return group.last.version is not None


def _note(group: Group, number: float) -> str:
    if not _is_in_thirds(group):
        return str(int(number))
    return next(code for code, third in THIRDS.items() if int(number) in third)


def _answers(asked: Asked, groups: Sequence[Group], *columns: Any) -> sa.Select[*tuple[Any, ...]]:
    """Return the query of the answers to these questions, an indicator's wordings being one."""
    about: dict[bool, list[str]] = {True: [], False: []}
    for group in groups:
        about[_is_about_indicators(group)].append(group.code)
    is_about = Question.indicator_version_id.is_not(None)
    return (
        sa.select(*columns)
        .select_from(Answer)
        .join(Response, Response.id == Answer.response_id)
        .join(Response.respondent)
        .join(Response.questionnaire)
        .join(Question, Question.id == Answer.question_id)
        .outerjoin(Option, Option.id == Answer.option_id)
        .outerjoin(IndicatorVersion, IndicatorVersion.id == Question.indicator_version_id)
        .outerjoin(Indicator, Indicator.id == IndicatorVersion.indicator_id)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .where(
            asked.included,
            sa.or_(
                sa.and_(is_about, Question.code.in_(about[True])),
                sa.and_(~is_about, Question.code.in_(about[False])),
            ),
            Question.destination == Destination.ANSWER,
        )
    )
