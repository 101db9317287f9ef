"""Outline service: changes of questions and sections of the working outline, for an actor.

Published outlines and forms are never touched here: see `outlines.change`.
"""

import enum
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.db.stale import StaleEdit, digest
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import (
    codes,
    comparability,
    edits,
    scope,
    store,
    validation,
)
from consultation.questionnaires.outline.comparability import Meaning
from consultation.questionnaires.outline.errors import OutlineError
from consultation.questionnaires.outline.model import (
    Outline,
    OutlineQuestion,
    OutlineSection,
    written_question,
)
from consultation.questionnaires.outline.question_validation import choosable
from consultation.questionnaires.rounds import queries
from consultation.web.permissions import Actor, NotAllowed, Permission

ABSENT = "absent"
"""The digest of what is not there."""


class OutlineRefused(Exception):
    """The outline would have errors that it had not; `errors` are those."""

    def __init__(self, errors: Sequence[OutlineError]) -> None:
        super().__init__(" ".join(error.sentence for error in errors))
        self.errors = errors


@dataclass
class Change:
    """What is done to an outline, as the trail says it; an edit may find out the subject."""

    what: str
    subject: str = ""


def change(
    session: Session,
    actor: Actor,
    consultation_round: Round,
    edit: Callable[[Outline], Outline],
    done: Change,
    at: datetime,
) -> Outline:
    """Store what `edit` makes of the working outline, noting who did it; or `OutlineRefused`."""
    _check(actor)
    counts = scope.indicator_counts(scope.measures_in_force(session))
    before: list[Outline] = []

    def soundly(outline: Outline) -> Outline:
        before.append(outline)
        changed = edit(outline)
        _refuse_new_errors(outline, changed, done.subject, counts)
        return changed

    after = store.change(session, consultation_round, soundly, at)
    if [after] != before:
        details = {"what": done.what, "round": consultation_round.code}
        audit_log.record(session, actor.id, "outline_changed", done.subject, details, at=at)
    return after


def discard(session: Session, actor: Actor, consultation_round: Round, at: datetime) -> None:
    """Give up all changes since the last publication; before the first there is none to go back to.

    The shipped questionnaire would not be what the organisers had started from.
    """
    _check(actor)
    if store.published(session, consultation_round) is None:
        return
    if store.has_changes(session, consultation_round):
        store.discard(session, consultation_round)
        code = consultation_round.code
        audit_log.record(session, actor.id, "outline_discarded", code, at=at)


def round_to_compose(session: Session, at: datetime) -> Round | None:
    """Return the round that people answer, else the one that is prepared, else the current one."""
    current = queries.current(session, at)
    if current is not None and current.is_open(at):
        return current
    prepared = (
        sa.select(Round)
        .where(Round.announced_at.is_(None), Round.closes_at > at)
        .order_by(Round.opens_at.desc())
        .limit(1)
    )
    return session.scalars(prepared).first() or current


def rounds_to_compose(session: Session) -> Sequence[Round]:
    """Return all rounds that have a questionnaire, the latest first."""
    return session.scalars(sa.select(Round).order_by(Round.opens_at.desc(), Round.id.desc())).all()


def find_all_errors(session: Session, outline: Outline) -> list[OutlineError]:
    """Return all that keeps the outline from being published."""
    counts = scope.indicator_counts(scope.measures_in_force(session))
    return validation.find_all_errors(outline, counts)


def digest_of_question(outline: Outline, code: str | None) -> str:
    """Return what changes when the question of that code, or its section, does."""
    question = outline.question(code) if code else None
    section = outline.section_of(code) if code else None
    if question is None or section is None:
        return ABSENT
    return _canonical_digest([section.code, written_question(question)])


def digest_of_section(outline: Outline, code: str | None) -> str:
    """Return what changes when the section of that code does, its questions apart."""
    section = outline.section(code) if code else None
    if section is None:
        return ABSENT
    texts = [section.title, section.intro]
    return _canonical_digest([section.code, section.scope, texts, list(section.measures)])


def _canonical_digest(content: object) -> str:
    """Return the digest of JSON values in any order of their keys, which PostgreSQL changes."""
    return digest(json.dumps(content, sort_keys=True))


def _refuse_new_errors(
    before: Outline, after: Outline, subject: str, counts: Mapping[str, int]
) -> None:
    """Raise `OutlineRefused` for what is wrong with what was edited, or because of it.

    What was wrong elsewhere before does not stop the work.
    """
    if after == before:
        return
    earlier = set(validation.find_errors(before, counts))
    new = [
        error
        for error in validation.find_errors(after, counts)
        if error not in earlier or (error.question or error.section) == subject
    ]
    for of_forms in (validation.find_oversized_form, validation.find_unanswerable_forms):
        if not of_forms(before, counts):
            new += of_forms(after, counts)
    if new:
        raise OutlineRefused(new)


