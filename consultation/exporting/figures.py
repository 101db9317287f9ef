"""The figures of a workbook: every answer that can be counted, for everybody and for each part."""

import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.exporting.asked import Asked, Group
from consultation.exporting.selecting import TOOL, Agreement
from consultation.plan.models import Indicator, Measure
from consultation.questionnaires.kinds.scales import NO_OPINION
from consultation.questionnaires.models import QuestionKind, Questionnaire
from consultation.responses.models import Standing
from consultation.results import counting, maintaining
from consultation.results.cells import ANSWERED, RESPONSES, Cell
from consultation.results.consensus import HIGH, HIGHEST, LOW, LOWEST, MIDDLE
from consultation.results.figures import stored_cells
from consultation.results.models import TallySide
from consultation.results.reading import QuestionTally
from consultation.results.tallies import Ratings

CROSSABLE = (
    QuestionKind.SINGLE_CHOICE,
    QuestionKind.MULTIPLE_CHOICE,
    QuestionKind.YES_NO,
    QuestionKind.SCALE,
)
MEASURES_AT_A_TIME = 10
ON_NINE = (LOWEST, HIGHEST)

THIRDS = {"1-3": LOW, "4-6": MIDDLE, "7-9": HIGH}
"""The notes of a scale from 1 to 9 are counted by thirds, those of another one by one."""

Subject = tuple[str | None, str, str]
"""The codes of the indicator and of the question; between them that of the measure when no
indicator is spoken of: an indicator's answers count together wherever it was asked about."""

EVERYBODY = (TallySide.ALL, "")
VOICES = (TallySide.VOICE, "")
Part = tuple[str, str]
"""Whose answers are counted: a side of the respondents, and which of it."""


@dataclass(frozen=True)
class Figures:
    """How often each value was given, by part of the respondents and by subject."""

    by_part: Mapping[Part, Mapping[Subject, QuestionTally]]
    other_scales: Collection[Subject] = ()
    """What is rated on another scale than that from 1 to 9."""

    def tally(self, subject: Subject, part: Part = EVERYBODY) -> QuestionTally:
        """Return what a part of the respondents say, an empty tally when they say nothing."""
        return self.by_part.get(part, {}).get(subject, QuestionTally())

    def codes(self, side: TallySide) -> set[str]:
        """Return what occurs of one side."""
        return {code for one, code in self.by_part if one == side}

    def ratings(self, subject: Subject, *parts: Part) -> Ratings:
        """Return the notes that these parts of the respondents gave, together."""
        notes: Counter[int] = Counter()
        no_opinion = 0
        for part in parts:
            theirs = self.tally(subject, part).ratings
            notes.update(theirs.by_note)
            no_opinion += theirs.no_opinion
        return Ratings(notes, no_opinion, subject not in self.other_scales)

    def ratings_by_capacity(self, subject: Subject) -> Mapping[str, Ratings]:
        """Return the notes of those of each capacity, by its code."""
        return {
            code: self.ratings(subject, (TallySide.CAPACITY, code))
            for code in self.codes(TallySide.CAPACITY)
        }


def standing(*standings: Standing) -> list[Part]:
    """Return the parts of those of whom this is known."""
    return [(TallySide.STANDING, one.value) for one in standings]


def subject_of(indicator: str | None, measure: str | None, question: str) -> Subject:
    """Return the key under which the answers to a question are counted."""
    return (indicator, "" if indicator else measure or TOOL, question)


