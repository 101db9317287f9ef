"""Service of the outline: an actor's edits, locked, checked and in the audit log.

Published outlines and forms never change here.
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
from consultation.questionnaires.models import IS_LISTED, Round
from consultation.questionnaires.outline import (
    answer_comparability,
    codes,
    edits,
    scope,
    store,
    validation,
)
from consultation.questionnaires.outline.answer_comparability import Meaning
from consultation.questionnaires.outline.conditions import choosable_codes
from consultation.questionnaires.outline.errors import OutlineError
from consultation.questionnaires.outline.structure import (
    Outline,
    OutlineQuestion,
    OutlineSection,
    dump,
    dump_question,
)
from consultation.questionnaires.rounds import queries
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

ABSENT = "absent"
"""The digest of a question or section that does not exist."""


class OutlineRefused(Exception):
    """The edit would bring new `errors` into the outline."""

    def __init__(self, errors: Sequence[OutlineError]) -> None:
        super().__init__(" ".join(error.sentence for error in errors))
        self.errors = errors


@dataclass
class LoggedEdit:
    """An edit as the audit log names it; `subject` may become known while editing."""

    what: str
    subject: str = ""


@needs(Permission.COMPOSE)
def change(
    work: Work, consultation_round: Round, edit: Callable[[Outline], Outline], logged: LoggedEdit
) -> Outline:
    """Store what `edit` makes of the working outline, and log it; raise `OutlineRefused`."""
    counts = scope.indicator_counts(scope.measures_in_force(work.session))
    before: list[Outline] = []

    def edit_checked(outline: Outline) -> Outline:
        before.append(outline)
        changed = edit(outline)
        _refuse_new_errors(outline, changed, logged.subject, counts)
        return changed

    after = store.change(work.session, consultation_round, edit_checked, work.at)
    if [after] != before:
        details = {"what": logged.what, "round": consultation_round.code}
        audit_log.log(work, "outline_changed", logged.subject, details)
    return after


@needs(Permission.COMPOSE)
def discard(work: Work, consultation_round: Round) -> None:
    """Discard all changes since the last publication; do nothing before the first.

    The shipped questionnaire need not be what the organisers started from.
    """
    if store.published(work.session, consultation_round) is None:
        return
    if store.has_changes(work.session, consultation_round):
        store.discard(work.session, consultation_round)
        code = consultation_round.code
        audit_log.log(work, "outline_discarded", code)


def start_again(work: Work, consultation_round: Round, model: Outline, seen: str) -> None:
    """Replace the working outline by a shipped one, as unpublished changes.

    Raise `StaleEdit` when it was edited since the page displayed it with digest `seen`.
    """

    def replace_seen(before: Outline) -> Outline:
        if digest_of_outline(before) != seen:
            raise StaleEdit("le questionnaire")
        return model

    change(work, consultation_round, replace_seen, LoggedEdit("model_chosen"))


def round_to_compose(session: Session, at: datetime) -> Round | None:
    """Return the open round, else the one in preparation, else the current one."""
    current = queries.current(session, at)
    if current is not None and current.is_open(at):
        return current
    prepared = (
        sa.select(Round)
        .where(IS_LISTED, Round.announced_at.is_(None), Round.closes_at > at)
        .order_by(Round.opens_at.desc())
        .limit(1)
    )
    return session.scalars(prepared).first() or current


def find_all_errors(session: Session, outline: Outline) -> list[OutlineError]:
    """Return all errors that prevent the outline from being published."""
    counts = scope.indicator_counts(scope.measures_in_force(session))
    return validation.find_all_errors(outline, counts)


def digest_of_outline(outline: Outline) -> str:
    return _canonical_digest(dump(outline))


def digest_of_question(outline: Outline, code: str | None) -> str:
    """Return a digest of a question and the code of its section, `ABSENT` without them."""
    question = outline.question(code) if code else None
    section = outline.section_of(code) if code else None
    if question is None or section is None:
        return ABSENT
    return _canonical_digest([section.code, dump_question(question)])


def digest_of_section(outline: Outline, code: str | None) -> str:
    """Return a digest of a section without its questions, `ABSENT` without it."""
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
    """Raise `OutlineRefused` for errors in the edited `subject`, or caused by the edit.

    Earlier errors elsewhere do not prevent it.
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


class Remedy(enum.StrEnum):
    """The organiser's choice when a change makes new answers incomparable with earlier ones."""

    NONE = ""
    KEEP = "keep"
    RENAME = "rename"


@dataclass(frozen=True)
class SentQuestion:
    """A question as an organiser sent it, under its new code if that changes."""

    question: OutlineQuestion
    section: str
    code: str | None = None
    """The code under which it is stored, None for a new question."""
    digest: str = ABSENT
    remedy: Remedy = Remedy.NONE


@dataclass(frozen=True)
class MeaningBreak:
    """Why a question can't keep its code, and what a new code would entail."""

    reasons: Sequence[str]
    free_code: str
    losing: Sequence[OutlineQuestion]
    """The questions whose condition names replies that would no longer be offered."""


class MeaningChanged(Exception):
    """New answers could not be counted with those already given; `broken` says why."""

    def __init__(self, broken: MeaningBreak) -> None:
        super().__init__(", ".join(broken.reasons))
        self.broken = broken


