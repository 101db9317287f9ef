"""Screening of texts and mails for danger phrases, as a task of the worker.

The staff can add phrases to the list; when it changes, all is screened again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from consultation.accounts.audit import audit_log
from consultation.clock import now
from consultation.crypto.keyring import new_id
from consultation.db.base import writing
from consultation.db.inserts import insert_once
from consultation.db.statements import Statement
from consultation.inbox.models import IncomingMessage
from consultation.jobs.worker import Task
from consultation.moderation.clusters.similarity import fold_tokens
from consultation.moderation.danger import alerts, phrases
from consultation.moderation.danger.alerts import Referent
from consultation.moderation.models import DangerAlert, DangerWord, ModeratedText, TextState
from consultation.responses.models import Answer
from consultation.responses.rights.erasure import ERASED_TEXT
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

EVERY_SECONDS = 5.0
BATCH = 50
MOST_AT_ONCE = 500
LONGEST_PHRASE = 100
MOST_PHRASES = 500


class PhraseRefused(Exception):
    """The phrase has no words, is too long or one too many; `reason` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class WordList:
    """The danger words in force: the package's in some languages, and what the staff added."""

    additions: tuple[str, ...]
    tags: tuple[str, ...] | None = None
    """The languages in which it reads, None for all."""

    @property
    def version(self) -> str:
        """A digest of the list; what was read by another version is read again."""
        return phrases.version(self.additions)

    def is_in(self, text: str) -> bool:
        return phrases.has_any(text, self.additions, self.tags)

    def find(self, text: str) -> Sequence[str]:
        return phrases.find(text, self.additions, self.tags)


_ADDED = Statement(sa.select(DangerWord.__table__.c.phrase).order_by(DangerWord.__table__.c.id))


def word_list(session: Session, tags: Iterable[str] | None = None) -> WordList:
    """Return the danger words in force, of all languages unless told of which."""
    added = (row.phrase for row in _ADDED.rows(session, {}))
    return WordList(tuple(added), None if tags is None else tuple(tags))


@needs(Permission.MODERATE)
def additions(work: Work) -> Sequence[DangerWord]:
    """Return the phrases that the staff added, the latest first."""
    return work.session.scalars(
        sa.select(DangerWord).options(joinedload(DangerWord.account)).order_by(DangerWord.id.desc())
    ).all()


@needs(Permission.MODERATE)
def add(work: Work, phrase: str) -> None:
    """Add a phrase, unless it is there; what came in is read again with it.

    Raise `PhraseRefused`.
    """
    folded = " ".join(fold_tokens(phrase))
    if not folded:
        raise PhraseRefused("empty")
    if len(folded) > LONGEST_PHRASE:
        raise PhraseRefused("long")
    if (work.session.scalar(sa.select(sa.func.count(DangerWord.id))) or 0) >= MOST_PHRASES:
        raise PhraseRefused("many")
    public_id = new_id()
    values = {
        "public_id": public_id,
        "phrase": folded,
        "account_id": work.actor.id,
        "added_at": work.at,
    }
    if insert_once(work.session, DangerWord, values) is not None:
        audit_log.log(work, "danger_word_added", public_id)


@needs(Permission.MODERATE)
def remove(work: Work, public_id: str) -> None:
    """Take a phrase off the list, unless it is gone; what came in is read again without it."""
    gone = work.session.scalars(
        sa.select(DangerWord).where(DangerWord.public_id == public_id)
    ).first()
    if gone is not None:
        work.session.delete(gone)
        audit_log.log(work, "danger_word_removed", public_id)


def names_of(session: Session, public_ids: Collection[str]) -> dict[str, str]:
    """Name the phrases that the staff added, by their words."""
    rows = session.execute(
        sa.select(DangerWord.public_id, DangerWord.phrase).where(
            DangerWord.public_id.in_(public_ids)
        )
    )
    return {public_id: f"« {phrase} »" for public_id, phrase in rows}


def task(settings: Mapping[str, Any]) -> Task:
    """Return the task; in a thread of its own, since a thousand texts would delay mail."""
    return Task("danger", EVERY_SECONDS, partial(_turn, settings), has_own_thread=True)


def _turn(settings: Mapping[str, Any], session: Session) -> int:
    blank_notes(session)
    count = screen_due(session, at_most=MOST_AT_ONCE)
    return count + raise_alerts(session, alerts.referent_of(settings), now())