def figures_of(instant: Session, asked: Asked, codes: Collection[str]) -> Figures:
    """Count the answers of the responses of a workbook to the questions of these codes."""
    indicators = dict(instant.execute(sa.select(Indicator.id, Indicator.code)).all())
    measures = dict(instant.execute(sa.select(Measure.id, Measure.code)).all())
    found: dict[Part, dict[Subject, dict[str, int]]] = defaultdict(dict)
    once: dict[Subject, Subject] = {}
    for cell, count in _cells(instant, asked, codes):
        indicator = None if cell.indicator_id is None else indicators[cell.indicator_id]
        measure = None if cell.measure_id is None else measures[cell.measure_id]
        subject = subject_of(indicator, measure, cell.question)
        # The same words come for every part of the respondents, and each time anew.
        subject, value = once.setdefault(subject, subject), sys.intern(cell.value)
        counts = found[cell.side, cell.side_code].setdefault(subject, {})
        counts[value] = counts.get(value, 0) + count
    return Figures(
        {
            part: {subject: _tally(counts) for subject, counts in by_subject.items()}
            for part, by_subject in found.items()
        },
        _other_scales(asked),
    )


def _other_scales(asked: Asked) -> frozenset[Subject]:
    return frozenset(
        subject_of(one.version.code if one.version else None, one.form.measure, one.code)
        for one in asked.questions
        if one.ends not in (None, ON_NINE)
    )


def _cells(instant: Session, asked: Asked, codes: Collection[str]) -> Iterator[tuple[Cell, int]]:
    """Give what the worker keeps counted, and count what it has not yet, or what is filtered.

    What it has not is known at the same instant; it is counted some measures at a time, which
    bounds the memory.
    """
    of_forms = asked.selection.forms(asked.round_id)
    ids = instant.scalars(sa.select(Questionnaire.measure_id).where(of_forms).distinct()).all()
    kept = _kept(instant, asked, ids)
    for measure_id in kept:
        found = stored_cells(instant, asked.round_id, measure_id, TallySide)
        yield from ((cell, n) for cell, n in found.items() if cell.question in {*codes, RESPONSES})
    rest = [measure_id for measure_id in ids if measure_id not in kept]
    for start in range(0, len(rest), MEASURES_AT_A_TIME):
        yield from counting.count(
            instant,
            asked.round_id,
            measures=rest[start : start + MEASURES_AT_A_TIME],
            where=[asked.selection.agreed()],
            codes=codes,
        ).items()


def _kept(instant: Session, asked: Asked, ids: Collection[int | None]) -> Collection[int | None]:
    """Return those of the measures (None: the tool) whose tallies are what the answers say."""
    if asked.selection.agreement is not Agreement.ANY:
        return ()
    waiting = maintaining.waiting(instant)
    return set(ids) - {one.measure_id for one in waiting if one.round_id == asked.round_id}


def _tally(counts: dict[str, int]) -> QuestionTally:
    return QuestionTally(counts.pop(ANSWERED, 0), counts)


def crossable(asked: Asked, chosen: Collection[str]) -> list[Group]:
    """Return those of the questions of these codes that can be crossed, about indicators first."""
    groups = (*asked.groups(about_indicators=True), *asked.groups(about_indicators=False))
    return [group for group in groups if group.code in chosen and group.last.kind in CROSSABLE]


def modalities(group: Group) -> Mapping[str, str]:
    """Return the labels of what is counted of a question, by code, in their order."""
    if group.last.kind is not QuestionKind.SCALE:
        return group.labels
    if _is_in_thirds(group):
        notes = {code: f"notes de {third[0]} à {third[-1]}" for code, third in THIRDS.items()}
    else:
        ends = [one for one in group.ends if one]
        steps = range(min(low for low, _ in ends), max(high for _, high in ends) + 1)
        notes = {str(step): f"note {step}" for step in steps}
    return {**notes, NO_OPINION: group.labels.get(NO_OPINION, "sans avis")}


def modality_count(group: Group, tally: QuestionTally, modality: str) -> int:
    """Return how many chose a modality."""
    if modality not in THIRDS or not _is_in_thirds(group):
        return tally.by_value.get(modality, 0)
    return sum(tally.by_value.get(str(note), 0) for note in THIRDS[modality])


def _is_in_thirds(group: Group) -> bool:
    return group.ends == {ON_NINE}
