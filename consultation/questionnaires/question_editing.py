"""Store, move and take out the questions of a round, beside the answers that their codes have."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from consultation.questionnaires import comparability, editing, outline_editing
from consultation.questionnaires.comparability import Meaning
from consultation.questionnaires.depending import choosable
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import Outline, OutlineQuestion
from consultation.questionnaires.outline_editing import (
    ABSENT,
    Change,
    ChangedMeanwhile,
    digest_of_question,
)
from consultation.web.permissions import Actor


class Remedy(enum.StrEnum):
    """What an organiser chose when a change would break the comparison with earlier answers."""

    NONE = ""
    KEEP = "keep"
    RENAME = "rename"


@dataclass(frozen=True)
class SentQuestion:
    """A question as an organiser sent it, its code the new one when it gets another."""

    question: OutlineQuestion
    section: str
    code: str | None = None
    """The code under which it stood, None for a new one."""
    digest: str = ABSENT
    remedy: Remedy = Remedy.NONE


@dataclass(frozen=True)
class Broken:
    """Why a question can't keep its code, and what another code would do."""

    reasons: Sequence[str]
    free_code: str
    losing: Sequence[OutlineQuestion]
    """The questions whose condition names replies that would not be there any more."""


class MeaningChanged(Exception):
    """Answers could not be counted with those already given; `broken` says why."""

    def __init__(self, broken: Broken) -> None:
        super().__init__(", ".join(broken.reasons))
        self.broken = broken


def store(
    session: Session, actor: Actor, consultation_round: Round, sent: SentQuestion, at: datetime
) -> str:
    """Store a question, new or changed, and return its code.

    Raise `ChangedMeanwhile`, `MeaningChanged`, `NotInOutline` or `OutlineRefused`.
    """
    known = comparability.meanings(session)
    done = Change("question_added" if sent.digest == ABSENT else "question_changed")

    def edit(outline: Outline) -> Outline:
        if digest_of_question(outline, sent.code) != sent.digest:
            raise ChangedMeanwhile
        comparable = _comparable(outline, known, sent)
        done.subject = comparable.question.code
        return _with_question(outline, comparable)

    outline_editing.change(session, actor, consultation_round, edit, done, at)
    return done.subject


def remove(
    session: Session,
    actor: Actor,
    consultation_round: Round,
    code: str,
    at: datetime,
    *,
    with_conditions: bool,
) -> None:
    """Take a question out; raise `NotInOutline`, `StillNeeded` or `OutlineRefused`."""
    outline_editing.change(
        session,
        actor,
        consultation_round,
        lambda outline: editing.remove_question(outline, code, with_conditions=with_conditions),
        Change("question_removed", code),
        at,
    )


def move(
    session: Session, actor: Actor, consultation_round: Round, code: str, step: int, at: datetime
) -> None:
    """Move a question in its section; raise `NotInOutline` or `OutlineRefused`."""
    outline_editing.change(
        session,
        actor,
        consultation_round,
        lambda outline: editing.move_question(outline, code, step),
        Change("question_moved", code),
        at,
    )


def _comparable(outline: Outline, known: Mapping[str, Meaning], sent: SentQuestion) -> SentQuestion:
    """Return what was sent, as it may be stored beside the answers that its code already has."""
    question = sent.question
    if sent.code and sent.code in known and sent.remedy is not Remedy.RENAME:
        question = replace(question, code=sent.code)
    section = outline.section(sent.section)
    reasons = comparability.breaks(known, question, section.scope if section else None)
    if not reasons:
        return replace(sent, question=question)
    if sent.remedy is Remedy.KEEP:
        return _kept(outline, known[question.code], replace(sent, question=question))
    code = comparability.free_code(known, outline, question.code)
    raise MeaningChanged(Broken(reasons, code, _losing(outline, sent.code, question)))


def _kept(outline: Outline, meaning: Meaning, sent: SentQuestion) -> SentQuestion:
    question, section = sent.question, sent.section
    stored = outline.question(question.code)
    if stored is not None and question.kind is not meaning.kind:
        question = replace(question, settings=stored.settings, options=stored.options)
    holder, wanted = outline.section_of(question.code), outline.section(section)
    if holder and wanted and holder.scope is not wanted.scope:
        section = holder.code
    return replace(sent, question=comparability.kept(meaning, question), section=section)


def _losing(outline: Outline, code: str | None, question: OutlineQuestion) -> list[OutlineQuestion]:
    offered = choosable(question)
    return [
        other
        for other in editing.waiting_for(outline, {code} if code else ())
        if other.condition and not offered.issuperset(other.condition.any_of)
    ]


def _with_question(outline: Outline, sent: SentQuestion) -> Outline:
    if sent.digest == ABSENT or sent.code is None:
        return editing.add_question(outline, sent.section, sent.question)
    if sent.remedy is Remedy.RENAME:
        outline = editing.narrow_conditions(outline, sent.code, choosable(sent.question))
    return editing.change_question(outline, sent.code, sent.question, sent.section)
