"""Change what a round asks: who may, what somebody else changed meanwhile, what is refused.

Published outlines and forms are never touched here: see `outlines.change`.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts import auditing
from consultation.questionnaires import outlines, reach, rounds, soundness
from consultation.questionnaires.faults import Fault
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import Outline, written_question
from consultation.web.permissions import Actor, NotAllowed, Permission

ABSENT = "absent"
"""The digest of what is not there."""


class OutlineRefused(Exception):
    """The outline would have faults that it had not; `faults` are those."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(" ".join(fault.sentence for fault in faults))
        self.faults = faults


class ChangedMeanwhile(Exception):
    """Somebody else changed the question or the section, or took it out, since it was read."""


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
    counts = reach.indicator_counts(reach.measures_in_force(session))
    before: list[Outline] = []

    def soundly(outline: Outline) -> Outline:
        before.append(outline)
        changed = edit(outline)
        _refuse_new_faults(outline, changed, done.subject, counts)
        return changed

    after = outlines.change(session, consultation_round, soundly, at)
    if [after] != before:
        details = {"what": done.what, "round": consultation_round.code}
        auditing.record(session, actor.id, "outline_changed", done.subject, details, at=at)
    return after


def discard(session: Session, actor: Actor, consultation_round: Round, at: datetime) -> None:
    """Give up all changes since the last publication; before the first there is none to go back to.

    The shipped questionnaire would not be what the organisers had started from.
    """
    _check(actor)
    if outlines.published(session, consultation_round) is None:
        return
    if outlines.has_changes(session, consultation_round):
        outlines.discard(session, consultation_round)
        code = consultation_round.code
        auditing.record(session, actor.id, "outline_discarded", code, at=at)


def round_to_compose(session: Session, at: datetime) -> Round | None:
    """Return the round that people answer, else the one that is prepared, else the current one."""
    current = rounds.current(session, at)
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


def all_faults(session: Session, outline: Outline) -> list[Fault]:
    """Return all that keeps the outline from being published."""
    counts = reach.indicator_counts(reach.measures_in_force(session))
    return soundness.all_faults(outline, counts)


def digest_of_question(outline: Outline, code: str | None) -> str:
    """Return what changes when the question of that code, or its section, does."""
    question = outline.question(code) if code else None
    section = outline.section_of(code) if code else None
    if question is None or section is None:
        return ABSENT
    return _digest([section.code, written_question(question)])


def digest_of_section(outline: Outline, code: str | None) -> str:
    """Return what changes when the section of that code does, its questions apart."""
    section = outline.section(code) if code else None
    if section is None:
        return ABSENT
    texts = [section.title, section.intro]
    return _digest([section.code, section.scope, texts, list(section.measures)])


def _digest(content: object) -> str:
    written = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()[:32]


def _refuse_new_faults(
    before: Outline, after: Outline, subject: str, counts: Mapping[str, int]
) -> None:
    """Raise `OutlineRefused` for what is wrong with what was edited, or because of it.

    What was wrong elsewhere before does not stop the work.
    """
    if after == before:
        return
    earlier = set(soundness.faults(before, counts))
    new = [
        fault
        for fault in soundness.faults(after, counts)
        if fault not in earlier or (fault.question or fault.section) == subject
    ]
    for of_forms in (soundness.oversized, soundness.silent):
        if not of_forms(before, counts):
            new += of_forms(after, counts)
    if new:
        raise OutlineRefused(new)


def _check(actor: Actor) -> None:
    if not actor.may(Permission.COMPOSE):
        raise NotAllowed
