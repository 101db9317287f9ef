"""Instrument of a form: a published questionnaire as frozen dataclasses.

Each is loaded once a process and shared by its requests.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from consultation.i18n import DEFAULT_LOCALE, is_french, lacking
from consultation.plan.models import Indicator, IndicatorVersion
from consultation.questionnaires import models
from consultation.questionnaires.models import CONSENTS, Destination, QuestionKind


@dataclass(frozen=True)
class Option:
    """An option of a question; answers refer to its `id`."""

    id: int
    code: str
    label: Mapping[str, str]


@dataclass(frozen=True)
class Question:
    """A question as it was published."""

    id: int
    code: str
    kind: QuestionKind
    destination: Destination
    label: Mapping[str, str]
    hint: Mapping[str, str] | None
    is_required: bool
    needs_care: bool
    settings: Mapping[str, Any]
    condition: Mapping[str, Any] | None
    block: int | None
    """The indicator version it is about; conditions refer to questions of the same block."""
    options: tuple[Option, ...] = ()

    @cached_property
    def name(self) -> str:
        """The name of its form field, which no attribute of a WTForms form can have."""
        return f"question_{self.id}"

    @property
    def texts(self) -> Iterator[Mapping[str, str]]:
        """What is read to answer: the question, options, rows, and words beside a scale."""
        yield self.label
        yield from (it.label for it in self.options)
        yield from _localized_in(self.settings)

    def option(self, code: str) -> Option | None:
        """Return the option that was offered under `code`, or None."""
        return next((option for option in self.options if option.code == code), None)


def _localized_in(settings: Any) -> Iterator[Mapping[str, str]]:
    """The localized texts among settings of a question, however deep."""
    if isinstance(settings, Mapping) and DEFAULT_LOCALE in settings:
        yield settings
    elif isinstance(settings, Mapping):
        yield from (text for value in settings.values() for text in _localized_in(value))
    elif isinstance(settings, list | tuple):
        yield from (text for value in settings for text in _localized_in(value))


@dataclass(frozen=True)
class Section:
    """A titled group of questions with an introduction."""

    code: str
    title: Mapping[str, str]
    intro: Mapping[str, str] | None
    questions: tuple[Question, ...]
    indicator: "IndicatorWording | None" = None

    @property
    def is_about_the_person(self) -> bool:
        """Whether it asks who answers, and nothing else."""
        return all(it.destination is not Destination.ANSWER for it in self.questions)


@dataclass(frozen=True)
class IndicatorWording:
    """The wording of the indicator that a section is about."""

    code: str
    is_shipped: bool
    label: Mapping[str, str]
    definition: Mapping[str, str] | None
    unit: Mapping[str, str] | None
    data_source: Mapping[str, str] | None
    baseline: Mapping[str, str] | None


@dataclass(frozen=True)
class FormMeasure:
    """The measure that a form is about, as its page names it."""

    code: str
    is_shipped: bool


@dataclass(frozen=True)
class Instrument:
    """A published questionnaire; equal to another by content, without the cache."""

    id: int
    public_id: str
    round_id: int
    measure_id: int | None
    version: int
    title: Mapping[str, str]
    sections: tuple[Section, ...]
    cache: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """What was computed from it once, such as the rendered fields by language."""
    indicator_count: int = field(init=False)
    """How many indicators it asks about; none on the form of the tool."""

    def __post_init__(self) -> None:
        count = sum(section.indicator is not None for section in self.sections)
        object.__setattr__(self, "indicator_count", count)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Every question, in the order of the page."""
        return tuple(question for section in self.sections for question in section.questions)

    @cached_property
    def consents(self) -> tuple[Question, ...]:
        """What one may agree to, in the order of the page."""
        return tuple(it for it in self.questions if it.destination in CONSENTS)

    @cached_property
    def lacking(self) -> frozenset[str]:
        """The tags of the languages in which a part of it is French."""
        return frozenset(tag for text in self.texts for tag in lacking(text))

    @cached_property
    def unanswerable(self) -> frozenset[str]:
        """The tags of the languages in which a required question or a consent is French."""
        needed = (it for it in self.questions if it.is_required or it.destination in CONSENTS)
        texts = (text for question in needed for text in question.texts)
        return frozenset(tag for text in texts for tag in lacking(text) if not is_french(tag))

    @property
    def texts(self) -> Iterator[Mapping[str, str] | None]:
        """Every text of the form; None or empty where one is not written."""
        yield self.title
        for section in self.sections:
            yield from (section.title, section.intro)
            if (wording := section.indicator) is not None:
                yield from (wording.label, wording.definition, wording.unit)
                yield from (wording.data_source, wording.baseline)
        for question in self.questions:
            yield from (question.hint, *question.texts)

    @property
    def needs_care(self) -> bool:
        """Whether somebody might be recognised in an answer."""
        return any(question.needs_care for question in self.questions)


