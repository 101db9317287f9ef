"""The form of a measure as it would be published now, made without storing anything."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts import auditing
from consultation.accounts.models import AuditEvent
from consultation.plan.models import Indicator, Measure
from consultation.questionnaires import composing
from consultation.questionnaires.instrument import (
    IndicatorShown,
    Instrument,
    Option,
    Question,
    Section,
)
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import (
    Outline,
    OutlineQuestion,
    OutlineSection,
    written_question,
)

NOTED_EVERY = timedelta(hours=1)
NOTE = "form_previewed"


def instrument_for(
    outline: Outline, consultation_round: Round, measure: Measure | None
) -> Instrument:
    """Return the form; its ids are those of this form alone, and of no row."""
    ids = count(1)
    return Instrument(
        id=0,
        public_id="",
        round_id=consultation_round.id,
        measure_id=measure.id if measure else None,
        version=0,
        title=composing.title_for(measure),
        sections=tuple(_section(*part, ids) for part in composing.parts_for(outline, measure)),
    )


def note_opened(
    session: Session, actor_id: int, consultation_round: Round, width: str, at: datetime
) -> None:
    """Note that an account looked at a form at a width, once an hour at most."""
    seen = session.scalars(
        sa.select(AuditEvent.details).where(
            AuditEvent.account_id == actor_id,
            AuditEvent.action == NOTE,
            AuditEvent.subject == consultation_round.code,
            AuditEvent.happened_at > at - NOTED_EVERY,
        )
    )
    if not any((details or {}).get("width") == width for details in seen):
        auditing.record(session, actor_id, NOTE, consultation_round.code, {"width": width}, at=at)


def _section(section: OutlineSection, about: Indicator | None, ids: Iterator[int]) -> Section:
    return Section(
        code=composing.code_for(section, about),
        title=about.version.label if about else section.title or {},
        intro=section.intro,
        questions=tuple(_question(question, about, ids) for question in section.questions),
        indicator=_shown(about) if about else None,
    )


def _shown(about: Indicator) -> IndicatorShown:
    version = about.version
    return IndicatorShown(
        code=about.code,
        is_shipped=about.is_shipped,
        label=version.label,
        definition=version.definition,
        unit=version.unit,
        data_source=version.data_source,
        baseline=version.baseline,
    )


def _question(asked: OutlineQuestion, about: Indicator | None, ids: Iterator[int]) -> Question:
    return Question(
        id=next(ids),
        code=asked.code,
        kind=asked.kind,
        destination=asked.destination,
        label=asked.label,
        hint=asked.hint,
        is_required=asked.is_required,
        needs_care=asked.needs_care,
        settings=asked.settings,
        condition=written_question(asked)["condition"],
        block=about.version.id if about else None,
        options=tuple(
            Option(number, code, label)
            for number, (code, label) in enumerate(composing.options_of(asked), 1)
        ),
    )
