"""Sender of a public form: the respondent of the open space, or another person.

The one rule for sending and for saving.  Two people may share a computer: what can't be known is
asked.
"""

import enum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.responses.drafts import public_drafts
from consultation.responses.models import Respondent, RespondentSession, Response, Submission
from consultation.responses.submission.key import SubmissionKey


class Owner(enum.Enum):
    """Whose a public form is."""

    SPACE = "the respondent of the open space"
    FORM = "the respondent whom the form makes or has made"
    UNKNOWN = "to be asked"
    CLOSED = "a space that is not open any more"


class Choice(enum.Enum):
    """The visitor's answer to the question whose it is; values of the form field `intent`."""

    HERE = "here"
    APART = "apart"


def owner_of(
    session: Session,
    key: SubmissionKey,
    opened: RespondentSession | None,
    round_id: int,
    choice: Choice | None,
) -> tuple[Owner, int | None]:
    """Return whose the form of `key` is, and the respondent of the space that is open beside it.

    A space of another round counts as none: rounds are not mixed.  A form that was sent before
    belongs to its sender, so that a second click asks nothing.
    """
    space = opened.respondent_id if opened else None
    if space is not None and session.get_one(Respondent, space).round_id != round_id:
        space = None
    return _owner_of(session, key, space, choice), space


def _owner_of(
    session: Session, key: SubmissionKey, space: int | None, choice: Choice | None
) -> Owner:
    if space is None and choice is not Choice.HERE:
        return Owner.FORM
    sender = _sender(session, key)
    if sender is not None:
        return Owner.SPACE if sender == space else Owner.FORM
    if space is None:
        return Owner.CLOSED
    if choice is Choice.HERE or public_drafts.holder_of(session, key) == space:
        return Owner.SPACE
    return Owner.FORM if choice is Choice.APART else Owner.UNKNOWN


def _sender(session: Session, key: SubmissionKey) -> int | None:
    return session.scalar(
        sa.select(Response.respondent_id)
        .join(Submission, Submission.id == Response.submission_id)
        .where(Submission.key == key.id)
        .limit(1)
    )