def raise_alerts(session: Session, referent: Referent, at: datetime) -> int:
    """Open the alerts that danger words ask for; return how many.

    Also for the texts that were marked before danger words did so, whatever was decided on them.
    """
    count = 0
    while alerts.is_any_marked(session):
        session.rollback()
        with writing(session):
            count += alerts.raise_for_marked(session, referent, at)
    session.rollback()
    return count


def screen_due(session: Session, *, at_most: int | None = None) -> int:
    """Read texts and mails by the list in force unless they were; return how many were read.

    Words are read outside the transaction that writes the marks, a batch at a time.
    """
    count = 0
    for read, mark in ((_due_messages, _mark_message), (_due_texts, _mark_text)):
        while at_most is None or count < at_most:
            in_force = word_list(session)
            batch = read(session, in_force.version)
            if not batch:
                break
            marks = [(key, in_force.is_in(text)) for key, text in batch]
            with writing(session):
                for key, is_danger in marks:
                    mark(session, key, is_danger, in_force.version)
            count += len(batch)
    return count


def blank_notes(session: Session) -> None:
    """Blank the notes of alerts whose text is gone: a note may repeat it."""
    blanked = sa.select(IncomingMessage.id).where(IncomingMessage.original.is_(None))
    erased = sa.select(Answer.id).where(Answer.text == ERASED_TEXT)
    is_left = sa.and_(
        DangerAlert.note.is_not(None),
        sa.or_(DangerAlert.message_id.in_(blanked), DangerAlert.answer_id.in_(erased)),
    )
    ids = session.scalars(sa.select(DangerAlert.id).where(is_left)).all()
    session.rollback()
    if ids:
        with writing(session):
            session.execute(
                sa.update(DangerAlert).where(DangerAlert.id.in_(ids)).values(note=None),
                execution_options={"synchronize_session": False},
            )


def _is_due(column: Any, version: str) -> sa.ColumnElement[bool]:
    # Written so that an index finds them: none is due at nearly every look.
    return sa.or_(column.is_(None), column < version, column > version)


def _due_texts(session: Session, version: str) -> Sequence[tuple[int, str]]:
    rows = session.execute(
        sa.select(ModeratedText.answer_id, Answer.text)
        .join(Answer, Answer.id == ModeratedText.answer_id)
        .where(_is_due(ModeratedText.danger_words_by, version))
        .order_by(ModeratedText.answer_id)
        .limit(BATCH)
    ).all()
    session.rollback()
    return [(answer_id, text or "") for answer_id, text in rows]


def _due_messages(session: Session, version: str) -> Sequence[tuple[int, str]]:
    rows = session.execute(
        sa.select(
            IncomingMessage.id,
            IncomingMessage.subject,
            IncomingMessage.kept,
            IncomingMessage.original,
        )
        .where(_is_due(IncomingMessage.danger_words_by, version))
        .order_by(IncomingMessage.id)
        .limit(BATCH)
    ).all()
    session.rollback()
    return [
        (message_id, text_of_message(subject, kept, original))
        for message_id, subject, kept, original in rows
    ]


def text_of_message(subject: str | None, kept: str | None, original: str | None) -> str:
    """Return the part of a mail that is read: its author's, or all where no other is left.

    What it quotes is ours or another's, and has been read there.
    """
    return f"{subject or ''}\n\n{(kept or '').strip() or original or ''}"


def _mark_text(session: Session, answer_id: int, is_danger: bool, version: str) -> None:
    """Mark a text; while no moderator has decided on it, it is also flagged."""
    is_there = sa.select(Answer.id).where(Answer.id == answer_id, Answer.text != ERASED_TEXT)
    conditions = [ModeratedText.answer_id == answer_id]
    values: dict[str, Any] = {"has_danger_words": is_danger, "danger_words_by": version}
    if is_danger:
        conditions.append(is_there.exists())  # else erased meanwhile: the next look reads nothing
        is_waiting = ModeratedText.state == TextState.WAITING
        values["is_flagged"] = sa.or_(ModeratedText.is_flagged, is_waiting)
    session.execute(
        sa.update(ModeratedText).where(*conditions).values(values),
        execution_options={"synchronize_session": False},
    )


def _mark_message(session: Session, message_id: int, is_danger: bool, version: str) -> None:
    conditions = [IncomingMessage.id == message_id]
    if is_danger:
        conditions.append(IncomingMessage.original.is_not(None))
    session.execute(
        sa.update(IncomingMessage)
        .where(*conditions)
        .values(has_danger_words=is_danger, danger_words_by=version),
        execution_options={"synchronize_session": False},
    )
