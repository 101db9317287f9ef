"""Erasure of what identifies a respondent, in rows and in mail.

The figures stay.

Packages to the right erase what they keep of a respondent by a hook: see `register_eraser`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db import erasure_log
from consultation.mail import mailbox_identity, retention
from consultation.mail.mailbox_identity import Box
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
"""Replaces an erased text; its row, and the figures that count it, stay."""

_LATER = {"synchronize_session": False}


@dataclass(frozen=True)
class Wish:
    """What a respondent asks to erase besides: all their texts, their entry among the invitees."""

    texts: bool = False
    invitee: bool = False


@dataclass(frozen=True)
class Erased:
    """A respondent whose data the hooks erase; `answer_ids` are the overwritten texts."""

    respondent_id: int
    link_ids: Sequence[str]
    answer_ids: Sequence[int]
    wish: Wish
    at: datetime


Eraser = Callable[[Session, Erased], object]
Finder = Callable[[Session, int], Sequence[int]]

_erasers: dict[str, Eraser] = {}
_finders: dict[str, Finder] = {}


class AlreadyErased(Exception):
    """Another request with the same link has erased the respondent since."""


def register_eraser(package: str, eraser: Eraser) -> None:
    """Call `eraser` in each erasure of a respondent; it may be called again for the same one."""
    _erasers[package] = eraser


def register_finder(package: str, finder: Finder) -> None:
    """Call `finder` for the other respondents that a respondent's texts were stored as."""
    _finders[package] = finder


def erase(session: Session, respondent_id: int, wish: Wish, at: datetime, *, home: Path) -> None:
    """Erase what identifies a respondent, under all their ids; called inside `writing`.

    The erasure log is on disk before any row changes.  Raise `AlreadyErased`, or OSError.
    """
    respondent = lock(session, respondent_id)
    if respondent.erased_at is not None:
        raise AlreadyErased
    respondents = [respondent, *_others(session, respondent_id)]
    is_of_them = Response.respondent_id.in_([same.id for same in respondents])
    erasure_log.note(
        home,
        KIND,
        at,
        links=[link for same in respondents for link in _link_ids(session, same.id)],
        responses=list(session.scalars(sa.select(Response.public_id).where(is_of_them))),
        texts=wish.texts,
        invitee=wish.invitee,
    )
    for same in respondents:
        _erase_respondent(session, same, wish, at)


def _others(session: Session, respondent_id: int) -> list[Respondent]:
    """Return, locked, the respondents under whom the same person's mails were stored."""
    ids = sorted({id_ for find in _finders.values() for id_ in find(session, respondent_id)})
    return [lock(session, id_) for id_ in ids]


def expire(session: Session, respondent_id: int, wish: Wish, at: datetime) -> None:
    """Erase a respondent at the end of the retention period; called inside `writing`.

    Not noted in the erasure log: in a restored backup their period has ended as well.
    """
    _erase_respondent(session, lock(session, respondent_id), wish, at)