def store_question(work: Work, consultation_round: Round, sent: SentQuestion) -> str:
    """Store a question, new or changed, and return its code.

    Raise `StaleEdit`, `MeaningChanged`, `NotInOutline` or `OutlineRefused`.
    """
    known = answer_comparability.load_meanings(work.session)
    logged = LoggedEdit("question_added" if sent.digest == ABSENT else "question_changed")

    def edit(outline: Outline) -> Outline:
        if digest_of_question(outline, sent.code) != sent.digest:
            raise StaleEdit("la question")
        comparable = _make_comparable(outline, known, sent)
        logged.subject = comparable.question.code
        return _put_question(outline, comparable)

    change(work, consultation_round, edit, logged)
    return logged.subject


def remove_question(
    work: Work, consultation_round: Round, code: str, *, with_conditions: bool
) -> None:
    """Remove a question; raise `NotInOutline`, `StillNeeded` or `OutlineRefused`."""
    change(
        work,
        consultation_round,
        lambda outline: edits.remove_question(outline, code, with_conditions=with_conditions),
        LoggedEdit("question_removed", code),
    )


def move_question(work: Work, consultation_round: Round, code: str, step: int) -> None:
    """Move a question in its section; raise `NotInOutline` or `OutlineRefused`."""
    change(
        work,
        consultation_round,
        lambda outline: edits.move_question(outline, code, step),
        LoggedEdit("question_moved", code),
    )


def _make_comparable(
    outline: Outline, known: Mapping[str, Meaning], sent: SentQuestion
) -> SentQuestion:
    """Return the question as it may be stored; raise `MeaningChanged` without a remedy."""
    question = sent.question
    if sent.code and sent.code in known and sent.remedy is not Remedy.RENAME:
        question = replace(question, code=sent.code)
    section = outline.section(sent.section)
    reasons = answer_comparability.find_breaks(known, question, section.scope if section else None)
    if not reasons:
        return replace(sent, question=question)
    if sent.remedy is Remedy.KEEP:
        return _keep_meaning(outline, known[question.code], replace(sent, question=question))
    code = codes.free_code(known, outline, question.code)
    raise MeaningChanged(
        MeaningBreak(reasons, code, _find_lost_conditions(outline, sent.code, question))
    )


def _keep_meaning(outline: Outline, meaning: Meaning, sent: SentQuestion) -> SentQuestion:
    question, section = sent.question, sent.section
    stored = outline.question(question.code)
    if stored is not None and question.kind is not meaning.kind:
        question = replace(question, settings=stored.settings, options=stored.options)
    holder, wanted = outline.section_of(question.code), outline.section(section)
    if holder and wanted and holder.scope is not wanted.scope:
        section = holder.code
    return replace(
        sent, question=answer_comparability.restore_meaning(meaning, question), section=section
    )


def _find_lost_conditions(
    outline: Outline, code: str | None, question: OutlineQuestion
) -> list[OutlineQuestion]:
    offered = choosable_codes(question)
    return [
        other
        for other in edits.find_dependents(outline, {code} if code else ())
        if other.condition and not offered.issuperset(other.condition.any_of)
    ]


def _put_question(outline: Outline, sent: SentQuestion) -> Outline:
    if sent.digest == ABSENT or sent.code is None:
        return edits.add_question(outline, sent.section, sent.question)
    if sent.remedy is Remedy.RENAME:
        outline = edits.narrow_conditions(outline, sent.code, choosable_codes(sent.question))
    return edits.change_question(outline, sent.code, sent.question, sent.section)


@dataclass(frozen=True)
class SentSection:
    """A section as an organiser sent it; the stored questions stay."""

    section: OutlineSection
    code: str | None = None
    """The code under which it is stored, None for a new section."""
    digest: str = ABSENT


def store_section(work: Work, consultation_round: Round, sent: SentSection) -> None:
    """Store a section, new or changed; raise `StaleEdit` or `OutlineRefused`."""
    known = answer_comparability.load_meanings(work.session)
    is_new = sent.digest == ABSENT or sent.code is None

    def edit(outline: Outline) -> Outline:
        if digest_of_section(outline, sent.code) != sent.digest:
            raise StaleEdit("la rubrique")
        if is_new or sent.code is None:
            return edits.add_section(outline, sent.section)
        changed = edits.change_section(outline, sent.code, sent.section)
        _refuse_other_subjects(outline, changed, sent.section.code, known)
        return changed

    logged = LoggedEdit("section_added" if is_new else "section_changed", sent.section.code)
    change(work, consultation_round, edit, logged)


def remove_section(
    work: Work, consultation_round: Round, code: str, *, with_conditions: bool
) -> None:
    """Remove a section and its questions.

    Raise `NotInOutline`, `StillNeeded` or `OutlineRefused`.
    """
    change(
        work,
        consultation_round,
        lambda outline: edits.remove_section(outline, code, with_conditions=with_conditions),
        LoggedEdit("section_removed", code),
    )


def move_section(work: Work, consultation_round: Round, code: str, step: int) -> None:
    """Move a section; raise `NotInOutline` or `OutlineRefused`."""
    change(
        work,
        consultation_round,
        lambda outline: edits.move_section(outline, code, step),
        LoggedEdit("section_moved", code),
    )


def _refuse_other_subjects(
    before: Outline, after: Outline, code: str, known: Mapping[str, Meaning]
) -> None:
    """Raise `OutlineRefused` if published questions would be asked per indicator, or no longer."""
    section = after.section(code)
    for question in section.questions if section else ():
        former = before.section_of(question.code)
        scope = section.scope if section else None
        known_reasons = answer_comparability.find_breaks(
            known, question, former.scope if former else None
        )
        reasons = [
            reason
            for reason in answer_comparability.find_breaks(known, question, scope)
            if reason not in known_reasons
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
