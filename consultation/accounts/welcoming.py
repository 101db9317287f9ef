"""The links by which somebody opens an account: once, and as long as they last."""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts import auditing, staffing
from consultation.accounts.models import Account, AccountInvitation, PromisedRole, Role
from consultation.accounts.sessions import TOKEN_BYTES, hash_of
from consultation.accounts.staffing import AddressTaken

INVITATION_LASTS = timedelta(days=7)
UNTIL_USED = datetime(9999, 1, 1, tzinfo=UTC)


class InvitationOver(Exception):
    """The link was used, has expired, or never was one."""


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
        email=None if email is None else staffing.address_of(email),
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
    if invitation.expires_at == UNTIL_USED and staffing.is_administered(session):
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
    account = staffing.find(session, email) or staffing.create_account(session, email, (), at)
    is_first = Role.ADMINISTRATOR in invitation.roles and not staffing.is_administered(session)
    staffing.add_roles(session, account, Role if is_first else invitation.roles)
    staffing.set_password(session, account, password_hash, at)
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
    if staffing.is_administered(session):
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
    staffing.address_of(email)
    account = staffing.find(session, email)
    if account is not None and account.password is not None:
        raise AddressTaken
