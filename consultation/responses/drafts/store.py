"""Draft store: saves, finds and ends drafts, within a quota."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from consultation.db.inserts import insert_once
from consultation.db.stale import StaleEdit
from consultation.questionnaires.form import instrument as instruments
from consultation.questionnaires.form.instrument import Instrument, Question
from consultation.questionnaires.kinds import kind_of
from consultation.questionnaires.models import Destination, Questionnaire, Round
from consultation.questionnaires.models import Question as Question_
from consultation.responses.models import Draft
from consultation.responses.rights import erasure
from consultation.responses.submission.key import SubmissionKey
from consultation.text import clean, length

TIMES_LONGEST = 2
"""How often the longest right answer fits into the field of a draft, which is not yet finished."""

MOST_KEPT = 8 * 1024 * 1024
"""Bytes that the drafts of one respondent may take in the database.

Sixty measures of three indicators fit, every text at its longest and all in accents.  All of it is
read at each sending, while others wait to write.
"""


class DraftsFull(Exception):
    """The drafts of the respondent would hold more together than is kept for anybody."""


def errors(
    instrument: Instrument, typed: Mapping[int, Sequence[str]]
) -> Mapping[int, Sequence[str]]:
    """Return, by question id, what to say of the fields that hold too much even for a draft."""
    sentences = (
        (question.id, _sentence(question, typed.get(question.id, ())))
        for question in instrument.questions
        if kind_of(question).takes_an_answer
    )
    return {question_id: [sentence] for question_id, sentence in sentences if sentence}


def _sentence(question: Question, values: Sequence[str]) -> str | None:
    longest = kind_of(question).longest(question)
    size = sum(map(length, values)) + max(0, len(values) - 1)
    if size <= TIMES_LONGEST * longest:
        return None
    sentence: str = _(
        "Ce texte dépasse de %(excess)s signes les %(maximum)s possibles : raccourcissez-le.",
        excess=size - longest,
        maximum=longest,
    )
    return sentence


def growth(session: Session, respondent_id: int, measure_id: int | None, fields: str) -> int:
    """Return how many bytes more than now a draft would take with `fields`; 0 where it shrinks."""
    stored = (
        sa.select(sa.func.coalesce(sa.func.max(_size()), 0))
        .join(Questionnaire)
        .where(
            Draft.respondent_id == respondent_id,
            Questionnaire.measure_id.is_not_distinct_from(measure_id),
        )
    )
    return max(0, encrypted_size(fields) - session.scalars(stored).one())


def encrypted_size(fields: str) -> int:
    """Return about how many bytes a text takes once it is encrypted: a third more."""
    return len(fields.encode()) * 4 // 3


def _size() -> sa.Function[int]:
    return sa.func.length(Draft.fields, type_=sa.Integer)


def check(session: Session, respondent_id: int, stored: Draft | None, fields: str) -> None:
    """Raise `DraftsFull` where too much would be kept, with `fields` in place of `stored`.

    Asked of the sizes alone, of which a database reads no text.  Whoever calls holds the
    respondent, so that no two forms are saved into the same room.
    """
    size = sa.func.coalesce(sa.func.sum(_size()), 0)
    others = sa.select(size).where(Draft.respondent_id == respondent_id)
    if stored is not None:
        others = others.where(Draft.id != stored.id)
    if session.scalars(others).one() + encrypted_size(fields) > MOST_KEPT:
        raise DraftsFull


DRAFT = "le brouillon"
"""What `StaleEdit` names."""
KEPT_AFTER_CLOSING = timedelta(days=30)

Typed = Mapping[int, Sequence[str]]
"""What was typed, by question id, to the letter."""


def find(session: Session, respondent_id: int, measure_id: int | None) -> Draft | None:
    """Return the respondent's draft on a measure (None: on the tool), whatever the version."""
    return session.scalars(
        _on(respondent_id, measure_id).order_by(Draft.saved_at.desc()).limit(1)
    ).one_or_none()


