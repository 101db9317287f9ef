"""Staff invitations: one-time links that open an account.

They are mailed, or printed at the first start.
"""

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts import staff
from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account, AccountInvitation, PromisedRole, Role
from consultation.accounts.roles import names_of
from consultation.accounts.sign_in.sessions import TOKEN_BYTES, hash_of
from consultation.accounts.staff import AddressTaken
from consultation.crypto.keyring import new_id
from consultation.mail import outbox
from consultation.mail.kinds import MessageKind
from consultation.web.permissions import Permission
from consultation.web.typography import moment
from consultation.work.services import Work, needs

INVITATION_LASTS = timedelta(days=7)
UNTIL_USED = datetime(9999, 1, 1, tzinfo=UTC)


class InvitationOver(Exception):
    """The link was used, has expired, or never existed."""


def invitation_token(
    session: Session,
    roles: Role | Iterable[Role],
    email: str | None,
    at: datetime,
    *,
    until: datetime | None = None,
    actor_id: int | None = None,
) -> str:
    """Create an invitation, and return the token of its link.

    The link opens one account with `roles` within seven days. Without `email`, the person who
    uses it chooses the address. Raise `AddressInvalid`, or `AddressTaken` when the address has an
    account with a password, which is to be granted the roles instead.
    """
    if email is not None:
        _require_free(session, email)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    promised = {roles} if isinstance(roles, Role) else set(roles)
    invitation = AccountInvitation(
        token_hash=hash_of(token),
        email=None if email is None else staff.address_of(email),
        promised=[PromisedRole(role=role) for role in Role if role in promised],
        created_at=at,
        expires_at=until or at + INVITATION_LASTS,
    )
    session.add(invitation)
    session.flush()
    details = {"roles": [role.value for role in invitation.roles]}
    audit_log.record(session, actor_id, "account_invited", invitation.public_id, details, at=at)
    return token


def invitation_names(session: Session, public_ids: Collection[str]) -> dict[str, str]:
    """Name invitations by when they were made and for which roles, not by an address."""
    rows = session.scalars(
        sa.select(AccountInvitation).where(AccountInvitation.public_id.in_(public_ids))
    )
    return {
        row.public_id: f"du {moment(row.created_at)} ({', '.join(names_of(row.roles))})"
        for row in rows
    }


def find_invitation(session: Session, token: str, at: datetime) -> AccountInvitation:
    """Return the invitation that `token` opens at `at`; raise `InvitationOver`."""
    invitation = session.get(AccountInvitation, hash_of(token))
    if invitation is None or invitation.used_at or invitation.expires_at <= at:
        raise InvitationOver
    if invitation.expires_at == UNTIL_USED and staff.is_administered(session):
        raise InvitationOver  # the site has an administrator: the printed link ends
    return invitation


def accept_invitation(
    session: Session, token: str, email: str, password_hash: str, at: datetime
) -> Account:
    """Open the account of an invitation, once, and return it.

    The address of the invitation, if it has one, wins over `email`. The first administrator of a
    site gets every role. Raise `InvitationOver`, `AddressInvalid` or `AddressTaken`.
    """
    invitation = find_invitation(session, token, at)
    email = invitation.email or email
    _require_free(session, email)
    _mark_used(session, invitation, at)
    account = staff.find(session, email) or staff.create_account(session, email, (), at)
    is_first = Role.ADMINISTRATOR in invitation.roles and not staff.is_administered(session)
    staff.add_roles(session, account, Role if is_first else invitation.roles)
    staff.set_password(session, account, password_hash, at)
    audit_log.record(session, account.id, "account_opened", invitation.public_id, at=at)
    return account


def _mark_used(session: Session, invitation: AccountInvitation, at: datetime) -> None:
    """Mark the invitation used; of two requests at once, one raises `InvitationOver`."""
    unused = sa.and_(
        AccountInvitation.token_hash == invitation.token_hash, AccountInvitation.used_at.is_(None)
    )
    used = sa.update(AccountInvitation).where(unused).values(used_at=at)
    if session.scalar(used.returning(AccountInvitation.token_hash)) is None:
        raise InvitationOver


def first_administrator_link(session: Session, base_url: str, at: datetime) -> str | None:
    """Return a new link for the first administrator, or None when the site has one.

    The link lasts until it is used; the one that an earlier start printed ends.
    """
    if staff.is_administered(session):
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
    token = invitation_token(session, Role.ADMINISTRATOR, None, at, until=UNTIL_USED)
    return invitation_link(base_url, token)


