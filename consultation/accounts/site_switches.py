"""Site-wide switches, of which proof of work is the only one.

They are rows of the database, so that all processes see them at once.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account, SiteSwitch, Switch
from consultation.db.inserts import insert_once
from consultation.web.permissions import Actor, NotAllowed, Permission


@dataclass(frozen=True)
class TurnedOn:
    """A switch that is on: since when, and by whom."""

    since: datetime
    email: str


def turned_on(session: Session, actor: Actor, name: Switch) -> TurnedOn | None:
    """Return since when and by whom the switch is on, or None when it is off."""
    _check(actor)
    row = session.execute(
        sa.select(SiteSwitch.since, Account.email)
        .join(Account, Account.id == SiteSwitch.account_id)
        .where(SiteSwitch.name == name)
    ).one_or_none()
    return TurnedOn(*row) if row else None


def turn_on(session: Session, actor: Actor, name: Switch, at: datetime) -> bool:
    """Turn the switch on and record it; return whether it was off."""
    _check(actor)
    values = {"name": name, "since": at, "account_id": actor.id}
    if insert_once(session, SiteSwitch, values) is None:
        return False
    audit_log.record(session, actor.id, "switch_on", name.value, at=at)
    return True


def turn_off(session: Session, actor: Actor, name: Switch, at: datetime) -> bool:
    """Turn the switch off and record it; return whether it was on."""
    _check(actor)
    removed = sa.delete(SiteSwitch).where(SiteSwitch.name == name).returning(SiteSwitch.name)
    if session.scalar(removed) is None:
        return False
    audit_log.record(session, actor.id, "switch_off", name.value, at=at)
    return True


def _check(actor: Actor) -> None:
    if not actor.may(Permission.GUARD):
        raise NotAllowed
