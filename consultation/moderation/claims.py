"""Claims on a text: the ten minutes in which one moderator reads it.

A moderator's permission and the row lock of the text are checked and taken here too.
"""

import enum
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.moderation.models import ModeratedText, TextState
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

CLAIM = timedelta(minutes=10)
CLAIMED_STATES = (TextState.WAITING, TextState.SECONDING)


class Obstacle(enum.StrEnum):
    """Why what a moderator asks for is refused."""

    NO_SUCH_MOVE = "no_such_move"
    SAME_MODERATOR = "same_moderator"
    REASON_MISSING = "reason_missing"
    UNVERIFIED = "unverified"
    NOTHING_MASKED = "nothing_masked"
    MASKS_STAND = "masks_stand"
    MASK_LIFTED = "mask_lifted"
    CLAIMED = "claimed"
    GONE = "gone"
    ERASED = "erased"
    REOPEN_FIRST = "reopen_first"
    DANGER = "danger"


class DecisionNotAllowed(Exception):
    """The verdict or the mask is refused; `obstacle` says why."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(obstacle.value)
        self.obstacle = obstacle


def lock(session: Session, public_id: str) -> ModeratedText:
    """Load a text as it is stored now and lock its row until the transaction ends."""
    return session.scalars(
        sa.select(ModeratedText)
        .where(ModeratedText.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


@needs(Permission.MODERATE)
def claim(work: Work, public_id: str) -> ModeratedText:
    """Give the text to `actor` for ten minutes, unless another reads it or it is decided."""
    text = lock(work.session, public_id)
    if text.state in CLAIMED_STATES and not is_claimed_by_another(work, text):
        give(work, text)
    return text


@needs(Permission.MODERATE)
def take_over(work: Work, public_id: str) -> ModeratedText:
    """Give the text to `actor` although another reads it, whose next decision will be refused."""
    text = lock(work.session, public_id)
    if is_claimed_by_another(work, text):
        give(work, text)
        audit_log.log(work, "text_taken_over", public_id)
    return text


def give(work: Work, text: ModeratedText) -> None:
    """Note that the actor reads the text, which the caller has locked."""
    text.claimed_by, text.claimed_until = work.actor.id, work.at + CLAIM


def is_claimed_by_another(work: Work, text: ModeratedText) -> bool:
    if text.claimed_by is None or text.claimed_until is None:
        return False
    return text.claimed_by != work.actor.id and text.claimed_until > work.at


def check_claim(work: Work, text: ModeratedText) -> None:
    """Raise `DecisionNotAllowed` while another moderator reads the text."""
    if is_claimed_by_another(work, text):
        raise DecisionNotAllowed(Obstacle.CLAIMED)
