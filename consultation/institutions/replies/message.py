"""Mails that ask an institution for its reply, and remind it; its personal link."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto.keyring import keyring
from consultation.i18n import localized, prefix_for
from consultation.institutions.replies.models import ReplyRequest
from consultation.mail import circulars, retention
from consultation.mail.circulars import Mail
from consultation.mail.kinds import MessageKind, Reach
from consultation.mail.models import OutboxMessage
from consultation.text import clean_line
from consultation.work.services import Work

PURPOSE = "institution reply"
SEPARATOR = "."
EXAMPLE = "exemple"
"""The token of links in previews and test mails, which opens nothing."""


@dataclass(frozen=True)
class ReplyLetter:
    """Parameters of the mails; they say nothing of the judgement, which only the link opens.

    `due_on` is an ISO day, `link` the personal link in full.
    """

    institution: str
    measure: str
    due_on: str
    link: str

    @property
    def last_day(self) -> date:
        """The last day on which the institution may reply."""
        return datetime.fromisoformat(self.due_on).date()


REQUEST = MessageKind(
    "reply_request",
    "reply_request",
    ReplyLetter,
    "Demande de réponse à une institution",
    reach=Reach.ANSWER,
)
REMINDER = MessageKind(
    "reply_reminder",
    "reply_reminder",
    ReplyLetter,
    "Rappel à une institution",
    reach=Reach.ANSWER,
    is_forgotten=True,
)


def token_of(public_id: str) -> str:
    """Return the token of a personal link, which the database alone does not give."""
    signature = keyring.link_signature(f"{PURPOSE}{SEPARATOR}{public_id}")
    return f"{public_id}{SEPARATOR}{signature}"


def id_of(token: str) -> str | None:
    """Return the public id of the request that a token opens, None where it is forged."""
    public_id, _, signature = token.partition(SEPARATOR)
    is_ours = keyring.is_link_signature(f"{PURPOSE}{SEPARATOR}{public_id}", signature)
    return public_id if is_ours else None


def mail_of(kind: MessageKind, request: ReplyRequest, settings: Mapping[str, Any]) -> Mail:
    assert request.address is not None
    return Mail(
        dedup_key=circulars.key_of(kind, request.public_id),
        recipient=request.address,
        locale=request.locale,
        parameters=letter_for(request, settings, token_of(request.public_id)),
    )


def enqueue_test(work: Work, request: ReplyRequest, settings: Mapping[str, Any]) -> int:
    """Enqueue the mail of a request to the actor; return how many will leave.

    Its link opens nothing.
    """
    return circulars.try_out(work, REQUEST, {request.locale: letter_for(request, settings)})


def letter_for(
    request: ReplyRequest, settings: Mapping[str, Any], token: str = EXAMPLE
) -> ReplyLetter:
    """Return the parameters of the mails about a request, by default with an example of a link."""
    return ReplyLetter(
        institution=clean_line(request.institution),
        measure=clean_line(localized(request.measure.title, request.locale)),
        due_on=request.due_on.isoformat(),
        link=f"{settings['BASE_URL']}{prefix_for(request.locale)}/reponse/{token}",
    )


def mails_of(session: Session, request: ReplyRequest) -> list[OutboxMessage]:
    """Return the mails about a request, in the order of their sending."""
    return list(session.scalars(_mails(request).order_by(OutboxMessage.id)))


def cancel(session: Session, request: ReplyRequest) -> None:
    """Cancel what waits of the mails about a request, and blank them all."""
    mails = session.scalars(_mails(request).with_only_columns(OutboxMessage.id)).all()
    retention.cancel_and_blank(session, mails)


def _mails(request: ReplyRequest) -> sa.Select[OutboxMessage]:
    keys = [circulars.key_of(kind, request.public_id) for kind in (REQUEST, REMINDER)]
    return sa.select(OutboxMessage).where(OutboxMessage.dedup_key.in_(keys))
