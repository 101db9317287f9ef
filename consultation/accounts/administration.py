"""Administration of staff accounts: roles, closing and opening again, sessions, second factor.

Whatever two administrators do at once, the site keeps an administrator who can sign in.
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
from consultation.db.stale import StaleEdit, digest
from consultation.web.permissions import Actor, NotAllowed, Permission
from consultation.work.services import Work, needs


class ChangeRefused(Exception):
    """The change would leave the site or the account unusable; the text says why."""


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
    """An account in the list; `seen_at` is None until the first sign-in."""

    account: Account
    seen_at: datetime | None

    @property
    def has_one_step(self) -> bool:
        """A password alone opens it, and no setting asks for more."""
        account = self.account
        is_due = account.second_factor is not None or account.must_set_up_second_factor
        return account.active and not is_due


@needs(Permission.MANAGE_ACCOUNTS)
def accounts(work: Work) -> list[Row]:
    """Return every account, those that can sign in first, by address."""
    rows = work.session.scalars(
        sa.select(Account).order_by(Account.active.desc(), Account.email)
    ).all()
    seen = _seen(work.session)
    return [Row(account, seen.get(account.id)) for account in rows]


@needs(Permission.MANAGE_ACCOUNTS)
def account(work: Work, public_id: str) -> Row:
    """Return one account; raise `NoSuchAccount`."""
    row = work.session.scalar(sa.select(Account).where(Account.public_id == public_id))
    if row is None:
        raise NoSuchAccount
    return Row(row, _seen(work.session).get(row.id))


def _seen(session: Session) -> Mapping[int | None, datetime]:
    """Return when each account was last seen: old sessions go, the audit log keeps sign-ins."""
    by_session = sa.select(StaffSession.account_id, sa.func.max(StaffSession.seen_at)).group_by(
        StaffSession.account_id
    )
    by_audit_log = (
        sa.select(AuditEvent.account_id, sa.func.max(AuditEvent.happened_at))
        .where(AuditEvent.action == "signed_in", AuditEvent.account_id.is_not(None))
        .group_by(AuditEvent.account_id)
    )
    seen: dict[int | None, datetime] = {}
    for statement in (by_session, by_audit_log):
        for account_id, at in session.execute(statement):
            seen[account_id] = max(at, seen.get(account_id, at))
    return seen


def roles_version(account: Account) -> str:
    """Return a mark that a form carries, which changes when somebody else changes the roles."""
    return digest(_values({row.role for row in account.roles}))


def set_roles(work: Work, public_id: str, roles: Iterable[Role], seen: str) -> Account:
    """Give an account exactly `roles`, where it still has those of version `seen`.

    Raise `StaleEdit`, `ChangeRefused` or `NoSuchAccount`.
    """
    administrators, account = _lock(work, public_id)
    if roles_version(account) != seen:
        raise StaleEdit("les rôles de ce compte")
    chosen, held = set(roles), {row.role for row in account.roles}
    if not chosen:
        raise ChangeRefused(NO_ROLE)
    if Role.ADMINISTRATOR in held - chosen:
        _check_not_needed(work.actor, account, administrators, OWN_ROLE)
    if chosen != held:
        account.roles = [row for row in account.roles if row.role in chosen] + [
            AccountRole(role=role) for role in Role if role in chosen - held
        ]
        work.session.flush()
        details = {"added": _values(chosen - held), "removed": _values(held - chosen)}
        audit_log.log(work, "roles_changed", str(account.id), details)
    return account


def disable(work: Work, public_id: str) -> Account:
    """Disable an account at once; raise `ChangeRefused` or `NoSuchAccount`."""
    administrators, account = _lock(work, public_id)
    _check_not_needed(work.actor, account, administrators, OWN_ACCESS)
    if account.active:
        staff.disable(work.session, account, work.at, work.actor.id)
    return account


def enable(work: Work, public_id: str) -> Account:
    """Let an account sign in again; raise `NoSuchAccount`."""
    _administrators, account = _lock(work, public_id)
    if not account.active:
        staff.enable(work.session, account, work.at, work.actor.id)
    return account


def end_sessions(work: Work, public_id: str) -> int:
    """End the sessions of an account, and return how many were open."""
    _administrators, account = _lock(work, public_id)
    count = sessions.revoke_all(work.session, account, work.at)
    details = {"sessions": count}
    audit_log.log(work, "sessions_ended", str(account.id), details)
    return count


def reset_second_factor(work: Work, public_id: str) -> bool:
    """Remove the second factor of an account and end its sessions; return whether it had one.

    Raise `ChangeRefused` for one's own: a stolen session must not remove it.
    """
    _administrators, account = _lock(work, public_id)
    if account.id == work.actor.id:
        raise ChangeRefused(OWN_FACTOR)
    return two_factor.reset(work.session, account, work.at, work.actor.id)


@needs(Permission.MANAGE_ACCOUNTS)
def _lock(work: Work, public_id: str) -> tuple[Sequence[Account], Account]:
    """Lock the administrators and the account, and return them.

    All changes lock the administrators first and in one order. An actor whose own access was
    closed while they waited for the lock is refused.
    """
    in_order = staff.administrators().order_by(None).order_by(Account.id)
    administrators = work.session.scalars(in_order.with_for_update()).all()
    if work.actor.id not in {administrator.id for administrator in administrators}:
        raise NotAllowed(Permission.MANAGE_ACCOUNTS)
    by_id = sa.select(Account).where(Account.public_id == public_id).with_for_update()
    account = work.session.scalar(by_id.execution_options(populate_existing=True))
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
