"""Inventory of personal data (GDPR): every column, why it is kept, how long, who sees it.

The contents are in `inventory.toml`, which people read and edit.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from consultation.accounts import invitations
from consultation.files import PACKAGE
from consultation.i18n import Labelled, Localized
from consultation.operations.retention import apply
from consultation.responses.drafts import store
from consultation.responses.space import sessions
from consultation.spreadsheets import uploads
from consultation.web.locale import with_translations
from consultation.web.permissions import Permission

TABLE = PACKAGE / "privacy" / "inventory.toml"


class Base(Labelled):
    """Legal basis that we propose for keeping data; the collective's counsel decides."""

    CONSENT = "consent", "consentement (article 6-1-a)"
    INTEREST = "interest", "intérêt légitime (article 6-1-f)"
    OBLIGATION = "obligation", "obligation légale (article 6-1-c)"


class Stored(Labelled):
    """Form in which a column is stored; a keyed hash can't be read back."""

    PLAIN = "plain", "en clair"
    ENCRYPTED = "encrypted", "chiffré"
    HASHED = "hashed", "empreinte à clé, illisible"


RULES: Mapping[str, Mapping[str, int]] = {
    "idle_space": {"hours": sessions.IDLE.seconds // 3600},
    "draft": {"days": store.KEPT_AFTER_CLOSING.days},
    "staff_session": {"days": apply.STAFF_SESSION_DAYS},
    "staff_invitation": {"days": invitations.KEPT_AFTER_EXPIRY.days},
    "sent_sheet": {"days": uploads.KEPT_FOR.days},
}
"""Delays of deletions that run by themselves, beside the settings named RETENTION_…."""


@dataclass(frozen=True)
class Column:
    """A column with personal data."""

    name: str
    stored: Stored
    what: str


@dataclass(frozen=True)
class Category:
    """Columns with the same purpose, retention and readers."""

    name: str
    title: Localized
    concerns: str
    purpose: Localized
    base: Base
    kept: Localized
    rule: str | None
    undated: Localized | None
    """Replaces `kept` while the setting that is its rule is 0: no date is set."""
    seen_by: tuple[Permission, ...]
    is_public: bool
    """Whether the public notice lists it, since it is about respondents."""
    columns: tuple[Column, ...]

    def is_dated(self, settings: Mapping[str, Any]) -> bool:
        """Return whether it is deleted automatically, under these settings."""
        return self.rule in RULES or bool(self.rule and settings[self.rule])

    def kept_until(self, settings: Mapping[str, Any]) -> Localized:
        """Return until when it is kept, with the delays of these settings."""
        if not self.is_dated(settings):
            return self.undated or self.kept
        assert self.rule is not None
        delays = RULES.get(self.rule) or {"days": settings[self.rule]}
        return {tag: text.format(**delays) for tag, text in self.kept.items()}


@cache
def categories() -> tuple[Category, ...]:
    return tuple(_category(entry) for entry in _table()["categories"].values())


@cache
def not_personal() -> frozenset[str]:
    """Return the columns without personal data, as `table.column`."""
    listed: Mapping[str, str] = _table()["not_personal"]
    return frozenset(f"{table}.{name}" for table, names in listed.items() for name in names.split())


@cache
def _table() -> Mapping[str, Any]:
    table: Mapping[str, Any] = with_translations(tomllib.loads(TABLE.read_text("utf-8")))
    return table


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
        is_public=entry["told"],
        columns=tuple(_column(*line) for line in entry["columns"].items()),
    )


def _column(name: str, description: str) -> Column:
    stored, _, what = description.partition(": ")
    return Column(name, Stored(stored), what)
