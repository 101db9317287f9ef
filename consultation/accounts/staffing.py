"""Who belongs to the staff: accounts, their roles and passwords, and the links that open them."""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import email_validator
import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts import auditing, sessions
from consultation.accounts.models import (
    Account,
    AccountInvitation,
    AccountRole,
    PromisedRole,
    Role,
)
from consultation.accounts.sessions import TOKEN_BYTES, hash_of
from consultation.crypto import new_id
from consultation.mail.addresses import is_sendable
from consultation.text import clean_line

INVITATION_LASTS = timedelta(days=7)
UNTIL_USED = datetime(9999, 1, 1, tzinfo=UTC)


class AddressRefused(Exception):
    """Nothing can be done for what was given as an address; the text says why."""


class AddressInvalid(AddressRefused):
    """What was given as an address can't be one."""

    def __str__(self) -> str:
        return "Écrivez une adresse complète, comme prenom@association.example."


class AddressTaken(AddressRefused):
    """The address has an account already, whose password only its holder may set."""

    def __str__(self) -> str:
        return "Cette adresse a déjà un compte : donnez-lui ses rôles sur la page « Comptes »."


class NoSuchAddress(AddressRefused):
    """No account has the address."""


class InvitationOver(Exception):
    """The link was used, has expired, or never was one."""


def address_of(text: str) -> str:
    """Return the one spelling under which an account is known; raise `AddressInvalid`."""
    try:
        checked = email_validator.validate_email(clean_line(text), check_deliverability=False)
    except email_validator.EmailNotValidError:
        raise AddressInvalid from None
    if not is_sendable(checked.normalized):
        raise AddressInvalid
    return checked.normalized.lower()


def find(session: Session, email: str) -> Account | None:
    """Return the account at `email`, however it is spelt."""
    try:
        return session.scalar(sa.select(Account).where(Account.email == address_of(email)))
    except AddressInvalid:
        return None


def create_account(session: Session, email: str, roles: Iterable[Role], at: datetime) -> Account:
    """Add an account that has no password yet; raise `AddressInvalid` or `AddressTaken`."""
    if find(session, email) is not None:
        raise AddressTaken
    account = Account(email=address_of(email), created_at=at)
    session.add(account)
    session.flush()
    _add_roles(session, account, roles)
    return account


def grant(
    session: Session,
    account: Account,
    roles: Iterable[Role],
    at: datetime,
    actor_id: int | None = None,
) -> None:
    """Trust `account` with `roles` beside those it has, from its next request on."""
    added = _add_roles(session, account, roles)
    details = {"roles": [role.value for role in added]}
    auditing.record(session, actor_id, "roles_granted", str(account.id), details, at=at)


def _add_roles(session: Session, account: Account, roles: Iterable[Role]) -> list[Role]:
    missing = {*roles} - {row.role for row in account.roles}
    added = [role for role in Role if role in missing]
    account.roles.extend(AccountRole(role=role) for role in added)
    session.flush()
    return added


def disable(session: Session, account: Account, at: datetime, actor_id: int | None = None) -> None:
    """Shut `account` out at once: its sessions and the links sent to it end."""
    account.active = False
    _end_everything(session, account, at)
    auditing.record(session, actor_id, "account_disabled", str(account.id), at=at)


def set_password(session: Session, account: Account, password_hash: str, at: datetime) -> None:
    """Give `account` another password; every session and every link for a reset ends."""
    account.password = password_hash
    _end_everything(session, account, at)


def _end_everything(session: Session, account: Account, at: datetime) -> None:
    account.fs_uniquifier = new_id()
    sessions.revoke_all(session, account, at)
    session.flush()


def enable(session: Session, account: Account, at: datetime, actor_id: int | None = None) -> None:
    """Let `account` sign in again, with the password, roles and second factor that it had."""
    account.active = True
    session.flush()
    auditing.record(session, actor_id, "account_enabled", str(account.id), at=at)


