"""Excluded responses: set aside as a whole by a moderator, kept and counted separately."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.db.inserts import insert_once
from consultation.moderation.claims import check_moderator
from consultation.moderation.models import AsideReason, ResponseSetAside
from consultation.responses.models import Response
from consultation.web.permissions import Actor


def set_aside(
    session: Session, actor: Actor, public_id: str, reason: AsideReason, at: datetime
) -> bool:
    """Set a response aside; return False when it was already."""
    check_moderator(actor)
    values = {
        "response_id": _id_of(session, public_id),
        "reason": reason,
        "account_id": actor.id,
        "set_aside_at": at,
    }
    if insert_once(session, ResponseSetAside, values) is None:
        return False
    details = {"reason": reason.value}
    audit_log.record(session, actor.id, "response_set_aside", public_id, details, at=at)
    return True


def take_back(session: Session, actor: Actor, public_id: str, at: datetime) -> bool:
    """Let a response count again; return False when it did already."""
    check_moderator(actor)
    gone = (
        sa.delete(ResponseSetAside)
        .where(ResponseSetAside.response_id == _id_of(session, public_id))
        .returning(ResponseSetAside.response_id)
    )
    if session.execute(gone).first() is None:
        return False
    audit_log.record(session, actor.id, "response_taken_back", public_id, at=at)
    return True


def _id_of(session: Session, public_id: str) -> int:
    return session.scalars(sa.select(Response.id).where(Response.public_id == public_id)).one()
