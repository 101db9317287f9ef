"""Staff accounts: creation, lookup, roles, passwords, closing."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import email_validator
import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account, AccountRole, Role
from consultation.accounts.sign_in import sessions
from consultation.crypto.keyring import new_id
from consultation.i18n import DEFAULT_LOCALE
from consultation.mail.addresses import LONGEST_TYPED, is_sendable, mailbox
from consultation.mail.circulars import Mail
from consultation.text import clean_line


class AddressRefused(Exception):
    """The address can't be used; the text says why."""


class AddressInvalid(AddressRefused):
    """The text is no address."""

    def __str__(self) -> str:
        return "Écrivez une adresse complète, comme prenom@association.example."


class AddressAmbiguous(AddressInvalid):
    """The address may be another box than the one that its account's spelling names."""

    def __str__(self) -> str:
        return (
            "Écrivez cette adresse en minuscules : avec une lettre comme « É », elle peut être une"
            " autre boîte que celle où le site écrirait."
        )


class AddressTaken(AddressRefused):
    """The address has an account already, whose password only its holder may set."""

    def __str__(self) -> str:
        return "Cette adresse a déjà un compte : donnez-lui ses rôles sur la page « Comptes »."


class NoSuchAddress(AddressRefused):
    """No account has the address."""


def address_of(text: str) -> str:
    """Return the spelling under which an account is stored and found; raise `AddressInvalid`.

    No two accounts differ by the case of a letter, `É` and `é` included, nor by how its accent is
    encoded: whoever signs in may type either.
    """
    if len(text) > LONGEST_TYPED:
        raise AddressInvalid
    try:
        checked = email_validator.validate_email(clean_line(text), check_deliverability=False)
    except email_validator.EmailNotValidError:
        raise AddressInvalid from None
    if not is_sendable(checked.normalized):
        raise AddressInvalid
    return unicodedata.normalize("NFC", checked.normalized.lower())


def address_to_write_to(text: str) -> str:
    """Return the spelling under which an account is stored, where it names the box typed.

    Links that open an account go there, and `É@` may be another person's box than `é@`.  Raise
    `AddressInvalid`.
    """
    address = address_of(text)
    if mailbox(clean_line(text)) != mailbox(address):
        raise AddressAmbiguous
    return address


def find(session: Session, email: str) -> Account | None:
    """Return the account of an address, however spelt."""
    try:
        return session.scalar(sa.select(Account).where(Account.email == address_of(email)))
    except AddressInvalid:
        return None


def create_account(session: Session, email: str, roles: Iterable[Role], at: datetime) -> Account:
    """Add an account that has no password yet; raise `AddressInvalid` or `AddressTaken`."""
    if find(session, email) is not None:
        raise AddressTaken
    account = Account(email=address_to_write_to(email), created_at=at)
    session.add(account)
    session.flush()
    add_roles(session, account, roles)
    return account


def grant(
    session: Session,
    account: Account,
    roles: Iterable[Role],
    at: datetime,
    actor_id: int | None = None,
) -> None:
    """Add `roles` to those of `account`, from its next request on."""
    added = add_roles(session, account, roles)
    details = {"roles": [role.value for role in added]}
    audit_log.record(session, actor_id, "roles_granted", str(account.id), details, at=at)


def add_roles(session: Session, account: Account, roles: Iterable[Role]) -> list[Role]:
    """Add the roles that `account` lacks, and return them; nothing is recorded."""
    missing = {*roles} - {row.role for row in account.roles}
    added = [role for role in Role if role in missing]
    account.roles.extend(AccountRole(role=role) for role in added)
    session.flush()
    return added


def disable(session: Session, account: Account, at: datetime, actor_id: int | None = None) -> None:
    """Disable `account` at once: its sessions and the links mailed to it end."""
    account.active = False
    _end_everything(session, account, at)
    audit_log.record(session, actor_id, "account_disabled", str(account.id), at=at)


def set_password(session: Session, account: Account, password_hash: str, at: datetime) -> None:
    """Set the password of `account`; its sessions and reset links end."""
    account.password = password_hash
    _end_everything(session, account, at)


def _end_everything(session: Session, account: Account, at: datetime) -> None:
    account.fs_uniquifier = new_id()
    sessions.revoke_all(session, account, at)
    session.flush()


def enable(session: Session, account: Account, at: datetime, actor_id: int | None = None) -> None:
    """Enable `account` again, with the password, roles and second factor that it had."""
    account.active = True
    session.flush()
    audit_log.record(session, actor_id, "account_enabled", str(account.id), at=at)


def is_administered(session: Session) -> bool:
    return session.scalar(administrators().limit(1)) is not None


def administrators() -> sa.Select[Account]:
    """Return the query of the administrators who can sign in, by address."""
    return _holders(Role.ADMINISTRATOR).order_by(Account.email)


def mails_to(session: Session, role: Role, prefix: str, parameters: Any) -> Sequence[Mail]:
    """Return the same mail to each account of a role that can sign in; `prefix` begins its key."""
    return [
        Mail(
            dedup_key=f"{prefix}{account.id}",
            recipient=account.email,
            locale=DEFAULT_LOCALE,
            parameters=parameters,
        )
        for account in session.scalars(_holders(role).order_by(Account.id))
    ]


def _holders(role: Role) -> sa.Select[Account]:
    """Return the query of the accounts with a role that can sign in."""
    return (
        sa.select(Account)
        .join(AccountRole)
        .where(AccountRole.role == role, Account.active, Account.password.is_not(None))
    )
