"""Screening of texts by the detectors, as a task of the worker.

New texts are screened, and undecided ones again by newer detectors.
"""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.crypto.keyring import new_id
from consultation.db.base import writing
from consultation.db.inserts import insert_rows_once
from consultation.jobs.progress import Report
from consultation.jobs.worker import Task
from consultation.moderation.danger import screening
from consultation.moderation.danger.screening import WordList
from consultation.moderation.detectors import VERSION, Detection, NameFinder, Screened, screen
from consultation.moderation.detectors import names as detectors_names
from consultation.moderation.models import (
    Certainty,
    Finding,
    FindingKind,
    ModeratedText,
    ModerationDecision,
    Redaction,
    TextState,
)
from consultation.questionnaires.models import Destination, Question
from consultation.responses.models import Answer, Response, Submission

EVERY_SECONDS = 5.0
BATCH = 50  # texts of one transaction
MOST_AT_ONCE = 500  # texts of one turn, so that a worker that is told to stop does
LONGEST_WRITE = 60.0  # seconds in which whatever was being stored is there, or is not
EVERYTHING_AFTER = 3600.0  # seconds between two looks at all texts
SPAM_SIGNALS = {
    "trap": FindingKind.TRAP,
    "no_proof": FindingKind.NO_PROOF,
    "quick": FindingKind.TOO_QUICK,
}


def task() -> Task:
    """Return the task; in a thread of its own, since a thousand texts would delay mail."""
    return Task(
        "screening", EVERY_SECONDS, partial(_turn, position=Position()), has_own_thread=True
    )


def reads_names() -> bool:
    """Return whether spaCy looks for names, or only titles and the like announce them."""
    return detectors_names.is_installed()


def _turn(session: Session, position: "Position") -> int:
    return screen_due(session, at_most=MOST_AT_ONCE, position=position)


