"""Changes of the settings on screen: what is in force, since when, and by whom."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account
from consultation.db.stale import StaleEdit, digest
from consultation.settings import ON_SCREEN, Value
from consultation.site_settings.models import SiteSetting
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs


@dataclass(frozen=True)
class Changed:
    """A stored value: since when, and by whom."""

    value: Value
    at: datetime
    email: str


@needs(Permission.CONFIGURE)
def changed(work: Work) -> dict[str, Changed]:
    """Return the stored values by the name of their setting; raise `NotAllowed`."""
    rows = work.session.execute(
        sa.select(SiteSetting.name, SiteSetting.value, SiteSetting.changed_at, Account.email).join(
            Account, Account.id == SiteSetting.account_id
        )
    )
    return {name: Changed(value, at, email) for name, value, at, email in rows if name in ON_SCREEN}


def version(stored: Mapping[str, Changed]) -> str:
    """Return a mark that the form carries, which changes when somebody else changes a setting."""
    return digest(sorted((name, it.value, it.at) for name, it in stored.items()))


def change(
    work: Work, wanted: Mapping[str, Value], seen: str, *, fixed: Collection[str]
) -> list[str]:
    """Store the values that differ from those in force; return the names of their settings.

    Each change is recorded with the value before and after.  Settings that are `fixed` by the
    environment are left out.  Raise `NotAllowed`, or `StaleEdit` when others were stored since the
    form was displayed with version `seen`.
    """
    # One writer at a time, on PostgreSQL too.
    work.session.execute(sa.select(Account.id).where(Account.id == work.actor.id).with_for_update())
    stored = changed(work)
    differing = {
        name: value
        for name, value in wanted.items()
        if name not in fixed and value != current(stored, name)
    }
    if differing and version(stored) != seen:
        raise _stale(stored)
    for name, value in differing.items():
        _store(work, name, value)
        details = {"before": current(stored, name), "after": value}
        audit_log.log(work, "setting_changed", name, details)
    return list(differing)


def current(stored: Mapping[str, Changed], name: str) -> Value:
    """Return the value of a setting that the environment does not fix."""
    return stored[name].value if name in stored else ON_SCREEN[name].default


def _store(work: Work, name: str, value: Value) -> None:
    work.session.execute(sa.delete(SiteSetting).where(SiteSetting.name == name))
    if value != ON_SCREEN[name].default:
        work.session.add(
            SiteSetting(name=name, value=value, changed_at=work.at, account_id=work.actor.id)
        )
        work.session.flush()


def _stale(stored: Mapping[str, Changed]) -> StaleEdit:
    latest = max(stored.values(), key=lambda it: it.at, default=None)
    if latest is None:
        return StaleEdit("un réglage")
    return StaleEdit("un réglage", latest.email, latest.at)
