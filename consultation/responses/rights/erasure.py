"""Erases what identifies a respondent, here and in what waits for them; their figures stay.

What later rooms keep of them, these forget when they are told: see `register_forgetter`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db import erasure_log
from consultation.mail import boxes, retention
from consultation.mail.boxes import Box
from consultation.mail.models import OutboxMessage
from consultation.questionnaires.models import Round
from consultation.responses.models import (
    Answer,
    Contact,
    Draft,
    PersonalLink,
    Respondent,
    Response,
    Submission,
)
from consultation.responses.space import sessions

KIND = "respondent"
ERASED_TEXT = "███"
"""What stands where a text was; its row, and the figures that count it, stay."""

_LATER = {"synchronize_session": False}


@dataclass(frozen=True)
class Wish:
    """What else a respondent wants to have erased: all their texts, their place among invitees."""

    texts: bool = False
    invitee: bool = False


@dataclass(frozen=True)
class Forgotten:
    """Whom the later rooms are to forget; `answer_ids` are the texts that were overwritten."""

    respondent_id: int
    link_ids: Sequence[str]
    answer_ids: Sequence[int]
    wish: Wish
    at: datetime


Forgetter = Callable[[Session, Forgotten], object]
Finder = Callable[[Session, int], Sequence[int]]

_forgetters: dict[str, Forgetter] = {}
_finders: dict[str, Finder] = {}


class AlreadyErased(Exception):
    """Somebody else, with the same link, has had it erased a moment ago."""


def register_forgetter(room: str, forgetter: Forgetter) -> None:
    """Let a later room forget what it keeps of a respondent, once or more often."""
    _forgetters[room] = forgetter


def register_finder(room: str, finder: Finder) -> None:
    """Let a later room find the other respondents that the words of one have become."""
    _finders[room] = finder


def erase(session: Session, respondent_id: int, wish: Wish, at: datetime, *, home: Path) -> None:
    """Erase what identifies a respondent, and whoever else they are here; inside `writing`.

    The list of erasures is on disk before anything is changed.  Raise `AlreadyErased`, or OSError.
    """
    respondent = hold(session, respondent_id)
    if respondent.erased_at is not None:
        raise AlreadyErased
    people = [respondent, *_others(session, respondent_id)]
    theirs = Response.respondent_id.in_([one.id for one in people])
    erasure_log.note(
        home,
        KIND,
        at,
        links=[link for one in people for link in _link_ids(session, one.id)],
        responses=list(session.scalars(sa.select(Response.public_id).where(theirs))),
        texts=wish.texts,
        invitee=wish.invitee,
    )
    for one in people:
        _forget(session, one, wish, at)


def _others(session: Session, respondent_id: int) -> list[Respondent]:
    """Return, held, who else is this respondent: what they wrote by mail may stand apart."""
    ids = sorted({one for find in _finders.values() for one in find(session, respondent_id)})
    return [hold(session, one) for one in ids]


def outlive(session: Session, respondent_id: int, wish: Wish, at: datetime) -> None:
    """Forget a respondent whose time is over, erased before or not; to be called inside `writing`.

    The list of erasures is not told: what a restored backup brings back is over its time again.
    """
    _forget(session, hold(session, respondent_id), wish, at)


def replay(session: Session, entry: erasure_log.Entry, at: datetime) -> None:
    """Erase once more whom a restored backup has brought back, by whatever it knows of them."""
    wish = Wish(texts=entry["texts"], invitee=entry["invitee"])
    found = session.scalars(
        sa.select(Respondent)
        .where(
            sa.or_(
                Respondent.id.in_(
                    sa.select(PersonalLink.respondent_id).where(PersonalLink.id.in_(entry["links"]))
                ),
                Respondent.id.in_(
                    sa.select(Response.respondent_id).where(
                        Response.public_id.in_(entry["responses"])
                    )
                ),
            )
        )
        .order_by(Respondent.id)
    ).all()
    for respondent in found:
        _forget(session, respondent, wish, at)


def hold(session: Session, respondent_id: int) -> Respondent:
    """Return a respondent as they stand, kept from others until the transaction ends."""
    return session.get_one(
        Respondent, respondent_id, populate_existing=True, with_for_update={"of": Respondent}
    )


def is_erased(session: Session, respondent_id: int) -> bool:
    """Say, holding the respondent, whether they were erased: nothing is then added to them."""
    return hold(session, respondent_id).erased_at is not None


def mark_of(session: Session, respondent_id: int) -> str:
    """Return a random id of the respondent that outlives their erasure, or nothing."""
    return next(iter(_link_ids(session, respondent_id)), "")


def was_erased(session: Session, mark: str) -> bool:
    """Say whether whoever had that mark has been erased."""
    wanted = (
        sa.select(Respondent.erased_at)
        .join(PersonalLink, PersonalLink.respondent_id == Respondent.id)
        .where(PersonalLink.id == mark)
    )
    return session.scalar(wanted) is not None


def _forget(session: Session, respondent: Respondent, wish: Wish, at: datetime) -> None:
    link_ids = _link_ids(session, respondent.id)
    _call_back_mail(session, respondent.id, link_ids)
    _close_doors(session, respondent.id, at)
    for table in (Contact, Draft):
        session.execute(sa.delete(table).where(table.respondent_id == respondent.id))
    answer_ids = _overwrite_texts(session, respondent.id, wish)
    session.execute(
        sa.update(Respondent)
        .where(Respondent.id == respondent.id)
        .values(organisation=None, consent_contact=False, consent_named=False, erased_at=at),
        execution_options=_LATER,
    )
    forgotten = Forgotten(respondent.id, link_ids, answer_ids, wish, at)
    for forget in _forgetters.values():
        forget(session, forgotten)
    session.expire_all()


def _link_ids(session: Session, respondent_id: int) -> list[str]:
    return list(
        session.scalars(
            sa.select(PersonalLink.id)
            .where(PersonalLink.respondent_id == respondent_id)
            .order_by(PersonalLink.created_at, PersonalLink.id)
        )
    )


def _call_back_mail(session: Session, respondent_id: int, link_ids: Sequence[str]) -> None:
    """Call back and empty the mail about this respondent, to whatever address they had given."""
    receipts = session.scalars(
        sa.select(Response.receipt_code).where(Response.respondent_id == respondent_id)
    ).all()
    contact = sa.select(
        Contact.address_index, Contact.mailbox_index, boxes.sealed(Contact.address)
    ).where(Contact.respondent_id == respondent_id, Contact.address_index.is_not(None))
    rounds = session.scalars(sa.select(Round.id))
    keys = [
        *(f"acknowledgement:{code}" for code in receipts),
        *(f"draft_reminder:{respondent_id}:{round_id}" for round_id in rounds),
    ]
    written = sa.select(
        OutboxMessage.recipient_index,
        OutboxMessage.mailbox_index,
        boxes.sealed(OutboxMessage.recipient),
    ).where(OutboxMessage.dedup_key.in_(keys))
    known = {Box.of_row(*row) for each in (contact, written) for row in session.execute(each)}
    places = {box.folded for box in known}
    retention.cancel_and_blank(
        session, retention.messages_containing(session, places, [*link_ids, *receipts])
    )
    for box in known:
        retention.erase_address(session, box)


def _close_doors(session: Session, respondent_id: int, at: datetime) -> None:
    """Revoke the links, and close the space wherever it is open."""
    session.execute(
        sa.update(PersonalLink)
        .where(PersonalLink.respondent_id == respondent_id, PersonalLink.revoked_at.is_(None))
        .values(revoked_at=at),
        execution_options=_LATER,
    )
    sessions.close_all(session, respondent_id, at)


def _overwrite_texts(session: Session, respondent_id: int, wish: Wish) -> list[int]:
    """Overwrite all texts if asked, else those replaced or withdrawn; return their answers."""
    theirs = Response.respondent_id == respondent_id
    gone = sa.or_(Response.superseded_at.is_not(None), Response.withdrawn_at.is_not(None))
    responses = sa.select(Response.id).where(theirs, sa.true() if wish.texts else gone)
    ids = session.scalars(
        sa.update(Answer)
        .where(Answer.response_id.in_(responses), Answer.text.is_not(None))
        .values(text=ERASED_TEXT)
        .returning(Answer.id),
        execution_options=_LATER,
    ).all()
    # By a hash of what was sent, a guess at it could be tried out.
    session.execute(
        sa.update(Submission)
        .where(Submission.id.in_(sa.select(Response.submission_id).where(theirs)))
        .values(content_index=None),
        execution_options=_LATER,
    )
    session.execute(
        sa.update(Response).where(theirs).values(content_hash=""), execution_options=_LATER
    )
    return list(ids)
