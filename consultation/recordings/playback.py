"""Playback: the recordings of the texts of a page, by the names of their files.

A text that has changed since it was read aloud has none, and so has one in another language.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from consultation.questionnaires.form.instrument import Instrument
from consultation.questionnaires.form.rendering import SILENT, Sounds
from consultation.questionnaires.models import RoundTextKind
from consultation.questionnaires.rounds.texts import TextInForce
from consultation.recordings import spoken
from consultation.recordings.models import Recording
from consultation.recordings.spoken import SpokenText


class RecordingsState(NamedTuple):
    """What changes with every recording that is added or removed."""

    total: int
    last: int


_RECORDING = Recording.__table__.c
COUNT = sa.select(sa.func.count(_RECORDING.id)).scalar_subquery()
LAST = sa.select(sa.func.coalesce(sa.func.max(_RECORDING.id), 0)).scalar_subquery()
"""For the query by which a page reads what else it needs."""


def state(session: Session) -> RecordingsState:
    return RecordingsState(*session.execute(sa.select(COUNT, LAST)).one())


def sounds_of(
    session: Session, instrument: Instrument, language: str, state: RecordingsState
) -> Sounds:
    """Ask once what of a form can be played in a language; not at all without recordings."""
    if not state.total:
        return SILENT
    sections = {it.code: spoken.introduction(it, language) for it in instrument.sections}
    indicators = {
        it.code: spoken.indicator(it.indicator, language)
        for it in instrument.sections
        if it.indicator
    }
    questions = {it.id: spoken.of_question(it, language) for it in instrument.questions}
    texts = [*sections.values(), *indicators.values(), *questions.values()]
    names = _file_names(session, language, texts)
    return Sounds(
        state,
        introductions={key: names[it] for key, it in sections.items() if it in names},
        indicators={key: names[it] for key, it in indicators.items() if it in names},
        questions={key: names[it] for key, it in questions.items() if it in names},
    )


def sounds_of_round(
    session: Session, texts: Mapping[RoundTextKind, TextInForce], language: str
) -> Mapping[RoundTextKind, str]:
    """Ask once what of the texts of a round can be played in a language."""
    by_kind = {
        kind: spoken.round_text(kind, texts[kind].content, language)
        for kind in spoken.ROUND_TEXTS
        if kind in texts
    }
    names = _file_names(session, language, by_kind.values())
    return {kind: names[it] for kind, it in by_kind.items() if it in names}


def by_file_name(session: Session, public_id: str) -> Recording | None:
    """Return a recording with its content."""
    return session.scalars(
        sa.select(Recording)
        .where(Recording.public_id == public_id)
        .options(undefer(Recording.content))
    ).one_or_none()


def _file_names(
    session: Session, language: str, texts: Iterable[SpokenText | None]
) -> Mapping[SpokenText | None, str]:
    """The names of the files of the texts that have one; the same words have the same file."""
    wanted = [it for it in texts if it is not None]
    query = sa.select(Recording.digest, Recording.public_id, Recording.format).where(
        Recording.language == language, Recording.digest.in_({it.digest for it in wanted})
    )
    by_digest = {
        digest: f"{public_id}.{format.value}"
        for digest, public_id, format in session.execute(query.order_by(Recording.id))
    }
    return {it: by_digest[it.digest] for it in wanted if it.digest in by_digest}
