"""Inviting colleagues by mail: the link is owed with the invitation, and can be sent again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts import auditing, staffing, welcoming
from consultation.accounts.granting import names_of
from consultation.accounts.models import AccountInvitation, Role
from consultation.crypto import new_id
from consultation.mail import outbox
from consultation.mail.kinds import MessageKind
from consultation.web.permissions import Actor, NotAllowed, Permission

KEPT_AFTER_EXPIRY = timedelta(days=30)


@dataclass(frozen=True)
class AccountLink:
    """What the mail is told: the link, what it opens, and until when (ISO)."""

    link: str
    roles: list[str]
    until: str

    @property
    def expires_at(self) -> datetime:
        """The end of the link's life."""
        return datetime.fromisoformat(self.until)


KIND = MessageKind(
    "account_invitation", "account_invitation", AccountLink, label="Invitation dans l'équipe"
)


class InvitationGone(Exception):
    """The invitation was accepted or cancelled meanwhile."""


class AccountClosed(Exception):
    """The address has an account whose access an administrator closed."""


@dataclass(frozen=True)
class Outcome:
    """What came of an invitation: a link that was mailed or, for an account, roles `added`."""

    link: str | None
    added: tuple[Role, ...] = ()


def invite(
    session: Session,
    actor: Actor,
    email: str,
    roles: Sequence[Role],
    base_url: str,
    at: datetime,
) -> Outcome:
    """Owe `email` a link to open an account with `roles`, or grant them to the account there is.

    An earlier invitation to the same address is replaced.  Raise `AddressInvalid` or
    `AccountClosed`.
    """
    _check(actor)
    address = staffing.address_of(email)
    account = staffing.find(session, address)
    if account is None or account.password is None:
        forget_old(session, at)
        for earlier in session.scalars(_unused().where(AccountInvitation.email == address)):
            session.delete(earlier)
        session.flush()
        return Outcome(_owe(session, actor, address, roles, base_url, at))
    if not account.active:
        raise AccountClosed
    held = {row.role for row in account.roles}
    added = tuple(role for role in Role if role in set(roles) - held)
    if added:
        staffing.grant(session, account, added, at, actor.id)
    return Outcome(None, added)


def waiting(session: Session, actor: Actor) -> Sequence[AccountInvitation]:
    """Return the invitations that nobody has used, the newest first; some may have expired."""
    _check(actor)
    return session.scalars(_unused().order_by(AccountInvitation.created_at.desc())).all()


def send_again(
    session: Session, actor: Actor, public_id: str, base_url: str, at: datetime
) -> Outcome:
    """Owe another link, for seven days more, in place of the former; raise `InvitationGone`."""
    former = _locked(session, actor, public_id)
    address, roles = former.email or "", former.roles
    session.delete(former)
    session.flush()
    return Outcome(_owe(session, actor, address, roles, base_url, at))


def cancel(session: Session, actor: Actor, public_id: str, at: datetime) -> None:
    """Make an invitation worth nothing, and forget its address; raise `InvitationGone`."""
    session.delete(_locked(session, actor, public_id))
    session.flush()
    auditing.record(session, actor.id, "account_invitation_cancelled", public_id, at=at)


def _owe(
    session: Session,
    actor: Actor,
    address: str,
    roles: Sequence[Role],
    base_url: str,
    at: datetime,
) -> str:
    until = at + welcoming.INVITATION_LASTS
    token = welcoming.invite(session, roles, address, at, until=until, actor_id=actor.id)
    link = welcoming.invitation_link(base_url, token)
    outbox.enqueue(
        session,
        KIND.name,
        dedup_key=f"{KIND.name}:{new_id()}",
        recipient=address,
        locale="fr",
        parameters=AccountLink(link, names_of(roles), until.isoformat()),
        at=at,
    )
    return link


def _unused() -> sa.Select[AccountInvitation]:
    return sa.select(AccountInvitation).where(
        AccountInvitation.used_at.is_(None), AccountInvitation.email.is_not(None)
    )


def _locked(session: Session, actor: Actor, public_id: str) -> AccountInvitation:
    _check(actor)
    found = session.scalar(
        _unused().where(AccountInvitation.public_id == public_id).with_for_update()
    )
    if found is None:
        raise InvitationGone
    return found


def forget_old(session: Session, at: datetime) -> None:
    """Forget the addresses of those who did not come: a month after the link has expired."""
    old = _unused().where(AccountInvitation.expires_at < at - KEPT_AFTER_EXPIRY)
    for invitation in session.scalars(old):
        session.delete(invitation)


def _check(actor: Actor) -> None:
    if not actor.may(Permission.MANAGE_ACCOUNTS):
        raise NotAllowed
