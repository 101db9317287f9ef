"""Submission of a response: stored once, whole, with its acknowledgement.

All of it is one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db.inserts import insert_once
from consultation.responses.drafts import conflicts, public_drafts, store
from consultation.responses.drafts.refill import current_response
from consultation.responses.models import Channel, Respondent, Response, Submission
from consultation.responses.rights import erasure
from consultation.responses.submission import completion, repeats
from consultation.responses.submission import store as submission_store
from consultation.responses.submission.context import key_state
from consultation.responses.submission.key import SubmissionKey
from consultation.responses.submission.store import Filled, Stored


class SpaceClosed(Exception):
    """The form belongs to the space of a respondent, which is not open in this browser."""


@dataclass(frozen=True)
class Accepted:
    """The form was stored as `response`, whose acknowledgement is due."""

    response: Stored


@dataclass(frozen=True)
class AlreadyReceived:
    """The same content was received before, with that receipt code: nothing was stored."""

    receipt_code: str


@dataclass(frozen=True)
class Unchanged:
    """The form says what `current` says, which counts already: nothing was stored."""

    current: Response


@dataclass(frozen=True)
class Superseded:
    """`newer` was sent or withdrawn since the form was opened: nothing was stored."""

    newer: Response


@dataclass(frozen=True)
class KeyUsed:
    """The key was used for other content, of another sender perhaps: nothing was stored."""


Result = Accepted | AlreadyReceived | Unchanged | Superseded | KeyUsed


def submit(
    session: Session,
    filled: Filled,
    *,
    grace: timedelta,
    space: int | None = None,
) -> Result:
    """Store `filled` unless its key has been used; called inside `writing`.

    `space` is the respondent whose space is open in the browser.

    - A key that was used stores nothing twice: see `_submit_again`.
    - A form of a space, or a public one that was saved, adds to that respondent's responses or
      revises the one on the same measure, unless a newer one than it was filled from is there, or
      it would change nothing.
    - A form whose space has ended since still adds, and changes nothing that is there.
    - Any other form makes a respondent.

    Raise `FormGone`, `RoundClosed`, `SpaceClosed` or, of a new respondent who sends what was sent
    under another key, `ContentReceived`.
    """
    at = filled.sending.at
    load_state = partial(key_state, session, filled.instrument, filled.key, at, grace)
    state, holder = load_state(), filled.key.holder
    if holder is not None:
        _check_space(session, filled, holder, space)
    if state.is_used:
        return _submit_again(session, filled, space, at)
    if holder is None and state.respondent_id is not None:
        holder = state.respondent_id
        if not _may_go_on(session, filled, holder, space, at):
            # Another sending of the same form may have been stored since the state was read.
            is_used = load_state().is_used
            return _submit_again(session, filled, space, at) if is_used else KeyUsed()
    known = _known(session, filled, holder) if holder is not None and holder == space else None
    return known or _submit_first(session, filled, holder, space, at)


def _known(session: Session, filled: Filled, holder: int) -> Result | None:
    """Return the result of a form that repeats, or does not know, what its holder has sent."""
    newer = conflicts.newer(session, filled.key, holder, filled.instrument.measure_id)
    if newer is not None:
        is_same = newer.content_hash == filled.content_hash and newer.withdrawn_at is None
        return AlreadyReceived(newer.receipt_code) if is_same else Superseded(newer)
    current = _unchanged(session, filled, holder)
    return Unchanged(current) if current is not None else None


def _submit_first(
    session: Session, filled: Filled, holder: int | None, space: int | None, at: datetime
) -> Result:
    """Store the first form of a key, of respondent `holder` or of a new one.

    A new respondent has neither a draft nor a response.
    """
    if holder is None:
        repeats.check(session, filled, at)
    submission = {
        "key": filled.key.id,
        "received_at": at,
        "doubt": filled.sending.spam_signal,
        "content_index": filled.content_index,
    }
    submission_id = insert_once(session, Submission, submission)
    if submission_id is None:  # the key was used meanwhile
        return _submit_again(session, filled, space, at)
    is_new, earlier = False, None
    if holder is None:
        holder, is_new = public_drafts.begin(session, filled.key, filled.respondent, at)
    if not is_new:
        _note_sender(session, filled, holder, space, at)
        earlier = _supersede(session, holder, filled, at)
    stored = submission_store.store(
        session, filled, submission_id, holder, earlier, is_first=is_new
    )
    if earlier is None and filled.sending.channel is Channel.WEB:
        is_in_space = filled.key.holder is not None and not filled.sending.adds_identity
        completion.count(session, filled.instrument, filled.key, at, is_in_space=is_in_space)
    return Accepted(stored)


def _unchanged(session: Session, filled: Filled, holder: int) -> Response | None:
    """Return the response that a form repeats, and end its draft, which repeats it too.

    One that was withdrawn counts again once it is sent again, and one to an earlier version of the
    form did not answer this one: neither is repeated.
    """
    measure_id = filled.instrument.measure_id
    current = current_response(session, holder, measure_id)
    if current is None or not submission_store.repeats(filled, current):
        return None
    store.end(session, holder, measure_id, filled.key, filled.sending.draft_revision)
    return current


def was_sent(session: Session, key: SubmissionKey) -> bool:
    """Return whether a form was sent with that key, and not only saved."""
    return bool(session.scalar(sa.select(sa.exists().where(Submission.key == key.id))))


def _note_sender(
    session: Session, filled: Filled, holder: int, space: int | None, at: datetime
) -> None:
    """Write the identity of a respondent who is known, if the form may.

    Without the open space the sender may be another person: nothing is overwritten, and
    `SpaceClosed` is raised unless the form adds a response.
    """
    if filled.key.holder is None or space is not None:
        submission_store.store_identity(session, session.get_one(Respondent, holder), filled, at)
    elif current_response(session, holder, filled.instrument.measure_id) is not None:
        raise SpaceClosed


def _may_go_on(
    session: Session, filled: Filled, holder: int, space: int | None, at: datetime
) -> bool:
    """Return whether a saved public form may be sent: from its space, or soon and unchanged."""
    if erasure.is_erased(session, holder):
        return False
    if space == holder:
        return True
    if not public_drafts.is_as_saved(session, holder, filled.instrument, filled.checked.typed, at):
        return False
    return current_response(session, holder, filled.instrument.measure_id) is None


def _check_space(session: Session, filled: Filled, holder: int, space: int | None) -> None:
    if space not in (None, holder) or session.get(Respondent, holder) is None:
        raise SpaceClosed
    respondent = erasure.lock(session, holder)
    if respondent.erased_at is not None or respondent.round_id != filled.instrument.round_id:
        raise SpaceClosed


def _supersede(
    session: Session, respondent_id: int, filled: Filled, at: datetime
) -> Response | None:
    """Supersede the response and delete the draft on the measure; return that response."""
    measure_id = filled.instrument.measure_id
    store.end(session, respondent_id, measure_id, filled.key, filled.sending.draft_revision)
    earlier = current_response(session, respondent_id, measure_id)
    if earlier is not None:
        earlier.superseded_at = at
        session.flush()
    return earlier


def _submit_again(session: Session, filled: Filled, space: int | None, at: datetime) -> Result:
    """Store a form under a used key as a revision, if it is sent from its respondent's space.

    The same content again finds the response that it made.
    """
    # Locked before anything is read: a correction that another request sends is read, or waits.
    is_gone = space is None or erasure.is_erased(session, space)
    made = _made_by(session, filled.key)
    for earlier in made:
        if earlier.content_hash == filled.content_hash:
            return AlreadyReceived(earlier.receipt_code)
    latest = made[-1]
    if space is None or latest.respondent_id != space or is_gone:
        return KeyUsed()
    if latest.superseded_at or latest.withdrawn_at:
        current = current_response(session, space, filled.instrument.measure_id)
        return Superseded(current) if current else KeyUsed()
    latest.superseded_at = at
    session.flush()
    respondent = session.get_one(Respondent, latest.respondent_id)
    submission_store.store_identity(session, respondent, filled, at)
    return Accepted(
        submission_store.store(session, filled, latest.submission_id, respondent.id, latest)
    )


def _made_by(session: Session, key: SubmissionKey) -> Sequence[Response]:
    """Return the revisions that a key has made, the earliest first."""
    return session.scalars(
        sa.select(Response)
        .join(Submission)
        .where(Submission.key == key.id)
        .order_by(Response.revision)
    ).all()