def invite(
    session: Session,
    roles: Role | Iterable[Role],
    email: str | None,
    at: datetime,
    *,
    until: datetime | None = None,
    actor_id: int | None = None,
) -> str:
    """Return the token of a link by which someone opens an account with `roles`, once.

    It lasts seven days.  Without `email`, whoever has the link chooses the address.  Raise
    `AddressInvalid`, or `AddressTaken` when the address has an account with a password: such a
    one is granted the roles instead.
    """
    if email is not None:
        _require_free(session, email)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    promised = {roles} if isinstance(roles, Role) else set(roles)
    invitation = AccountInvitation(
        token_hash=hash_of(token),
        email=None if email is None else address_of(email),
        promised=[PromisedRole(role=role) for role in Role if role in promised],
        created_at=at,
        expires_at=until or at + INVITATION_LASTS,
    )
    session.add(invitation)
    session.flush()
    details = {"roles": [role.value for role in invitation.roles]}
    auditing.record(session, actor_id, "account_invited", invitation.public_id, details, at=at)
    return token


def find_invitation(session: Session, token: str, at: datetime) -> AccountInvitation:
    """Return the invitation that `token` opens at `at`; raise `InvitationOver`."""
    invitation = session.get(AccountInvitation, hash_of(token))
    if invitation is None or invitation.used_at or invitation.expires_at <= at:
        raise InvitationOver
    if invitation.expires_at == UNTIL_USED and _is_administered(session):
        raise InvitationOver  # an administrator came by another way: the printed link is over
    return invitation


def accept_invitation(
    session: Session, token: str, email: str, password_hash: str, at: datetime
) -> Account:
    """Open the account that `token` promises, once, and return it.

    The invitation's own address, if it has one, wins over `email`.  Who accepts to administer a
    site that nobody administers gets every role.  Raise `InvitationOver`, `AddressInvalid` or
    `AddressTaken`.
    """
    invitation = find_invitation(session, token, at)
    email = invitation.email or email
    _require_free(session, email)
    _use_up(session, invitation, at)
    account = find(session, email) or create_account(session, email, (), at)
    is_first = Role.ADMINISTRATOR in invitation.roles and not _is_administered(session)
    _add_roles(session, account, Role if is_first else invitation.roles)
    set_password(session, account, password_hash, at)
    auditing.record(session, account.id, "account_opened", invitation.public_id, at=at)
    return account


def _use_up(session: Session, invitation: AccountInvitation, at: datetime) -> None:
    """Mark the invitation used; of two that come at once, one raises `InvitationOver`."""
    unused = sa.and_(
        AccountInvitation.token_hash == invitation.token_hash, AccountInvitation.used_at.is_(None)
    )
    used = sa.update(AccountInvitation).where(unused).values(used_at=at)
    if session.scalar(used.returning(AccountInvitation.token_hash)) is None:
        raise InvitationOver


def first_administrator_link(session: Session, base_url: str, at: datetime) -> str | None:
    """Return a fresh link for the first administrator, or None when there is one.

    The link lasts until it is used; the one that an earlier start gave is worth nothing any more.
    """
    if _is_administered(session):
        return None
    session.execute(
        sa.update(AccountInvitation)
        .where(
            AccountInvitation.expires_at == UNTIL_USED,
            AccountInvitation.used_at.is_(None),
            AccountInvitation.email.is_(None),
        )
        .values(expires_at=at)
    )
    token = invite(session, Role.ADMINISTRATOR, None, at, until=UNTIL_USED)
    return invitation_link(base_url, token)


def link_to(session: Session, role: Role, email: str, base_url: str, at: datetime) -> str:
    """Do as `invite` does, and return the address of the link."""
    return invitation_link(base_url, invite(session, role, email, at))


def invitation_link(base_url: str, token: str) -> str:
    """Return the address that opens the invitation of `token`."""
    return f"{base_url}/connexion/bienvenue/{token}"


def _require_free(session: Session, email: str) -> None:
    address_of(email)
    account = find(session, email)
    if account is not None and account.password is not None:
        raise AddressTaken


def _is_administered(session: Session) -> bool:
    """Say whether somebody who can sign in is an administrator."""
    return session.scalar(administrators().limit(1)) is not None


def administrators() -> sa.Select[Account]:
    """Return the query of who can sign in and administer the site, by address."""
    return (
        sa.select(Account)
        .join(AccountRole)
        .where(
            AccountRole.role == Role.ADMINISTRATOR,
            Account.active,
            Account.password.is_not(None),
        )
        .order_by(Account.email)
    )