def replay(session: Session, entry: erasure_log.Entry, at: datetime) -> None:
    """Erase again a respondent whom a restored backup holds, found by links or responses."""
    wish = Wish(texts=entry["texts"], invitee=entry["invitee"])
    respondents = session.scalars(
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
    for respondent in respondents:
        _erase_respondent(session, respondent, wish, at)


def lock(session: Session, respondent_id: int) -> Respondent:
    """Return a respondent as stored now, locked until the transaction ends."""
    return session.get_one(
        Respondent, respondent_id, populate_existing=True, with_for_update={"of": Respondent}
    )


def is_erased(session: Session, respondent_id: int) -> bool:
    """Lock the respondent and return whether they were erased: nothing may then be added."""
    return lock(session, respondent_id).erased_at is not None


def mark_of(session: Session, respondent_id: int) -> str:
    """Return a random id of the respondent that outlives their erasure, or nothing."""
    return next(iter(_link_ids(session, respondent_id)), "")


def was_erased(session: Session, mark: str) -> bool:
    """Return whether the respondent of a mark (see `mark_of`) was erased."""
    wanted = (
        sa.select(Respondent.erased_at)
        .join(PersonalLink, PersonalLink.respondent_id == Respondent.id)
        .where(PersonalLink.id == mark)
    )
    return session.scalar(wanted) is not None


def was_left(session: Session, mark: str, since: datetime) -> bool:
    """Return whether a browser that showed the erasure of a mark was left after that moment."""
    link = session.get(PersonalLink, mark)
    return link is not None and sessions.was_left(session, link.respondent_id, since)


def _erase_respondent(session: Session, respondent: Respondent, wish: Wish, at: datetime) -> None:
    link_ids = _link_ids(session, respondent.id)
    _blank_mail(session, respondent.id, link_ids)
    _revoke_access(session, respondent.id, at)
    for table in (Contact, Draft):
        session.execute(sa.delete(table).where(table.respondent_id == respondent.id))
    answer_ids = _overwrite_texts(session, respondent.id, wish)
    session.execute(
        sa.update(Respondent)
        .where(Respondent.id == respondent.id)
        .values(organisation=None, consent_contact=False, consent_named=False, erased_at=at),
        execution_options=_LATER,
    )
    erased = Erased(respondent.id, link_ids, answer_ids, wish, at)
    for erase_in in _erasers.values():
        erase_in(session, erased)
    session.expire_all()


def _link_ids(session: Session, respondent_id: int) -> list[str]:
    return list(
        session.scalars(
            sa.select(PersonalLink.id)
            .where(PersonalLink.respondent_id == respondent_id)
            .order_by(PersonalLink.created_at, PersonalLink.id)
        )
    )


LINK_MAILS = 5
"""Mails with a respondent's personal link, beside those of receipts and recovery, at most."""


def link_mail_keys(respondent_id: int) -> list[str]:
    """Return the keys of the mails that `space.link_mail` may have enqueued."""
    return [f"personal_link:{respondent_id}:{number}" for number in range(1, LINK_MAILS + 1)]


def _blank_mail(session: Session, respondent_id: int, link_ids: Sequence[str]) -> None:
    """Cancel and blank the mail about this respondent, at every address that they gave."""
    receipts = session.scalars(
        sa.select(Response.receipt_code).where(Response.respondent_id == respondent_id)
    ).all()
    contact = sa.select(
        Contact.address_index, Contact.mailbox_index, mailbox_identity.sealed(Contact.address)
    ).where(Contact.respondent_id == respondent_id, Contact.address_index.is_not(None))
    rounds = session.scalars(sa.select(Round.id))
    keys = [
        *(f"acknowledgement:{code}" for code in receipts),
        *(f"draft_reminder:{respondent_id}:{round_id}" for round_id in rounds),
        *link_mail_keys(respondent_id),
    ]
    written = sa.select(
        OutboxMessage.recipient_index,
        OutboxMessage.mailbox_index,
        mailbox_identity.sealed(OutboxMessage.recipient),
    ).where(OutboxMessage.dedup_key.in_(keys))
    known = {Box.of_row(*row) for each in (contact, written) for row in session.execute(each)}
    places = {box.folded for box in known}
    retention.cancel_and_blank(
        session, retention.messages_containing(session, places, [*link_ids, *receipts])
    )
    for box in known:
        retention.erase_address(session, box)


def _revoke_access(session: Session, respondent_id: int, at: datetime) -> None:
    """Revoke the links, and close the space wherever it is open."""
    session.execute(
        sa.update(PersonalLink)
        .where(PersonalLink.respondent_id == respondent_id, PersonalLink.revoked_at.is_(None))
        .values(revoked_at=at),
        execution_options=_LATER,
    )
    sessions.close_all(session, respondent_id, at)


def _overwrite_texts(session: Session, respondent_id: int, wish: Wish) -> list[int]:
    """Overwrite all texts if asked, else those superseded or withdrawn; return the answer ids."""
    is_own = Response.respondent_id == respondent_id
    gone = sa.or_(Response.superseded_at.is_not(None), Response.withdrawn_at.is_not(None))
    responses = sa.select(Response.id).where(is_own, sa.true() if wish.texts else gone)
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
        .where(Submission.id.in_(sa.select(Response.submission_id).where(is_own)))
        .values(content_index=None),
        execution_options=_LATER,
    )
    session.execute(
        sa.update(Response).where(is_own).values(content_hash=""), execution_options=_LATER
    )
    return list(ids)
