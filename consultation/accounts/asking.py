"""Whom a colleague asks for a page that their roles do not open."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from consultation.accounts import staffing
from consultation.accounts.granting import StaffActor, names_of, roles_with
from consultation.web.permissions import Permission

MOST_ADDRESSES = 5


@dataclass(frozen=True)
class WhomToAsk:
    """The roles that open a page, those held, and who gives them, in French."""

    roles: list[str]
    held: list[str]
    addresses: list[str]


def whom_to_ask(session: Session, actor: StaffActor, permission: Permission) -> WhomToAsk | None:
    """Return whom `actor` asks for `permission`; None for who has it."""
    if actor.may(permission):
        return None
    administrators = session.scalars(staffing.administrators().limit(MOST_ADDRESSES)).all()
    return WhomToAsk(
        names_of(roles_with(permission)),
        actor.role_names,
        [account.email for account in administrators],
    )
