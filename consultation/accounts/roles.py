"""Roles of staff: the permissions that each gives.

Also the signed-in actor with their roles, and the administrators to ask for a permission.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session

from consultation.accounts import staff
from consultation.accounts.models import Account, Role
from consultation.web.permissions import Permission

# An administrator manages accounts and mail, not what people wrote: a person who runs the site
# alone takes the other roles as well, and the audit log shows it.
GRANTS = {
    Role.ORGANISER: frozenset(
        {
            Permission.WORKSPACE,
            Permission.EDIT_PLAN,
            Permission.COMPOSE,
            Permission.RUN_ROUNDS,
            Permission.FOLLOW,
            Permission.READ_RESPONSES,
            Permission.ENTER_RESPONSES,
            Permission.EXPORT_UNREAD,
            Permission.EXPORT_CONTACTS,
            Permission.INVITE,
            Permission.PUBLISH_RESULTS,
            Permission.DECIDE,
            Permission.PUBLISH_EDITIONS,
            Permission.RECORD_VALUES,
            Permission.PUBLISH_VALUES,
            Permission.ASK_REPLIES,
            Permission.SORT_INBOX,
        }
    ),
    Role.MODERATOR: frozenset(
        {
            Permission.WORKSPACE,
            Permission.READ_RESPONSES,
            Permission.SORT_INBOX,
            Permission.MODERATE,
        }
    ),
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.WORKSPACE,
            Permission.READ_OUTBOX,
            Permission.DIRECT_OUTBOX,
            Permission.READ_MAILBOX,
            Permission.GUARD,
            Permission.CONFIGURE,
            Permission.MANAGE_ACCOUNTS,
            Permission.READ_TRAIL,
            Permission.PUBLISH_RESULTS,
        }
    ),
}


@dataclass
class StaffActor:
    """The signed-in member of staff, as plain values that outlive their transaction."""

    id: int
    email: str
    roles: frozenset[Role]
    must_set_up: bool = False
    """Whether a second factor has to be set up before the roles open anything."""

    def may(self, permission: Permission) -> bool:
        """Check the roles; while a second factor is due, only the workspace is open."""
        if self.must_set_up and permission is not Permission.WORKSPACE:
            return False
        return any(permission in GRANTS[role] for role in self.roles)

    @property
    def role_names(self) -> list[str]:
        """The roles in French, in the order of `Role`."""
        return names_of(self.roles)


def actor_of(account: Account) -> StaffActor:
    roles = frozenset(held.role for held in account.roles)
    return StaffActor(account.id, account.email, roles, account.must_set_up_second_factor)


def roles_with(permission: Permission) -> list[Role]:
    """Return the roles that grant `permission`, in the order of `Role`."""
    return [role for role in Role if permission in GRANTS[role]]


def names_of(roles: Collection[Role]) -> list[str]:
    """Return the French names of `roles`, in the order of `Role`."""
    return [role.label for role in Role if role in roles]


MOST_ADDRESSES = 5


@dataclass(frozen=True)
class WhomToAsk:
    """The roles that open a page, those held, and who gives them, in French."""

    roles: list[str]
    held: list[str]
    addresses: list[str]


def whom_to_ask(session: Session, actor: StaffActor, permission: Permission) -> WhomToAsk | None:
    """Return the administrators whom `actor` asks for `permission`, or None if they have it."""
    if actor.may(permission):
        return None
    administrators = session.scalars(staff.administrators().limit(MOST_ADDRESSES)).all()
    return WhomToAsk(
        names_of(roles_with(permission)),
        actor.role_names,
        [account.email for account in administrators],
    )
