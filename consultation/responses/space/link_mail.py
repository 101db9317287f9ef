"""Personal link by mail: sent to an address that is given once for that and kept nowhere else."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.i18n import prefix_for
from consultation.mail import outbox
from consultation.mail.addresses import Address
from consultation.mail.kinds import MessageKind, Reach
from consultation.mail.models import OutboxMessage
from consultation.mail.outbox import Caps
from consultation.questionnaires.models import Round
from consultation.responses.models import Respondent
from consultation.responses.rights import erasure
from consultation.responses.space import links


@dataclass(frozen=True)
class SentLink:
    """Parameters of the mail; none was typed by a visitor.

    `link` is the personal link in full, `asked_at` is ISO in UTC, and so is `closes_at`, None where
    the round is closed.
    """

    link: str
    asked_at: str
    closes_at: str | None
    is_trial: bool = False

    @property
    def moment(self) -> datetime:
        """Moment of the request."""
        return datetime.fromisoformat(self.asked_at)

    @property
    def closing(self) -> datetime | None:
        """Moment when the round closes."""
        return datetime.fromisoformat(self.closes_at) if self.closes_at else None


KIND = MessageKind(
    "personal_link",
    "personal_link",
    SentLink,
    "Lien personnel envoyé à une adresse",
    reach=Reach.ANSWER,
    is_forgotten=True,
)


def send(
    session: Session,
    token: str,
    address: str,
    *,
    locale: str,
    base_url: str,
    caps: Caps,
    at: datetime,
) -> bool:
    """Enqueue the mail with the link of `token`; return whether it will leave.

    Called inside `writing`.  The address is not stored with the respondent, and opening the link
    confirms nothing of it.  A space sends its link `erasure.LINK_MAILS` times at most, so that
    nobody makes a mailer of it.
    """
    respondent = links.find(session, token)
    if respondent is None or erasure.is_erased(session, respondent.id):
        return False
    key = _free_key(session, respondent.id)
    if key is None:
        return False
    message = outbox.prepare(
        session,
        KIND,
        dedup_key=key,
        recipient=Address.of(address),
        locale=locale,
        parameters=_parameters(session, token, respondent, locale, base_url, at),
        at=at,
    )
    return outbox.enqueue_gathered(session, message, caps)


def _free_key(session: Session, respondent_id: int) -> str | None:
    """Return the key of the next mail of a respondent, who is locked; None after the last."""
    keys = erasure.link_mail_keys(respondent_id)
    used = session.scalars(
        sa.select(OutboxMessage.dedup_key).where(OutboxMessage.dedup_key.in_(keys))
    ).all()
    return next((key for key in keys if key not in used), None)


def _parameters(
    session: Session,
    token: str,
    respondent: Respondent,
    locale: str,
    base_url: str,
    at: datetime,
) -> SentLink:
    opened = session.get_one(Round, respondent.round_id)
    identifier = token.partition(links.SEPARATOR)[0]
    return SentLink(
        link=links.address_of(base_url, prefix_for(locale), identifier),
        asked_at=at.isoformat(),
        closes_at=opened.closes_at.isoformat() if opened.closes_at > at else None,
        is_trial=opened.is_trial,
    )
