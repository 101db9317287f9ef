"""Queries of recordings: what of a round can be read aloud, and what is recorded of it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.models import Account
from consultation.i18n import DEFAULT_LOCALE, among_locales
from consultation.plan import queries as plan_queries
from consultation.questionnaires.form.instrument import Instrument
from consultation.questionnaires.models import Round, RoundTextKind
from consultation.questionnaires.outline import store
from consultation.questionnaires.publication import build
from consultation.questionnaires.publication.publish import live_measures
from consultation.questionnaires.rounds.texts import TextInForce
from consultation.recordings import spoken
from consultation.recordings.models import Recording, SpokenKind
from consultation.recordings.spoken import SpokenText

TextKey = tuple[SpokenKind, str]
"""The kind of a text and its code."""


@dataclass(frozen=True)
class StoredRecording:
    """A recording without its content, and who put it there: None where the account is gone."""

    recording: Recording
    by: str | None


@dataclass(frozen=True)
class ReadableText:
    """A text that can be read aloud, and what is recorded of it."""

    text: SpokenText
    current: StoredRecording | None
    """The recording of this very text, which visitors can play."""
    earlier: Sequence[StoredRecording]
    """Those of what it was before, which is on no new form any more."""


@dataclass(frozen=True)
class Readable:
    """What of a round can be read aloud in a language."""

    texts: Sequence[ReadableText]
    untranslated: int
    """How many texts are not there in the language, or not whole."""
    left: Sequence[StoredRecording]
    """Recordings of texts that the round does not have."""


def readable(
    session: Session,
    consultation_round: Round,
    texts: Mapping[RoundTextKind, TextInForce],
    language: str,
) -> Readable:
    """Return the texts of a round as it is prepared now: its own, its questions, its indicators."""
    forms = _forms(session, consultation_round)
    by_key = _by_key(forms, texts, language)
    stored = _stored(session, language)
    rows = [_row(text, [it for it in stored if _key(it) == key]) for key, text in by_key.items()]
    lacking = _by_key(forms, texts, DEFAULT_LOCALE).keys() - by_key.keys()
    return Readable(rows, len(lacking), [it for it in stored if _key(it) not in by_key])


def languages(session: Session, consultation_round: Round) -> tuple[str, ...]:
    """Return the languages of a round, and those in which there are recordings all the same."""
    stored = set(session.scalars(sa.select(Recording.language).distinct()))
    return among_locales({*consultation_round.locales, *stored})


def names_of(session: Session, codes: Collection[str]) -> dict[str, str]:
    """Name what was recorded, in three queries: a text of a round, a question or an indicator."""
    of_rounds = {it.value: f"« {it.label} »" for it in spoken.ROUND_TEXTS}
    return {
        **of_rounds,
        **store.names_of(session, codes),
        **plan_queries.names_of(session, codes),
    }


def _forms(session: Session, consultation_round: Round) -> Sequence[Instrument]:
    """The forms of a round as they would be published now, that of the tool first."""
    outline = store.working(session, consultation_round)
    measures = [None, *live_measures(session)]
    return [build.instrument_for(outline, consultation_round, it) for it in measures]


def _by_key(
    forms: Sequence[Instrument], texts: Mapping[RoundTextKind, TextInForce], language: str
) -> Mapping[TextKey, SpokenText]:
    """Each text once, in the order in which visitors meet them, the indicators last."""
    of_round = (spoken.round_text(it, texts[it].content, language) for it in spoken.ROUND_TEXTS)
    written = [it for it in (*of_round, *_texts(forms, language)) if it is not None]
    written.sort(key=lambda it: it.kind is SpokenKind.INDICATOR)
    by_key: dict[TextKey, SpokenText] = {}
    for text in written:
        by_key.setdefault((text.kind, text.code), text)
    return by_key


def _texts(forms: Sequence[Instrument], language: str) -> Iterator[SpokenText | None]:
    for form in forms:
        for section in form.sections:
            yield spoken.introduction(section, language)
            if section.indicator is not None:
                yield spoken.indicator(section.indicator, language)
            for question in section.questions:
                yield spoken.of_question(question, language)


def _stored(session: Session, language: str) -> Sequence[StoredRecording]:
    rows = session.execute(
        sa.select(Recording, Account.email)
        .outerjoin(Account, Account.id == Recording.account_id)
        .where(Recording.language == language)
        .order_by(Recording.recorded_at.desc(), Recording.id.desc())
    )
    return [StoredRecording(recording, by) for recording, by in rows]


def _row(text: SpokenText, stored: Sequence[StoredRecording]) -> ReadableText:
    current = [it for it in stored if it.recording.digest == text.digest]
    earlier = [it for it in stored if it.recording.digest != text.digest]
    return ReadableText(text, next(iter(current), None), earlier)


def _key(stored: StoredRecording) -> TextKey:
    return stored.recording.kind, stored.recording.code