def create_link(session: Session, role: Role, email: str, base_url: str, at: datetime) -> str:
    """Create an invitation with one role, and return its link."""
    return invitation_link(base_url, invitation_token(session, role, email, at))


def invitation_link(base_url: str, token: str) -> str:
    return f"{base_url}/connexion/bienvenue/{token}"


def _require_free(session: Session, email: str) -> None:
    account = staff.find(session, email)
    if account is not None and account.password is not None:
        raise AddressTaken
    staff.address_to_write_to(email)


KEPT_AFTER_EXPIRY = timedelta(days=30)


@dataclass(frozen=True)
class AccountLink:
    """Parameters of the mail: the link, the roles, the end of the link (ISO)."""

    link: str
    roles: list[str]
    until: str

    @property
    def expires_at(self) -> datetime:
        """The end of the link as a moment."""
        return datetime.fromisoformat(self.until)


KIND = MessageKind(
    "account_invitation", "account_invitation", AccountLink, label="Invitation dans l'équipe"
)


class InvitationGone(Exception):
    """The invitation was accepted or cancelled since."""


class AccountClosed(Exception):
    """The address has an account whose access an administrator closed."""


@dataclass(frozen=True)
class InvitationOutcome:
    """Result of an invitation: the link mailed or, for an account, the roles `added`."""

    link: str | None
    added: tuple[Role, ...] = ()


@needs(Permission.MANAGE_ACCOUNTS)
def invite_staff(work: Work, email: str, roles: Sequence[Role], base_url: str) -> InvitationOutcome:
    """Mail a link to open an account with `roles`, or grant them to the account of the address.

    Replaces an earlier invitation to the same address. Raise `AddressInvalid` or `AccountClosed`.
    """
    account = staff.find(work.session, email)
    if account is None or account.password is None:
        address = staff.address_to_write_to(email)
        erase_expired(work.session, work.at)
        for earlier in work.session.scalars(_unused().where(AccountInvitation.email == address)):
            work.session.delete(earlier)
        work.session.flush()
        return InvitationOutcome(_send_link(work, address, roles, base_url))
    if not account.active:
        raise AccountClosed
    held = {row.role for row in account.roles}
    added = tuple(role for role in Role if role in set(roles) - held)
    if added:
        staff.grant(work.session, account, added, work.at, work.actor.id)
    return InvitationOutcome(None, added)


@needs(Permission.MANAGE_ACCOUNTS)
def waiting(work: Work) -> Sequence[AccountInvitation]:
    """Return the unused invitations, the newest first; some may have expired."""
    return work.session.scalars(_unused().order_by(AccountInvitation.created_at.desc())).all()


def send_again(work: Work, public_id: str, base_url: str) -> InvitationOutcome:
    """Mail a new link, for another seven days, in place of the former; raise `InvitationGone`."""
    former = _lock(work, public_id)
    address, roles = former.email or "", former.roles
    work.session.delete(former)
    work.session.flush()
    return InvitationOutcome(_send_link(work, address, roles, base_url))


def cancel(work: Work, public_id: str) -> None:
    """Cancel an invitation and erase its address; raise `InvitationGone`."""
    work.session.delete(_lock(work, public_id))
    work.session.flush()
    audit_log.log(work, "account_invitation_cancelled", public_id)


def _send_link(work: Work, address: str, roles: Sequence[Role], base_url: str) -> str:
    until = work.at + INVITATION_LASTS
    token = invitation_token(
        work.session, roles, address, work.at, until=until, actor_id=work.actor.id
    )
    link = invitation_link(base_url, token)
    outbox.enqueue(
        work.session,
        KIND.name,
        dedup_key=f"{KIND.name}:{new_id()}",
        recipient=address,
        locale="fr",
        parameters=AccountLink(link, names_of(roles), until.isoformat()),
        at=work.at,
    )
    return link


def _unused() -> sa.Select[AccountInvitation]:
    return sa.select(AccountInvitation).where(
        AccountInvitation.used_at.is_(None), AccountInvitation.email.is_not(None)
    )


@needs(Permission.MANAGE_ACCOUNTS)
def _lock(work: Work, public_id: str) -> AccountInvitation:
    invitation = work.session.scalar(
        _unused().where(AccountInvitation.public_id == public_id).with_for_update()
    )
    if invitation is None:
        raise InvitationGone
    return invitation


def erase_expired(session: Session, at: datetime) -> None:
    """Erase unused invitations, with their addresses, a month after the link has expired."""
    old = _unused().where(AccountInvitation.expires_at < at - KEPT_AFTER_EXPIRY)
    for invitation in session.scalars(old):
        session.delete(invitation)
