"""Site-wide switches.

They are rows of the database, so that all processes see them at once.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account, SiteSwitch, Switch
from consultation.db.inserts import insert_once
from consultation.web.permissions import Permission
from consultation.work.services import Work

PERMISSIONS = {
    Switch.PROOF_OF_WORK: Permission.GUARD,
    Switch.EVALUATION: Permission.RECORD_VALUES,
}
"""What an actor must be allowed to do to see and to turn each switch; else `NotAllowed`."""


@dataclass(frozen=True)
class TurnedOn:
    """A switch that is on: since when, and by whom."""

    since: datetime
    email: str


def turned_on(work: Work, name: Switch) -> TurnedOn | None:
    """Return since when and by whom the switch is on, or None when it is off."""
    work.check(PERMISSIONS[name])
    row = work.session.execute(
        sa.select(SiteSwitch.since, Account.email)
        .join(Account, Account.id == SiteSwitch.account_id)
        .where(SiteSwitch.name == name)
    ).one_or_none()
    return TurnedOn(*row) if row else None


def turn_on(work: Work, name: Switch) -> bool:
    """Turn the switch on and record it; return whether it was off."""
    work.check(PERMISSIONS[name])
    values = {"name": name, "since": work.at, "account_id": work.actor.id}
    if insert_once(work.session, SiteSwitch, values) is None:
        return False
    audit_log.log(work, "switch_on", name.value)
    return True


def turn_off(work: Work, name: Switch) -> bool:
    """Turn the switch off and record it; return whether it was on."""
    work.check(PERMISSIONS[name])
    removed = sa.delete(SiteSwitch).where(SiteSwitch.name == name).returning(SiteSwitch.name)
    if work.session.scalar(removed) is None:
        return False
    audit_log.log(work, "switch_off", name.value)
    return True