class InstrumentCache:
    """The last instruments that this process loaded, at most `size`, by public id."""

    def __init__(self, size: int = 256) -> None:
        self._size = size
        self._read: dict[str, Instrument] = {}
        self._lock = Lock()

    def take(self, session: Session, public_id: str) -> Instrument | None:
        """Return the instrument of that id, loaded if need be, or None."""
        instrument = self._read.get(public_id)
        if instrument is None:
            instrument = load(session, public_id)
            if instrument is not None:
                self._put(instrument)
        return instrument

    def _put(self, instrument: Instrument) -> None:
        with self._lock:
            while len(self._read) >= self._size:
                self._read.pop(next(iter(self._read)))
            self._read[instrument.public_id] = instrument


def load(session: Session, public_id: str) -> Instrument | None:
    """Load a published questionnaire in a fixed number of queries."""
    stored = session.scalars(
        sa.select(models.Questionnaire)
        .where(
            models.Questionnaire.public_id == public_id,
            models.Questionnaire.published_at.is_not(None),
        )
        .options(
            selectinload(models.Questionnaire.sections),
            selectinload(models.Questionnaire.questions).selectinload(models.Question.options),
        )
    ).one_or_none()
    if stored is None:
        return None
    indicators = _indicators(session, stored)
    questions: dict[int, list[Question]] = {section.id: [] for section in stored.sections}
    for question in stored.questions:
        questions[question.section_id].append(_question(question))
    return Instrument(
        id=stored.id,
        public_id=stored.public_id,
        round_id=stored.round_id,
        measure_id=stored.measure_id,
        version=stored.version,
        title=stored.title,
        sections=tuple(
            _section(section, questions[section.id], indicators) for section in stored.sections
        ),
    )


def _indicators(session: Session, stored: models.Questionnaire) -> dict[int, IndicatorWording]:
    wanted = {question.indicator_version_id for question in stored.questions} - {None}
    rows = session.execute(
        sa.select(IndicatorVersion, Indicator)
        .join(Indicator)
        .where(IndicatorVersion.id.in_(wanted))
    )
    return {
        version.id: IndicatorWording(
            code=indicator.code,
            is_shipped=indicator.is_shipped,
            label=version.label,
            definition=version.definition,
            unit=version.unit,
            data_source=version.data_source,
            baseline=version.baseline,
        )
        for version, indicator in rows
    }


def _section(
    section: models.Section, questions: list[Question], indicators: Mapping[int, IndicatorWording]
) -> Section:
    block = questions[0].block if questions else None
    return Section(
        code=section.code,
        title=section.title,
        intro=section.intro,
        questions=tuple(questions),
        indicator=None if block is None else indicators[block],
    )


def _question(question: models.Question) -> Question:
    return Question(
        id=question.id,
        code=question.code,
        kind=question.kind,
        destination=question.destination,
        label=question.label,
        hint=question.hint,
        is_required=question.is_required,
        needs_care=question.needs_care,
        settings=question.settings,
        condition=question.condition,
        block=question.indicator_version_id,
        options=tuple(Option(option.id, option.code, option.label) for option in question.options),
    )
