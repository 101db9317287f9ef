"""French labels of ordered exports: state, format, size and duration."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import flask_babel

from consultation.exports import files
from consultation.exports.orders.jobs import OrderedExport
from consultation.exports.orders.order import Order, order_label
from consultation.i18n import DEFAULT_LOCALE, Localized, localized
from consultation.jobs.models import JobStatus
from consultation.spreadsheets.writer import Format, Package

FORMATS = dict([*Format.choices(), *Package.choices()])
STATES_OF_A_LIST = {JobStatus.DONE: "prête", JobStatus.CANCELLED: "annulée"}
"""The states of a list of contacts that are said otherwise than those of a workbook."""
REMOVED = "supprimé"
KILO, MEGA = 1000, 1_000_000
MINUTE, HOUR = 60, 3600


@dataclass(frozen=True)
class ExportView:
    """An export as pages display it."""

    ordered: OrderedExport
    round_title: str
    path: Path | None
    kept_until: datetime | None

    @property
    def state(self) -> str:
        if self.ordered.manifest is not None and self.path is None:
            return REMOVED
        status = self.ordered.job.status
        label = STATES_OF_A_LIST.get(status) if self.ordered.is_of_contacts else None
        return label or status.label

    @property
    def format(self) -> str:
        code = str(self.ordered.job.parameters.get("format"))
        return FORMATS.get(code, code)

    @property
    def contents(self) -> str:
        return order_label(self.ordered.order) if self.ordered.order else ""

    @property
    def is_partial(self) -> bool:
        """Whether the order has a filter."""
        order = self.ordered.order
        return order is not None and order != Order(
            order.round_code, order.format, wants_mail=order.wants_mail
        )

    def elapsed(self, at: datetime) -> timedelta:
        """Return how long it took, or has been running."""
        return (self.ordered.job.finished_at or at) - self.ordered.job.created_at


def view_of(
    ordered: OrderedExport, titles: Mapping[str, Localized], directory: Path, days: int
) -> ExportView:
    """Return an export as pages display it; `titles` are those of the rounds, by code."""
    code = str(ordered.job.parameters.get("round"))
    days_kept = files.days_kept(days, of_contacts=ordered.is_of_contacts)
    return ExportView(
        ordered,
        localized(titles.get(code), DEFAULT_LOCALE) or code,
        ordered.path(directory),
        ordered.kept_until(days_kept),
    )


def size(count: int) -> str:
    """Return a number of bytes in kB or MB, in French."""
    unit, name = (MEGA, "Mo") if count >= MEGA else (KILO, "ko")
    rounded = round(count / unit, 1) if unit == MEGA else -(-count // unit)
    return f"{flask_babel.format_decimal(rounded)} {name}"


def duration(elapsed: timedelta) -> str:
    """Return a duration in French: « 1 min 20 s »."""
    seconds = max(0, int(elapsed.total_seconds()))
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min {seconds % MINUTE:02} s"
    return f"{seconds // HOUR} h {seconds % HOUR // MINUTE:02} min"