class Position:
    """Position up to which texts are screened, so that a pass does not go through all of them.

    A text stored by a slow transaction may appear behind it.  So each pass begins where texts were
    screened to a while ago, and one in an hour, as the first, with the first text.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.after: int | None = None
        """The answer up to which the present look has come; None between two."""
        self._clock = clock
        self._began_at = self._everything_at = self._read_at = -math.inf
        self._settled = self._read = 0

    def begin(self) -> int:
        """Return after which answer to go on, at the beginning of a pass or within it."""
        if self.after is None:
            self._began_at = self._clock()
            if self._began_at - self._everything_at >= EVERYTHING_AFTER:
                self._everything_at, self._settled = self._began_at, 0
            self.after = self._settled
        return self.after

    def end(self, last: int) -> None:
        """Note that no text waits any more up to an answer, the last that is to be seen."""
        if self._began_at - self._read_at >= LONGEST_WRITE:
            self._settled, self._read, self._read_at = self._read, last, self._clock()
        self.after = None


@dataclass(frozen=True)
class _Due:
    """A text that waits to be screened; `screened_by` is the version that did it before."""

    answer_id: int
    text: str
    spam_signal: str | None
    screened_by: str | None


def screen_due(
    session: Session,
    *,
    at_most: int | None = None,
    position: Position | None = None,
    report: Report = lambda step: None,
) -> int:
    """Screen the texts that wait, oldest first, a batch at a time; return how many were.

    Texts are read outside the transaction, which others then wait for no longer than its writes
    take.  Several workers may call it at once: the first to write a text has screened it.  What
    could not be written, a later look finds.
    """
    names, position = detectors_names.finder(), position or Position()
    count = 0
    while at_most is None or count < at_most:
        last = session.scalar(sa.select(sa.func.max(Answer.id))) or 0
        batch = _due(session, position.begin())
        if not batch:
            position.end(last)
            break
        in_force = screening.word_list(session)
        session.rollback()
        screened = [(due, _with_danger(due, _screened(due, names), in_force)) for due in batch]
        with writing(session):
            count += _store(session, screened, in_force.version)
        report(f"Lecture des textes arrivés depuis peu : {count}")
        position.after = batch[-1].answer_id
    return count


_UNTOUCHED = (
    (ModeratedText.state == TextState.WAITING)
    & ~sa.exists().where(ModerationDecision.answer_id == ModeratedText.answer_id)
    & ~sa.exists().where(Redaction.answer_id == ModeratedText.answer_id)
)


def _due(session: Session, after: int) -> Sequence[_Due]:
    waits = ModeratedText.answer_id.is_(None)
    is_old = (ModeratedText.screened_by != VERSION) & _UNTOUCHED
    rows = session.execute(
        sa.select(Answer.id, Answer.text, Submission.doubt, ModeratedText.screened_by)
        .join(Question, Question.id == Answer.question_id)
        .join(Response, Response.id == Answer.response_id)
        .join(Submission, Submission.id == Response.submission_id)
        .outerjoin(ModeratedText, ModeratedText.answer_id == Answer.id)
        .where(
            Answer.id > after, Answer.text.is_not(None), Question.destination == Destination.ANSWER
        )
        .where(waits | is_old)
        .order_by(Answer.id)
        .limit(BATCH)
    ).all()
    session.rollback()
    return [
        _Due(answer_id, text or "", spam_signal, screened_by)
        for answer_id, text, spam_signal, screened_by in rows
    ]


def _screened(due: _Due, names: NameFinder | None) -> Screened:
    screened = screen(due.text, names=names)
    if due.spam_signal is None:
        return screened
    kind = SPAM_SIGNALS.get(due.spam_signal)
    detected = (Detection(kind, Certainty.SURE, 0, len(due.text)),) if kind and due.text else ()
    return Screened((*detected, *screened.findings), screened.locale, is_flagged=True)


def _with_danger(due: _Due, screened: Screened, in_force: WordList) -> Screened:
    """Add whether a text has danger words: it is flagged then."""
    is_danger = in_force.is_in(due.text)
    return replace(
        screened, is_flagged=screened.is_flagged or is_danger, has_danger_words=is_danger
    )


def _store(
    session: Session, screened: Iterable[tuple[_Due, Screened]], danger_words_by: str
) -> int:
    by_answer = {due.answer_id: (due, result) for due, result in screened}
    # Locked, so that no text is erased between here and the commit.
    texts = session.execute(
        sa.select(Answer.id, Answer.text)
        .where(Answer.id.in_(by_answer))
        .order_by(Answer.id)
        .with_for_update(read=True)
    ).all()
    same = [
        by_answer[answer_id] for answer_id, text in texts if text == by_answer[answer_id][0].text
    ]
    stored = insert_rows_once(
        session,
        ModeratedText,
        [
            {"answer_id": due.answer_id, "public_id": new_id(), "state": TextState.WAITING}
            | _values(result, danger_words_by)
            for due, result in same
            if due.screened_by is None
        ],
    )
    stored |= {
        due.answer_id
        for due, result in same
        if due.screened_by is not None
        and _store_again(session, due, _values(result, danger_words_by))
    }
    rows = [
        _row(due.answer_id, detection)
        for due, result in same
        if due.answer_id in stored
        for detection in result.findings
    ]
    if rows:
        session.execute(sa.insert(Finding), rows)
    return len(stored)


def _values(screened: Screened, danger_words_by: str) -> dict[str, Any]:
    return {
        "is_flagged": screened.is_flagged,
        "has_danger_words": screened.has_danger_words,
        "danger_words_by": danger_words_by,
        "locale": screened.locale,
        "screened_at": now(),
        "screened_by": VERSION,
    }


def _store_again(session: Session, due: _Due, values: dict[str, Any]) -> bool:
    """Write the screening of a text that an earlier version of the detectors has screened.

    Not where another worker or a moderator came first.
    """
    updated = session.execute(
        sa.update(ModeratedText)
        .where(
            ModeratedText.answer_id == due.answer_id,
            ModeratedText.screened_by == due.screened_by,
            _UNTOUCHED,
        )
        .values(values)
        .returning(ModeratedText.answer_id)
        .execution_options(synchronize_session=False)
    ).first()
    if updated is None:
        return False
    session.execute(sa.delete(Finding).where(Finding.answer_id == due.answer_id))
    return True


def _row(answer_id: int, detection: Detection) -> dict[str, Any]:
    return {
        "answer_id": answer_id,
        "kind": detection.kind,
        "certainty": detection.certainty,
        "start": detection.start,
        "end": detection.end,
    }