def measures_begun(session: Session, respondent_id: int) -> set[int | None]:
    """Return the measures on which the respondent has a draft; None is the tool as a whole."""
    rows = session.scalars(
        sa.select(Questionnaire.measure_id)
        .join(Draft, Draft.questionnaire_id == Questionnaire.id)
        .where(Draft.respondent_id == respondent_id)
    )
    return set(rows)


def forms_begun(session: Session, respondent_id: int) -> Sequence[Questionnaire]:
    """Return the forms of which the respondent has a draft, the last saved first."""
    return session.scalars(
        sa.select(Questionnaire)
        .join(Draft, Draft.questionnaire_id == Questionnaire.id)
        .where(Draft.respondent_id == respondent_id)
        .order_by(Draft.saved_at.desc())
    ).all()


def save(
    session: Session,
    respondent_id: int,
    instrument: Instrument,
    typed: Typed,
    *,
    key: SubmissionKey,
    seen: int,
    at: datetime,
    is_last: bool = False,
) -> int:
    """Keep what was typed in the form of `key`, over revision `seen` of the draft (0: none).

    Or, where it is the last of its page (`is_last`), over the one that this form of a space saved:
    the answer that told it may be lost.  What a script saves may come late, and be older.  Return
    the revision that now says it: the one that is there, when it says the same.  Raise
    `StaleEdit` when another is there that says otherwise, or `DraftsFull`; nothing is then
    written.
    """
    if erasure.is_erased(session, respondent_id):
        raise StaleEdit(DRAFT)
    stored = find(session, respondent_id, instrument.measure_id)
    if stored is not None and says(stored, instrument, typed):
        return stored.revision
    over = stored.revision if stored else 0
    if over != seen and not (is_last and _is_last_saved_by(stored, key)):
        raise StaleEdit(DRAFT, at=stored.saved_at if stored else None)
    fields = written(instrument, typed)
    check(session, respondent_id, stored, fields)
    values = {
        "questionnaire_id": instrument.id,
        "fields": fields,
        "revision": over + 1,
        "saved_by": key.id,
        "saved_at": at,
    }
    if not _write(session, stored, values, respondent_id):
        raise StaleEdit(DRAFT)
    return over + 1


def _write(
    session: Session, stored: Draft | None, values: Mapping[str, Any], respondent_id: int
) -> bool:
    """Write a draft, over the stored one if any; say no where another was at this moment."""
    if stored is None:
        row = {**values, "respondent_id": respondent_id}
        return insert_once(session, Draft, row) is not None
    written = (
        sa.update(Draft)
        .where(Draft.id == stored.id, Draft.revision == stored.revision)
        .values(values)
        .returning(Draft.id)
    )
    return session.execute(written).scalar_one_or_none() is not None


def _is_last_saved_by(stored: Draft | None, key: SubmissionKey) -> bool:
    # Who goes back to a public form has seen the draft in its space meanwhile, and is asked.
    return stored is not None and key.holder is not None and stored.saved_by == key.id


def says(draft: Draft, instrument: Instrument, typed: Typed) -> bool:
    """Say whether the draft is of that very form, and holds what was typed.

    A browser sends other line ends by a button than by its script: what counts is what is kept of a
    text once it is sent.
    """
    return draft.questionnaire_id == instrument.id and (
        _cleaned(draft.fields) == _cleaned(written(instrument, typed))
    )


def _cleaned(fields: str) -> Mapping[str, Sequence[str]]:
    return {place: list(map(clean, typed)) for place, typed in json.loads(fields).items()}


def typed_of(instrument: Instrument, draft: Draft) -> dict[int, Sequence[str]]:
    """Return what the draft holds for the questions of `instrument`, found again by their codes."""
    fields: Mapping[str, Sequence[str]] = json.loads(draft.fields)
    return {
        question.id: fields[place] for place, question in _places(instrument) if place in fields
    }


