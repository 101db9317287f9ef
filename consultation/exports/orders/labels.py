"""How the pages tell of an export: its state, format, size, and how long it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import flask_babel

from consultation.exports import files
from consultation.exports.orders.jobs import Ordered
from consultation.exports.orders.order import Order, order_words
from consultation.i18n import DEFAULT_LOCALE, Localized, localized
from consultation.jobs.models import JobStatus
from consultation.spreadsheets.writer import Format, Package

FORMATS: Mapping[str, str] = {
    Format.XLSX: "Excel ou LibreOffice (XLSX)",
    Format.ODS: "LibreOffice (ODS)",
    Format.CSV: "CSV, dans une archive ZIP",
    Package.RESEARCH: "Pour les chercheurs : SPSS, Parquet et CSV décrits, dans une archive ZIP",
}
STATES = {
    JobStatus.QUEUED: "en attente",
    JobStatus.RUNNING: "en préparation",
    JobStatus.DONE: "prêt",
    JobStatus.FAILED: "non abouti",
    JobStatus.CANCELLED: "annulé",
}
STATES_OF_A_LIST = STATES | {JobStatus.DONE: "prête", JobStatus.CANCELLED: "annulée"}
REMOVED = "supprimé"
KILO, MEGA = 1000, 1_000_000
MINUTE, HOUR = 60, 3600


@dataclass(frozen=True)
class Shown:
    """An export as the pages tell of it."""

    ordered: Ordered
    round_title: str
    path: Path | None
    kept_until: datetime | None

    @property
    def state(self) -> str:
        """Where it stands, in words."""
        is_gone = self.ordered.manifest is not None and self.path is None
        states = STATES_OF_A_LIST if self.ordered.is_of_contacts else STATES
        return REMOVED if is_gone else states[self.ordered.job.status]

    @property
    def format(self) -> str:
        """The format that was asked for, in words."""
        asked = str(self.ordered.job.parameters.get("format"))
        return FORMATS.get(asked, asked)

    @property
    def holds(self) -> str:
        """What was asked for, in words."""
        return order_words(self.ordered.order) if self.ordered.order else ""

    @property
    def is_partial(self) -> bool:
        """Say whether it was asked for with any setting but round and format."""
        order = self.ordered.order
        return order is not None and order != Order(
            order.round_code, order.format, wants_mail=order.wants_mail
        )

    def seconds(self, at: datetime) -> timedelta:
        """Return how long it took, or has been taking."""
        return (self.ordered.job.finished_at or at) - self.ordered.job.created_at


def shown(ordered: Ordered, titles: Mapping[str, Localized], directory: Path, days: int) -> Shown:
    """Return an export as the pages tell of it; `titles` are those of the rounds, by code."""
    code = str(ordered.job.parameters.get("round"))
    kept = files.days_kept(days, of_contacts=ordered.is_of_contacts)
    return Shown(
        ordered,
        localized(titles.get(code), DEFAULT_LOCALE) or code,
        ordered.path(directory),
        ordered.kept_until(kept),
    )


def size(count: int) -> str:
    """Return a number of bytes in the units that people use."""
    unit, name = (MEGA, "Mo") if count >= MEGA else (KILO, "ko")
    rounded = round(count / unit, 1) if unit == MEGA else -(-count // unit)
    return f"{flask_babel.format_decimal(rounded)} {name}"


def duration(elapsed: timedelta) -> str:
    """Return how long something took: « 1 min 20 s »."""
    seconds = max(0, int(elapsed.total_seconds()))
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min {seconds % MINUTE:02} s"
    return f"{seconds // HOUR} h {seconds % HOUR // MINUTE:02} min"
