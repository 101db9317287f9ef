"""Whose turn it is: a text that somebody reads is theirs for ten minutes."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from consultation.accounts import auditing
from consultation.moderation.deciding import check, claimed_by_another, hold
from consultation.moderation.models import ModeratedText, TextState
from consultation.web.permissions import Actor

CLAIM = timedelta(minutes=10)
CLAIMED_STATES = (TextState.WAITING, TextState.SECONDING)


def claim(session: Session, actor: Actor, public_id: str, at: datetime) -> ModeratedText:
    """Give the text to `actor` for ten minutes, unless another reads it or it is decided."""
    check(actor)
    text = hold(session, public_id)
    if text.state in CLAIMED_STATES and not claimed_by_another(text, actor, at):
        give(text, actor, at)
    return text


def take_over(session: Session, actor: Actor, public_id: str, at: datetime) -> ModeratedText:
    """Give the text to `actor` although another reads it, whose next gesture will be refused."""
    check(actor)
    text = hold(session, public_id)
    if claimed_by_another(text, actor, at):
        give(text, actor, at)
        auditing.record(session, actor.id, "text_taken_over", public_id, at=at)
    return text


def give(text: ModeratedText, actor: Actor, at: datetime) -> None:
    """Note that `actor` reads the text, which the caller holds."""
    text.claimed_by, text.claimed_until = actor.id, at + CLAIM
