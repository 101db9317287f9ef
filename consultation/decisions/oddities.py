"""Oddities of decisions: what a person confirms before it is decided."""

from collections.abc import Collection, Sequence

from sqlalchemy.orm import Session

from consultation.decisions.models import IndicatorDecision
from consultation.i18n import Labelled
from consultation.moderation import visibility
from consultation.moderation.visibility import DECIDED
from consultation.responses.models import Answer


class Oddity(Labelled):
    """What is odd about a decision."""

    UNREAD = (
        "unread",
        (
            "La décision s'appuie sur des textes que la modération n'a pas encore relus : en"
            " public, ils ne comptent pas et ne sont pas cités tant qu'elle ne les a pas publiés."
        ),
    )


class OddDecision(Exception):
    """A decision is odd, and the person has not confirmed that it is meant."""

    def __init__(self, oddities: Sequence[Oddity]) -> None:
        super().__init__(len(oddities))
        self.oddities = oddities


def oddities(session: Session, answer_ids: Collection[int]) -> list[Oddity]:
    """Return the oddities of a decision that rests on these answers."""
    return [Oddity.UNREAD] if unread(session, answer_ids) else []


def of_stored(session: Session, decision: IndicatorDecision) -> list[Oddity]:
    """Return the oddities of a stored decision, as its texts are read by now."""
    answer_ids = [it.answer_id for it in decision.basis if it.answer_id is not None]
    return oddities(session, answer_ids)


def unread(session: Session, answer_ids: Collection[int]) -> set[int]:
    """Return those of these answers that moderation has not let pass."""
    if not answer_ids:
        return set()
    rows = visibility.texts(session, Answer.id.in_(answer_ids), Answer.id)
    return {answer_id for row, (answer_id,) in rows if row.state not in DECIDED}
