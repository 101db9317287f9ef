"""What administrators do with accounts: roles, closing and opening again, sessions, second factor.

Whatever two of them do at once, somebody who can sign in administers the site afterwards.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts import staff
from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account, AccountRole, AuditEvent, Role, StaffSession
from consultation.accounts.sign_in import sessions, two_factor
from consultation.web.permissions import Actor, NotAllowed, Permission


class ChangeRefused(Exception):
    """The change would leave the site or the account in no fit state; the text says why."""


class NoSuchAccount(Exception):
    """No account has this public id."""


OWN_ROLE = (
    "Vous ne pouvez pas retirer votre propre rôle d'administration : demandez-le à une autre"
    " personne qui administre le site."
)
OWN_ACCESS = (
    "Vous ne pouvez pas fermer votre propre accès : demandez-le à une autre personne qui administre"
    " le site."
)
OWN_FACTOR = "Réglez votre propre vérification en deux étapes depuis « Mon compte »."
LAST = (
    "C'est la dernière personne qui administre le site : donnez d'abord ce rôle à quelqu'un"
    " d'autre."
)
NO_ROLE = (
    "Choisissez au moins un rôle. Pour que cette personne n'ouvre plus rien, fermez son accès."
)


@dataclass(frozen=True)
class Row:
    """An account as the list shows it; `seen_at` is None until the first sign-in."""

    account: Account
    seen_at: datetime | None


def accounts(session: Session, actor: Actor) -> list[Row]:
    """Return every account, those that can sign in first, by address."""
    _check(actor)
    found = session.scalars(sa.select(Account).order_by(Account.active.desc(), Account.email)).all()
    seen = _seen(session)
    return [Row(account, seen.get(account.id)) for account in found]


def account(session: Session, actor: Actor, public_id: str) -> Row:
    """Return one account; raise `NoSuchAccount`."""
    _check(actor)
    found = session.scalar(sa.select(Account).where(Account.public_id == public_id))
    if found is None:
        raise NoSuchAccount
    return Row(found, _seen(session).get(found.id))


def _seen(session: Session) -> Mapping[int | None, datetime]:
    """Return when each account was last seen: sessions are forgotten, the trail keeps sign-ins."""
    by_session = sa.select(StaffSession.account_id, sa.func.max(StaffSession.seen_at)).group_by(
        StaffSession.account_id
    )
    by_trail = (
        sa.select(AuditEvent.account_id, sa.func.max(AuditEvent.happened_at))
        .where(AuditEvent.action == "signed_in", AuditEvent.account_id.is_not(None))
        .group_by(AuditEvent.account_id)
    )
    seen: dict[int | None, datetime] = {}
    for statement in (by_session, by_trail):
        for account_id, at in session.execute(statement):
            seen[account_id] = max(at, seen.get(account_id, at))
    return seen


def set_roles(
    session: Session, actor: Actor, public_id: str, roles: Iterable[Role], at: datetime
) -> Account:
    """Give an account exactly `roles`; raise `ChangeRefused` or `NoSuchAccount`."""
    administrators, account = _locked(session, actor, public_id)
    wanted, held = set(roles), {row.role for row in account.roles}
    if not wanted:
        raise ChangeRefused(NO_ROLE)
    if Role.ADMINISTRATOR in held - wanted:
        _check_not_needed(actor, account, administrators, OWN_ROLE)
    if wanted != held:
        account.roles = [row for row in account.roles if row.role in wanted] + [
            AccountRole(role=role) for role in Role if role in wanted - held
        ]
        session.flush()
        details = {"added": _values(wanted - held), "removed": _values(held - wanted)}
        audit_log.record(session, actor.id, "roles_changed", str(account.id), details, at=at)
    return account


def disable(session: Session, actor: Actor, public_id: str, at: datetime) -> Account:
    """Shut an account out at once; raise `ChangeRefused` or `NoSuchAccount`."""
    administrators, account = _locked(session, actor, public_id)
    _check_not_needed(actor, account, administrators, OWN_ACCESS)
    if account.active:
        staff.disable(session, account, at, actor.id)
    return account


def enable(session: Session, actor: Actor, public_id: str, at: datetime) -> Account:
    """Let an account sign in again; raise `NoSuchAccount`."""
    _administrators, account = _locked(session, actor, public_id)
    if not account.active:
        staff.enable(session, account, at, actor.id)
    return account


def end_sessions(session: Session, actor: Actor, public_id: str, at: datetime) -> int:
    """End what an account has open, and return how many sessions that were."""
    _administrators, account = _locked(session, actor, public_id)
    count = sessions.revoke_all(session, account, at)
    details = {"sessions": count}
    audit_log.record(session, actor.id, "sessions_ended", str(account.id), details, at=at)
    return count


def reset_second_factor(session: Session, actor: Actor, public_id: str, at: datetime) -> bool:
    """Take the second factor from an account, whose sessions end; say whether there was one.

    Raise `ChangeRefused` for one's own, which a stolen session would else go without.
    """
    _administrators, account = _locked(session, actor, public_id)
    if account.id == actor.id:
        raise ChangeRefused(OWN_FACTOR)
    return two_factor.reset(session, account, at, actor.id)


def _locked(session: Session, actor: Actor, public_id: str) -> tuple[Sequence[Account], Account]:
    """Return who administers the site and the account, which nobody else changes meanwhile.

    All changes lock the administrators first and in one order.  An actor whose own access was
    closed while they waited is refused.
    """
    _check(actor)
    in_order = staff.administrators().order_by(None).order_by(Account.id)
    administrators = session.scalars(in_order.with_for_update()).all()
    if actor.id not in {administrator.id for administrator in administrators}:
        raise NotAllowed
    by_id = sa.select(Account).where(Account.public_id == public_id).with_for_update()
    account = session.scalar(by_id)
    if account is None:
        raise NoSuchAccount
    return administrators, account


def _check_not_needed(
    actor: Actor, account: Account, administrators: Sequence[Account], own: str
) -> None:
    if [administrator.id for administrator in administrators] == [account.id]:
        raise ChangeRefused(LAST)
    if account.id == actor.id:
        raise ChangeRefused(own)


def _values(roles: set[Role]) -> list[str]:
    return [role.value for role in Role if role in roles]


def _check(actor: Actor) -> None:
    if not actor.may(Permission.MANAGE_ACCOUNTS):
        raise NotAllowed
