"""Clock: the current time, in UTC and in Paris.

No other module reads the system's clock.
"""

import time
from datetime import UTC, datetime
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
