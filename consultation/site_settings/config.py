"""Configuration of the application: settings changed on screen are read from the database.

All code asks `app.config`, in requests and in the worker.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask import Config, has_app_context, has_request_context, request
from sqlalchemy import event
from sqlalchemy.orm import Session

from consultation.db.statements import Statement
from consultation.extensions import db
from consultation.settings import ON_SCREEN, Value
from consultation.site_settings.models import SiteSetting

FIXED = "FIXED"
"""Key of the names of the settings that the environment has given."""
READ = "site settings"
"""Key of what was read: of a request, or elsewhere of a transaction."""

_STORED = Statement(sa.select(SiteSetting.__table__.c.name, SiteSetting.__table__.c.value))


class SiteConfig(Config):
    """Settings by name; a stored value replaces a default, never one of the environment.

    The first setting that a request asks for costs one small statement, the others none.
    """

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        if name in ON_SCREEN and name not in super().__getitem__(FIXED) and has_app_context():
            return _stored().get(name, value)
        return value

    def get(self, name: str, default: Any = None) -> Any:
        """Return a setting as `[name]` does, or `default`."""
        try:
            return self[name]
        except KeyError:
            return default


def stored(session: Session) -> Mapping[str, Value]:
    """Return the stored settings by name, without those that this version refuses."""
    rows = _STORED.rows(session, {})
    return {name: value for name, value in rows if name in ON_SCREEN and _fits(name, value)}


def _stored() -> Mapping[str, Value]:
    session = db.session()
    kept: dict[str, Any] = request.environ if has_request_context() else session.info
    if READ not in kept:
        kept[READ] = stored(session)
    values: Mapping[str, Value] = kept[READ]
    return values


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, _transaction: object) -> None:
    session.info.pop(READ, None)


def _fits(name: str, value: Value) -> bool:
    setting = ON_SCREEN[name]
    if type(value) is not type(setting.default):
        return False
    return not (type(value) is int and setting.broken_bound(value))
