"""Telling a named person, by mail and without the text, that somebody may be in danger."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts import auditing
from consultation.inserting import insert_once
from consultation.mail import outbox
from consultation.mail.addresses import is_sendable
from consultation.mail.kinds import MessageKind, Reach
from consultation.moderation.deciding import check, hold
from consultation.moderation.models import DangerAlert
from consultation.responses.models import Answer, Response
from consultation.web.permissions import Actor


@dataclass(frozen=True)
class DangerNotice:
    """What the mail says: where the text is read, and its contribution's receipt code.

    Not a word of the text, nor who wrote it: a mailbox is read by others, and on telephones.
    """

    public_id: str
    receipt_code: str
    raised_at: str

    @property
    def moment(self) -> datetime:
        """When the alert was raised."""
        return datetime.fromisoformat(self.raised_at)


KIND = MessageKind(
    "danger", "danger", DangerNotice, "Alerte : personne en danger", reach=Reach.STAFF
)


class NoReferent(Exception):
    """Nobody is named to be told, or the address is none."""


def can_tell(referent: str) -> bool:
    """Say whether a mail can be written to the person whom the settings name."""
    return bool(referent) and is_sendable(referent)


def raise_alert(
    session: Session, actor: Actor, public_id: str, referent: str, at: datetime
) -> DangerAlert:
    """Note that somebody may be in danger and owe the referent a mail, once for each text.

    Raise `NotAllowed` or `NoReferent`.
    """
    check(actor)
    if not can_tell(referent):
        raise NoReferent
    text = hold(session, public_id)
    values = {"answer_id": text.answer_id, "account_id": actor.id, "raised_at": at}
    if insert_once(session, DangerAlert, values) is not None:
        outbox.enqueue(
            session,
            KIND.name,
            dedup_key=f"{KIND.name}:{public_id}",
            recipient=referent,
            locale="fr",
            parameters=DangerNotice(public_id, _code(session, text.answer_id), at.isoformat()),
            at=at,
        )
        auditing.record(session, actor.id, "danger_raised", public_id, at=at)
    return session.get_one(DangerAlert, text.answer_id)


def _code(session: Session, answer_id: int) -> str:
    return session.scalars(
        sa.select(Response.receipt_code).join(Answer).where(Answer.id == answer_id)
    ).one()
