"""Store, move and take out the sections of a round."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from consultation.questionnaires import comparability, editing, outline_editing
from consultation.questionnaires.comparability import Meaning
from consultation.questionnaires.faults import Fault
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import Outline, OutlineSection
from consultation.questionnaires.outline_editing import (
    ABSENT,
    Change,
    ChangedMeanwhile,
    OutlineRefused,
    digest_of_section,
)
from consultation.web.permissions import Actor


@dataclass(frozen=True)
class SentSection:
    """A section as an organiser sent it; its questions are those that it has."""

    section: OutlineSection
    code: str | None = None
    """The code under which it stood, None for a new one."""
    digest: str = ABSENT


def store(
    session: Session, actor: Actor, consultation_round: Round, sent: SentSection, at: datetime
) -> None:
    """Store a section, new or changed.

    Raise `ChangedMeanwhile`, `NotInOutline` or `OutlineRefused`.
    """
    known = comparability.meanings(session)
    is_new = sent.digest == ABSENT or sent.code is None

    def edit(outline: Outline) -> Outline:
        if digest_of_section(outline, sent.code) != sent.digest:
            raise ChangedMeanwhile
        if is_new or sent.code is None:
            return editing.add_section(outline, sent.section)
        changed = editing.change_section(outline, sent.code, sent.section)
        _refuse_other_things(outline, changed, sent.section.code, known)
        return changed

    done = Change("section_added" if is_new else "section_changed", sent.section.code)
    outline_editing.change(session, actor, consultation_round, edit, done, at)


def remove(
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
    outline_editing.change(
        session,
        actor,
        consultation_round,
        lambda outline: editing.remove_section(outline, code, with_conditions=with_conditions),
        Change("section_removed", code),
        at,
    )


def move(
    session: Session, actor: Actor, consultation_round: Round, code: str, step: int, at: datetime
) -> None:
    """Move a section; raise `NotInOutline` or `OutlineRefused`."""
    outline_editing.change(
        session,
        actor,
        consultation_round,
        lambda outline: editing.move_section(outline, code, step),
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
                    Fault(
                        code,
                        None,
                        "scope",
                        f"« {question.code} » a déjà été publiée : {reason}",
                        "Faites une autre rubrique, avec de nouvelles questions.",
                    )
                ]
            )
