"""Erasure of what names a person in a request: the address, and the reply if it must go."""

from datetime import date, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.db import erasure_log
from consultation.db.stale import StaleEdit
from consultation.institutions.replies import message, requests
from consultation.institutions.replies.models import Reply, ReplyRequest
from consultation.jobs import erase_copies
from consultation.mail import retention
from consultation.mail.mailbox_identity import Box
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

KIND = "institution_reply"


@needs(Permission.ASK_REPLIES)
def erase(work: Work, public_id: str, seen: str, *, home: Path, texts: bool) -> None:
    """Erase the address and the signatures of a request, with `texts` what was replied as well.

    The file of erasures is written before any row.  Raise `StaleEdit` or OSError.
    """
    request = requests.locked(work.session, public_id)
    if request is None or requests.state_of(request) != seen:
        raise StaleEdit(requests.WHAT)
    erasure_log.note(home, KIND, work.at, request=public_id, texts=texts)
    _erase(work.session, request, texts=texts)
    erase_copies.order(work.session, work.at)
    audit_log.log(work, "reply_erased", public_id, {"texts": texts})


def replay(session: Session, entry: erasure_log.Entry, at: datetime) -> None:
    """Erase again what came back with a restored backup."""
    request = requests.locked(session, entry["request"])
    if request is not None:
        _erase(session, request, texts=entry["texts"])


def erase_old_addresses(session: Session, before: date, most: int) -> int:
    """Erase at most `most` addresses of requests whose term ended before a day; return how many."""
    query = sa.select(ReplyRequest.public_id).where(
        ReplyRequest.due_on < before, ReplyRequest.address.is_not(None)
    )
    gone = session.scalars(query.order_by(ReplyRequest.id).limit(most)).all()
    for public_id in gone:
        request = requests.locked(session, public_id)
        assert request is not None
        _erase_address(session, request)
    return len(gone)


def _erase(session: Session, request: ReplyRequest, *, texts: bool) -> None:
    _erase_address(session, request)
    blank = {"signature": "", "text": ""} if texts else {"signature": ""}
    session.execute(
        sa.update(Reply).where(Reply.request_id == request.id).values(blank),
        execution_options={"synchronize_session": False},
    )
    session.flush()
    session.expire_all()


def _erase_address(session: Session, request: ReplyRequest) -> None:
    """Blank the address with the mails to it; a stopped box stays stopped by its hash."""
    message.cancel(session, request)
    if request.address is not None:
        retention.erase_address(session, Box.of(request.address))
        request.address = None
    session.flush()