def forget_identity(session: Session, respondent_id: int) -> None:
    """Take out of the respondent's drafts what they said of themself, now that it is kept apart.

    What an older draft says would bring back an address or an agreement that was taken back since.
    """
    kept = session.scalars(sa.select(Draft).where(Draft.respondent_id == respondent_id)).all()
    asked = sa.select(Question_.code).where(
        Question_.questionnaire_id.in_({draft.questionnaire_id for draft in kept}),
        Question_.destination != Destination.ANSWER,
    )
    of_person = {f"/{code}" for code in session.scalars(asked)} if kept else set()
    for draft in kept:
        fields: dict[str, Any] = json.loads(draft.fields)
        left = {place: typed for place, typed in fields.items() if place not in of_person}
        if left != fields:
            draft.fields = json.dumps(left, ensure_ascii=False)
    session.flush()


def rewrite(
    session: Session, respondent_id: int, measure_id: int | None, change: Callable[[str], str]
) -> None:
    """Put what `change` makes of each text in its place, in the respondent's drafts on a measure.

    Held meanwhile, so that nothing that is saved at this moment is lost by it.
    """
    held = _on(respondent_id, measure_id).with_for_update(of=Draft)
    for draft in session.scalars(held.execution_options(populate_existing=True)).all():
        fields: Mapping[str, Sequence[str]] = json.loads(draft.fields)
        changed = {place: list(map(change, typed)) for place, typed in fields.items()}
        draft.fields = json.dumps(changed, ensure_ascii=False)
    session.flush()


def own_revision(
    session: Session, respondent_id: int, measure_id: int | None, key: SubmissionKey, seen: int
) -> int:
    """Return the revision of the draft that is the form's own (see `end`); 0 where none is."""
    own = _on(respondent_id, measure_id).where(_is_of(key, seen))
    return session.scalar(own.with_only_columns(Draft.revision)) or 0


def end(
    session: Session, respondent_id: int, measure_id: int | None, key: SubmissionKey, seen: int
) -> None:
    """Delete the respondent's draft on a measure, now that the form of `key` was sent.

    It is the form's own where that has saved it, or was given out over it (revision `seen`).  What
    another device has saved since then stays.
    """
    forms = sa.select(Questionnaire.id).where(
        Questionnaire.measure_id.is_(None)
        if measure_id is None
        else Questionnaire.measure_id == measure_id
    )
    session.execute(
        sa.delete(Draft).where(
            Draft.respondent_id == respondent_id,
            Draft.questionnaire_id.in_(forms),
            _is_of(key, seen),
        )
    )


def forget_old(session: Session, at: datetime) -> int:
    """Delete the drafts of rounds that closed thirty days ago; return how many."""
    over = sa.select(Questionnaire.id).join(Round).where(Round.closes_at <= at - KEPT_AFTER_CLOSING)
    gone = session.execute(
        sa.delete(Draft).where(Draft.questionnaire_id.in_(over)).returning(Draft.id)
    )
    return len(gone.all())


def _is_of(key: SubmissionKey, seen: int) -> sa.ColumnElement[bool]:
    # Of an older draft nobody noted who had saved it: it ends with whatever is sent.
    return sa.or_(Draft.saved_by.is_(None), Draft.saved_by == key.id, Draft.revision == seen)


def _on(respondent_id: int, measure_id: int | None) -> sa.Select[Draft]:
    return (
        sa.select(Draft)
        .join(Questionnaire)
        .where(
            Draft.respondent_id == respondent_id,
            Questionnaire.measure_id.is_(None)
            if measure_id is None
            else Questionnaire.measure_id == measure_id,
        )
    )


def written(instrument: Instrument, typed: Typed) -> str:
    """Return what is kept of a form, as it is kept: by places, to the letter."""
    return json.dumps(
        {
            place: list(typed[question.id])
            for place, question in _places(instrument)
            if any(typed.get(question.id, ()))
        },
        ensure_ascii=False,
    )


def _places(instrument: Instrument) -> Iterable[tuple[str, instruments.Question]]:
    """Yield the questions by what stays theirs from version to version: indicator and code."""
    for section in instrument.sections:
        for question in section.questions:
            about = section.indicator.code if section.indicator else ""
            yield f"{about}/{question.code}", question
