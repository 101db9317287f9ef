"""What is kept of people: every column of every table, why, until when, and who sees it.

The table itself is `inventory.toml`, which people read and change.
"""

import enum
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from consultation.accounts import invitations
from consultation.files import PACKAGE
from consultation.i18n import LOCALES, Localized
from consultation.operations.retention import apply
from consultation.responses.drafts import store
from consultation.responses.space import sessions
from consultation.spreadsheets import uploads
from consultation.web.permissions import Permission

TABLE = PACKAGE / "privacy" / "inventory.toml"


class Base(enum.StrEnum):
    """The ground that we propose for keeping something; counsel decides."""

    CONSENT = "consent"
    INTEREST = "interest"
    OBLIGATION = "obligation"


class Stored(enum.StrEnum):
    """How a column is stored; of a keyed hash nothing can be read."""

    PLAIN = "plain"
    ENCRYPTED = "encrypted"
    HASHED = "hashed"


RULES: Mapping[str, Mapping[str, int]] = {
    "idle_space": {"hours": sessions.IDLE.seconds // 3600},
    "draft": {"days": store.KEPT_AFTER_CLOSING.days},
    "staff_session": {"days": apply.STAFF_SESSION_DAYS},
    "staff_invitation": {"days": invitations.KEPT_AFTER_EXPIRY.days},
    "sent_sheet": {"days": uploads.KEPT_FOR.days},
}
"""What deletes something by itself, and after how long; settings named RETENTION_… do as well."""


@dataclass(frozen=True)
class Column:
    """One column that holds something of a person."""

    name: str
    stored: Stored
    what: str


@dataclass(frozen=True)
class Category:
    """Columns that are kept for one purpose, equally long, for the same eyes."""

    name: str
    title: Localized
    concerns: str
    purpose: Localized
    base: Base
    kept: Localized
    rule: str | None
    undated: Localized | None
    """What is said instead while the setting that is its rule is 0: no date is set."""
    seen_by: tuple[Permission, ...]
    is_told: bool
    """Whether the public page names it: it is about those who read that page."""
    columns: tuple[Column, ...]

    def is_dated(self, settings: Mapping[str, Any]) -> bool:
        """Say whether something deletes it by itself, with the settings that are in force."""
        return self.rule in RULES or bool(self.rule and settings[self.rule])

    def kept_until(self, settings: Mapping[str, Any]) -> Localized:
        """Return until when it is kept, with the delays that are in force."""
        if not self.is_dated(settings):
            return self.undated or self.kept
        assert self.rule is not None
        delays = RULES.get(self.rule) or {"days": settings[self.rule]}
        return {locale: self.kept[locale].format(**delays) for locale in LOCALES}


@cache
def categories() -> tuple[Category, ...]:
    """Return what is kept of people, by purpose."""
    return tuple(_category(entry) for entry in _table()["categories"].values())


@cache
def not_personal() -> frozenset[str]:
    """Return the columns that hold nothing of a person, as `table.column`."""
    listed: Mapping[str, str] = _table()["not_personal"]
    return frozenset(f"{table}.{name}" for table, names in listed.items() for name in names.split())


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(TABLE.read_text("utf-8"))


def _category(entry: Mapping[str, Any]) -> Category:
    return Category(
        name=entry["name"],
        title=entry["title"],
        concerns=entry["concerns"],
        purpose=entry["purpose"],
        base=Base(entry["base"]),
        kept=entry["kept"],
        rule=entry.get("rule"),
        undated=entry.get("undated"),
        seen_by=tuple(Permission(name) for name in entry["seen_by"]),
        is_told=entry["told"],
        columns=tuple(_column(*line) for line in entry["columns"].items()),
    )


def _column(name: str, told: str) -> Column:
    stored, _, what = told.partition(": ")
    return Column(name, Stored(stored), what)
