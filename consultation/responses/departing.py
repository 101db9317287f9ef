"""The mail that confirms to a respondent what they withdrew or had erased; it holds no link."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from consultation.crypto import new_id
from consultation.mail import pacing
from consultation.mail.kinds import MessageKind, Reach
from consultation.mail.pacing import Caps


@dataclass(frozen=True)
class Departure:
    """What was done: all of it is ours, nothing was typed by a visitor.

    `receipt_codes` are those of the contributions withdrawn, none after an erasure; `done_at` is
    ISO in UTC.
    """

    is_erased: bool
    texts_too: bool
    receipt_codes: list[str]
    done_at: str

    @property
    def moment(self) -> datetime:
        """When it was done."""
        return datetime.fromisoformat(self.done_at)


KIND = MessageKind(
    "departure",
    "departure",
    Departure,
    "Confirmation de retrait ou d'effacement",
    reach=Reach.ANSWER,
    is_forgotten=True,
)


def owe_withdrawn(
    session: Session,
    receipt_codes: Sequence[str],
    *,
    address: str | None,
    locale: str,
    at: datetime,
    caps: Caps,
) -> bool:
    """Owe the mail that confirms a withdrawal; return whether it will come."""
    said = Departure(False, False, list(receipt_codes), at.isoformat())
    return _owe(session, said, address=address, locale=locale, at=at, caps=caps)


def owe_erased(
    session: Session,
    *,
    texts_too: bool,
    address: str | None,
    locale: str,
    at: datetime,
    caps: Caps,
) -> bool:
    """Owe the mail that confirms an erasure; return whether it will come.

    The address it goes to is forgotten once it has left, and at once when it will not leave.
    """
    said = Departure(True, texts_too, [], at.isoformat())
    return _owe(session, said, address=address, locale=locale, at=at, caps=caps)


def _owe(
    session: Session,
    said: Departure,
    *,
    address: str | None,
    locale: str,
    at: datetime,
    caps: Caps,
) -> bool:
    if address is None:
        return False
    return pacing.enqueue_gathered(
        session,
        KIND.name,
        dedup_key=f"{KIND.name}:{new_id()}",
        recipient=address,
        locale=locale,
        parameters=said,
        at=at,
        caps=caps,
    )
