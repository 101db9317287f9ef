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
from consultation.questionnaires.models import Destination, Questionnaire
from consultation.questionnaires.models import Question as Question_
from consultation.responses.models import Draft
from consultation.responses.rights import erasure
from consultation.responses.submission.key import SubmissionKey
from consultation.text import clean, length

TIMES_LONGEST = 2
"""How many times the longest valid answer a field of a draft may hold."""

MOST_KEPT = 8 * 1024 * 1024
"""Bytes that the drafts of one respondent may take in the database.

Sixty measures of three indicators fit, every text at its longest and all in accents.  Each
submission reads them all inside the write transaction.
"""


class DraftsFull(Exception):
    """The drafts of the respondent would take more than `MOST_KEPT` together."""


def errors(
    instrument: Instrument, typed: Mapping[int, Sequence[str]]
) -> Mapping[int, Sequence[str]]:
    """Return, by question id, the errors of the fields that are too long even for a draft."""
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
        "Ce texte dépasse de %(excess)s caractères les %(maximum)s possibles : raccourcissez-le.",
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
    """Raise `DraftsFull` where too much would be stored, with `fields` in place of `stored`.

    Reads the sizes alone.  The caller has locked the respondent, so that no two forms are saved
    into the same quota.
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
    """Save what was typed in the form of `key`, over revision `seen` of the draft (0: none).

    Or, as the last save of its page (`is_last`), over the revision that this form of a space saved:
    the answer with its number may be lost.  A save by script may arrive late, and be older.  Return
    the revision that now holds it, which is the stored one where that has the same content.  Raise
    `StaleEdit` when the stored one differs, or `DraftsFull`; nothing is then written.
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
    """Write a draft, over the stored one if any; return False if another request was first."""
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
    # A public form that is gone back to is older than the draft in its space: it asks.
    return stored is not None and key.holder is not None and stored.saved_by == key.id


def says(draft: Draft, instrument: Instrument, typed: Typed) -> bool:
    """Return whether the draft is of that version, and holds what was typed.

    Texts are compared cleaned: a browser sends other line ends by a button than by its script.
    """
    return draft.questionnaire_id == instrument.id and (
        _cleaned(draft.fields) == _cleaned(written(instrument, typed))
    )


def _cleaned(fields: str) -> Mapping[str, Sequence[str]]:
    return {place: list(map(clean, typed)) for place, typed in json.loads(fields).items()}


def typed_of(instrument: Instrument, draft: Draft) -> dict[int, Sequence[str]]:
    """Return the texts of the draft for the questions of `instrument`, matched by their codes."""
    fields: Mapping[str, Sequence[str]] = json.loads(draft.fields)
    return {
        question.id: fields[place] for place, question in _places(instrument) if place in fields
    }


def remove_identity(session: Session, respondent_id: int) -> None:
    """Remove the identity from the respondent's drafts, now that it is stored in their rows.

    An older draft would bring back an address or a consent that was withdrawn since.
    """
    kept = session.scalars(sa.select(Draft).where(Draft.respondent_id == respondent_id)).all()
    codes = sa.select(Question_.code).where(
        Question_.questionnaire_id.in_({draft.questionnaire_id for draft in kept}),
        Question_.destination != Destination.ANSWER,
    )
    of_person = {f"/{code}" for code in session.scalars(codes)} if kept else set()
    for draft in kept:
        fields: dict[str, Any] = json.loads(draft.fields)
        left = {place: typed for place, typed in fields.items() if place not in of_person}
        if left != fields:
            draft.fields = json.dumps(left, ensure_ascii=False)
    session.flush()


def rewrite(
    session: Session, respondent_id: int, measure_id: int | None, change: Callable[[str], str]
) -> None:
    """Apply `change` to each text of the respondent's drafts on a measure.

    The drafts are locked, so that nothing that another request saves is lost.
    """
    locked = _on(respondent_id, measure_id).with_for_update(of=Draft)
    for draft in session.scalars(locked.execution_options(populate_existing=True)).all():
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

    Only if that form has saved it, or was given out over it (revision `seen`): what another device
    has saved since stays.
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


def _is_of(key: SubmissionKey, seen: int) -> sa.ColumnElement[bool]:
    # Older drafts do not record which form saved them: any form ends them.
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
    """Return the JSON of a draft: the texts to the letter, by indicator and question."""
    return json.dumps(
        {
            place: list(typed[question.id])
            for place, question in _places(instrument)
            if any(typed.get(question.id, ()))
        },
        ensure_ascii=False,
    )


def _places(instrument: Instrument) -> Iterable[tuple[str, instruments.Question]]:
    """Yield the questions with the name that they keep from version to version."""
    for section in instrument.sections:
        for question in section.questions:
            about = section.indicator.code if section.indicator else ""
            yield f"{about}/{question.code}", question
