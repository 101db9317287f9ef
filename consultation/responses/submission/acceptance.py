"""Acceptance of a form that was checked: counted, stored and acknowledged, or why not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from flask import abort, current_app, request

from consultation.db.base import OutcomeUnknown, StorageUnavailable, writing
from consultation.extensions import db
from consultation.responses.drafts import public_drafts
from consultation.responses.drafts.store import DraftsFull
from consultation.responses.models import RespondentSession
from consultation.responses.robots import spam
from consultation.responses.submission import acknowledgement, repeats, sender, store, submit
from consultation.responses.submission.context import FormGone, RoundClosed
from consultation.responses.submission.key import SubmissionKey
from consultation.responses.submission.page import Notice, Page
from consultation.responses.submission.posted import MEANT, Posted
from consultation.responses.submission.repeats import ContentReceived
from consultation.responses.submission.sender import Owner
from consultation.responses.submission.store import Filled, Sending, Stored
from consultation.responses.submission.submit import Accepted, Result, SpaceClosed
from consultation.web import rate_limits
from consultation.web.locale import current_locale
from consultation.web.rate_limits import Tally

REFUSALS: dict[type[Exception], Notice] = {
    RoundClosed: Notice.ROUND_CLOSED,
    SpaceClosed: Notice.SPACE_CLOSED,
    DraftsFull: Notice.DRAFTS_FULL,
    StorageUnavailable: Notice.UNAVAILABLE,
    OutcomeUnknown: Notice.OUTCOME_UNKNOWN,
    ContentReceived: Notice.REPEAT,
}
"""Exceptions of storing or saving a form, with their notices."""
WHERE_TO_SEND = {Owner.UNKNOWN: Notice.WHERE_TO_SEND, Owner.CLOSED: Notice.SPACE_CLOSED}
"""The notices of a public form of which it is not clear to whose responses it belongs."""
REPEAT = "repeat"
"""What is counted of a form that is sent although the same was received."""
CROWD, SOURCE_CAP = "crowd", "source_cap"
"""What one form more from a network is too much for: any form, or one that sends a mail."""
NO_RESPONSE = 0
"""The response that a public form was filled from."""


def accept(
    page: Page,
    posted: Posted,
    key: SubmissionKey,
    at: datetime,
    opened: RespondentSession | None,
    *,
    may_open: bool,
) -> Result | Notice:
    """Store a form among the responses that it belongs to; else say why not, or ask which.

    `opened` is the space that is open in the browser; `may_open` tells whether the sender may see
    the link of the respondent's space.
    """
    session, instrument, owner = db.session(), page.context.instrument, Owner.FORM
    if key.holder is None:
        owner, space = sender.owner_of(session, key, opened, instrument.round_id, posted.choice)
        if owner is Owner.SPACE:
            key = replace(key, holder=space, seen=NO_RESPONSE)
            page.asks_proof = page.context.is_proof_required and needs_proof(space)
    if owner in WHERE_TO_SEND:
        return WHERE_TO_SEND[owner]
    assert page.checked is not None
    sending = Sending(
        at,
        current_locale(),
        page.context.notice_version,
        is_proposed=posted.is_proposed,
        is_trial=page.context.round.is_trial,
        adds_identity=owner is Owner.SPACE,
        draft_revision=posted.draft_revision,
        spam_signal=spam.signal(request.form, key, at, asks_proof=page.asks_proof),
    )
    filled = store.fill(session, instrument, key, page.checked, sending)
    if current_app.config["RATE_LIMITS"]:
        filled = repeats.add_index(filled, is_meant=posted.action == MEANT)
    return _store(filled, posted.grace, opened, may_open=may_open)


def _store(
    filled: Filled,
    grace: timedelta,
    opened: RespondentSession | None,
    *,
    may_open: bool,
) -> Result | Notice:
    """Store a form and return its outcome, or the notice of why it is not stored."""
    excess = _count(filled)
    if excess == CROWD:
        return Notice.CROWD
    submit_filled = partial(
        submit_form,
        grace=grace,
        refusal=excess,
        space=opened.respondent_id if opened else None,
        may_open=may_open,
    )
    try:
        return _submit_unless_received(submit_filled, filled)
    except FormGone:
        abort(404)
    except tuple(REFUSALS) as refusal:
        return REFUSALS[type(refusal)]


def _submit_unless_received(submit_filled: Callable[[Filled], Result], filled: Filled) -> Result:
    """Store a form; raise `ContentReceived` where the same came from this network a while ago.

    A person who types what another has sent elsewhere is not told that it was.
    """
    try:
        return submit_filled(filled)
    except ContentReceived:
        index = filled.content_index
        if index is None or rate_limits.times_same(REPEAT, index) > 1:
            raise
        return submit_filled(replace(filled, is_meant=True))


def submit_form(
    filled: Filled,
    *,
    grace: timedelta,
    refusal: str | None = None,
    space: int | None = None,
    may_open: bool = True,
    note: Callable[[Stored], object] | None = None,
) -> Result:
    """Store a form with its acknowledgement in one transaction, in which `note` runs too.

    After the closing it is accepted for `grace`.  `refusal` is why no mail may leave for the
    source of this request.  Raise what `submit.submit` does.
    """
    session, settings = db.session(), current_app.config
    letter = acknowledgement.write(session, filled, settings)
    with writing(session):
        result = submit.submit(session, filled, grace=grace, space=space)
        if not isinstance(result, Accepted):
            return result
        stored = result.response
        if note is not None:
            note(stored)
        acknowledgement.enqueue(
            session, filled, stored, letter, settings, may_open=may_open, refusal=refusal
        )
    return result


def _count(filled: Filled) -> str | None:
    """Count a form; return what it is one too many for, or None.

    The counts are kept in a store of their own, and so before the transaction begins.
    """
    size = sum(len(str(value).encode()) for value in filled.checked.values.values())

    def count(tally: Tally) -> str | None:
        if is_crowded(tally) or takes_too_much(tally, size):
            return CROWD
        if filled.content_index is not None:
            seconds = int(repeats.KNOWN_FOR.total_seconds())
            tally.count_same(REPEAT, filled.content_index, seconds=seconds)
        address = filled.respondent.address
        if address is None:
            return None
        count = tally.count_different("mail source", address.index, seconds=3600)
        return SOURCE_CAP if count > current_app.config["MAIL_SOURCE_CAP"] else None

    return rate_limits.tally(count, otherwise=None)


def is_crowded(tally: Tally) -> bool:
    """Count one form more from the request's network; return whether an hour brought too many."""
    cap: int = current_app.config["FORM_CAP"]
    return tally.count("form", seconds=3600) > cap


def takes_too_much(tally: Tally, size: int) -> bool:
    """Count `size` bytes more from the request's network; return whether that is too much."""
    cap: int = current_app.config["TEXT_CAP"]
    if not size:
        return False
    # In kibibytes: the column of counts ends at two thousand million.
    total = tally.count("text", seconds=3600, amount=-(-size // 1024))
    return total > cap * 1024


def needs_proof(holder: int | None) -> bool:
    """Return whether a form needs a proof of work while one is required.

    A respondent who has sent a form, or was invited, has shown before that they are no machine.
    """
    return holder is None or not public_drafts.is_known(db.session(), holder)
