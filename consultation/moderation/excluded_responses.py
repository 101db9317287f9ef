"""Excluded responses: set aside as a whole by a moderator, kept and counted separately."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.db.inserts import insert_once
from consultation.moderation.models import AsideReason, ResponseSetAside
from consultation.responses.models import Response
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs


@needs(Permission.MODERATE)
def set_aside(work: Work, public_id: str, reason: AsideReason) -> bool:
    """Set a response aside; return False when it was already."""
    values = {
        "response_id": _id_of(work.session, public_id),
        "reason": reason,
        "account_id": work.actor.id,
        "set_aside_at": work.at,
    }
    if insert_once(work.session, ResponseSetAside, values) is None:
        return False
    details = {"reason": reason.value}
    audit_log.log(work, "response_set_aside", public_id, details)
    return True


@needs(Permission.MODERATE)
def take_back(work: Work, public_id: str) -> bool:
    """Let a response count again; return False when it did already."""
    gone = (
        sa.delete(ResponseSetAside)
        .where(ResponseSetAside.response_id == _id_of(work.session, public_id))
        .returning(ResponseSetAside.response_id)
    )
    if work.session.execute(gone).first() is None:
        return False
    audit_log.log(work, "response_taken_back", public_id)
    return True


def _id_of(session: Session, public_id: str) -> int:
    return session.scalars(sa.select(Response.id).where(Response.public_id == public_id)).one()
