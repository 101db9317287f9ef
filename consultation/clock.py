"""The only reader of the time."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def now() -> datetime:
    """Return the present moment, aware and in UTC."""
    return datetime.now(UTC)


def in_paris(moment: datetime) -> datetime:
    """Return the same moment as a clock on a wall in Paris shows it."""
    return moment.astimezone(PARIS)
