"""The mail by which a forgotten password is replaced."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from consultation.accounts import auditing
from consultation.crypto import new_id
from consultation.mail import outbox
from consultation.mail.kinds import MessageKind

MINUTES = 30


@dataclass(frozen=True)
class PasswordReset:
    """What the mail is told: the link, and for how many minutes it serves."""

    link: str
    minutes: int


KIND = MessageKind(
    "password_reset", "password_reset", PasswordReset, label="Lien pour un nouveau mot de passe"
)


@dataclass(frozen=True)
class Owed:
    """A link that somebody asked for, for an account that exists."""

    account_id: int
    recipient: str
    token: str


def ask(session: Session, owed: Owed | None, base_url: str, at: datetime) -> None:
    """Note that a link was asked for and, when the address has an account, owe the mail."""
    auditing.record(session, owed.account_id if owed else None, "password_reset_asked", at=at)
    if owed is None:
        return
    outbox.enqueue(
        session,
        KIND.name,
        dedup_key=f"{KIND.name}:{new_id()}",
        recipient=owed.recipient,
        locale="fr",
        parameters=PasswordReset(f"{base_url}/connexion/oubli/{owed.token}", MINUTES),
        at=at,
    )