def _check(actor: Actor) -> None:
    if not actor.may(Permission.COMPOSE):
        raise NotAllowed


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


def store_question(
    session: Session, actor: Actor, consultation_round: Round, sent: SentQuestion, at: datetime
) -> str:
    """Store a question, new or changed, and return its code.

    Raise `StaleEdit`, `MeaningChanged`, `NotInOutline` or `OutlineRefused`.
    """
    known = comparability.meanings(session)
    done = Change("question_added" if sent.digest == ABSENT else "question_changed")

    def edit(outline: Outline) -> Outline:
        if digest_of_question(outline, sent.code) != sent.digest:
            raise StaleEdit("la question")
        comparable = _comparable(outline, known, sent)
        done.subject = comparable.question.code
        return _with_question(outline, comparable)

    change(session, actor, consultation_round, edit, done, at)
    return done.subject


def remove_question(
    session: Session,
    actor: Actor,
    consultation_round: Round,
    code: str,
    at: datetime,
    *,
    with_conditions: bool,
) -> None:
    """Take a question out; raise `NotInOutline`, `StillNeeded` or `OutlineRefused`."""
    change(
        session,
        actor,
        consultation_round,
        lambda outline: edits.remove_question(outline, code, with_conditions=with_conditions),
        Change("question_removed", code),
        at,
    )


def move_question(
    session: Session, actor: Actor, consultation_round: Round, code: str, step: int, at: datetime
) -> None:
    """Move a question in its section; raise `NotInOutline` or `OutlineRefused`."""
    change(
        session,
        actor,
        consultation_round,
        lambda outline: edits.move_question(outline, code, step),
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
    code = codes.free_code(known, outline, question.code)
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
        for other in edits.waiting_for(outline, {code} if code else ())
        if other.condition and not offered.issuperset(other.condition.any_of)
    ]


def _with_question(outline: Outline, sent: SentQuestion) -> Outline:
    if sent.digest == ABSENT or sent.code is None:
        return edits.add_question(outline, sent.section, sent.question)
    if sent.remedy is Remedy.RENAME:
        outline = edits.narrow_conditions(outline, sent.code, choosable(sent.question))
    return edits.change_question(outline, sent.code, sent.question, sent.section)


@dataclass(frozen=True)
class SentSection:
    """A section as an organiser sent it; its questions are those that it has."""

    section: OutlineSection
    code: str | None = None
    """The code under which it stood, None for a new one."""
    digest: str = ABSENT


def store_section(
    session: Session, actor: Actor, consultation_round: Round, sent: SentSection, at: datetime
) -> None:
    """Store a section, new or changed.

    Raise `StaleEdit`, `NotInOutline` or `OutlineRefused`.
    """
    known = comparability.meanings(session)
    is_new = sent.digest == ABSENT or sent.code is None

    def edit(outline: Outline) -> Outline:
        if digest_of_section(outline, sent.code) != sent.digest:
            raise StaleEdit("la rubrique")
        if is_new or sent.code is None:
            return edits.add_section(outline, sent.section)
        changed = edits.change_section(outline, sent.code, sent.section)
        _refuse_other_things(outline, changed, sent.section.code, known)
        return changed

    done = Change("section_added" if is_new else "section_changed", sent.section.code)
    change(session, actor, consultation_round, edit, done, at)


def remove_section(
    session: Session,
    actor: Actor,
    consultation_round: Round,
    code: str,
    at: datetime,
    *,
    with_conditions: bool,
) -> None:
    """Take a section and its questions out.

    Raise `NotInOutline`, `StillNeeded` or `OutlineRefused`.
    """
    change(
        session,
        actor,
        consultation_round,
        lambda outline: edits.remove_section(outline, code, with_conditions=with_conditions),
        Change("section_removed", code),
        at,
    )


def move_section(
    session: Session, actor: Actor, consultation_round: Round, code: str, step: int, at: datetime
) -> None:
    """Move a section; raise `NotInOutline` or `OutlineRefused`."""
    change(
        session,
        actor,
        consultation_round,
        lambda outline: edits.move_section(outline, code, step),
        Change("section_moved", code),
        at,
    )


def _refuse_other_things(
    before: Outline, after: Outline, code: str, known: Mapping[str, Meaning]
) -> None:
    """Raise `OutlineRefused` when questions with answers would be asked about other things."""
    section = after.section(code)
    for question in section.questions if section else ():
        former = before.section_of(question.code)
        reasons = [
            reason
            for reason in comparability.breaks(known, question, section.scope if section else None)
            if reason not in comparability.breaks(known, question, former.scope if former else None)
        ]
        for reason in reasons:
            raise OutlineRefused(
                [
                    OutlineError(
                        code,
                        None,
                        "scope",
                        f"« {question.code} » a déjà été publiée : {reason}",
                        "Faites une autre rubrique, avec de nouvelles questions.",
                    )
                ]
            )
