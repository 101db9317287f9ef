"""Clock: the current time, in UTC and in Paris; delays in days or months.

No other module reads the system's clock.
"""

import re
import time
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def now() -> datetime:
    """Return the current time, aware and in UTC."""
    return datetime.now(UTC)


def moment_of(typed: str) -> datetime | None:
    """Return the moment that an address or a field holds in ISO form, or None if it holds none."""
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def ticks() -> float:
    """Return seconds that only go forward, to tell how long ago something was read."""
    return time.monotonic()


def in_paris(moment: datetime) -> datetime:
    """Return the same moment in Paris time."""
    return moment.astimezone(PARIS)


_DELAY = re.compile(r"([1-9][0-9]{0,2}) ?(jours?|mois)")


@dataclass(frozen=True)
class Delay:
    """A time in whole months or days, as rules give it."""

    months: int = 0
    days: int = 0

    def after(self, day: date) -> date:
        """Return the day that ends the delay; a month without that day ends with its last."""
        year, month = divmod(day.year * 12 + day.month - 1 + self.months, 12)
        last = monthrange(year, month + 1)[1]
        return date(year, month + 1, min(day.day, last)) + timedelta(self.days)


def delay_of(text: str) -> Delay | None:
    """Return the delay that a text says, as « 45 jours » or « 3 mois »; None if it says none."""
    match = _DELAY.fullmatch(text.strip())
    if match is None:
        return None
    count = int(match[1])
    return Delay(months=count) if match[2] == "mois" else Delay(days=count)
