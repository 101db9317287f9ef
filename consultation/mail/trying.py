"""A mail that only shows that mail leaves."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from consultation.crypto import new_id
from consultation.i18n import DEFAULT_LOCALE
from consultation.mail import outbox
from consultation.mail.kinds import MessageKind
from consultation.mail.models import OutboxMessage


@dataclass(frozen=True)
class Trial:
    """When the mail was asked for (ISO, UTC)."""

    asked_at: str

    @property
    def moment(self) -> datetime:
        """The same as a moment."""
        return datetime.fromisoformat(self.asked_at)


KIND = MessageKind("test", "test", Trial, "Message d'essai")


def owe_test(session: Session, address: str, at: datetime) -> OutboxMessage:
    """Owe a test message to an address; raise ValueError when it is not the address of one box."""
    return outbox.enqueue(
        session,
        KIND.name,
        dedup_key=f"test:{new_id()}",
        recipient=address,
        locale=DEFAULT_LOCALE,
        parameters=Trial(at.isoformat()),
        at=at,
    )
