"""Days and hours as people in France type them, and the moments that they are in Paris."""

import re
from datetime import UTC, date, datetime, time

from consultation.clock import PARIS, in_paris
from consultation.i18n import folded

MONTHS = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin",
    "juillet", "aout", "septembre", "octobre", "novembre", "decembre",
)  # fmt: skip
FIRST_YEAR, LAST_YEAR = 2000, 2099

_FIGURES = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})", re.ASCII)
_SORTED = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_WORDS = re.compile(rf"(\d{{1,2}})(?:er)? ({'|'.join(MONTHS)}) (\d{{4}})", re.ASCII)
_HOUR = re.compile(r"(\d{1,2}) ?(?:h|:|heures?) ?(\d{2})?", re.ASCII)


class NoSuchHour(Exception):
    """The clocks of Paris never show this hour: they jump over it."""


def read_day(text: str) -> date | None:
    """Return the day of « 24/11/2026 » or « 24 novembre 2026 »; None when it is none."""
    typed = folded(text)
    if found := _SORTED.fullmatch(typed):
        year, month, day = map(int, found.groups())
    elif found := _FIGURES.fullmatch(typed):
        day, month, year = map(int, found.groups())
    elif found := _WORDS.fullmatch(typed):
        day, month, year = int(found[1]), MONTHS.index(found[2]) + 1, int(found[3])
    else:
        return None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_hour(text: str) -> time | None:
    """Return the hour of « 9 h », « 23 h 59 » or « 23:59 »; None when it is none."""
    found = _HOUR.fullmatch(folded(text))
    if found is None:
        return None
    try:
        return time(int(found[1]), int(found[2] or 0))
    except ValueError:
        return None


def moment_of(day: date, hour: time, *, is_end: bool = False) -> datetime:
    """Return when a clock in Paris shows that hour; raise `NoSuchHour` when none ever does.

    In the night when clocks go back an hour comes twice: a beginning is the first of the two, an
    end the second, so that nobody is cut short.
    """
    there = datetime.combine(day, hour, PARIS).replace(fold=int(is_end))
    moment = there.astimezone(UTC)
    if in_paris(moment).replace(tzinfo=None) != there.replace(tzinfo=None):
        raise NoSuchHour
    return moment


def day_typed(moment: datetime) -> str:
    """Return the day of a moment in Paris, as `read_day` reads it."""
    return f"{in_paris(moment):%d/%m/%Y}"


def hour_typed(moment: datetime) -> str:
    """Return the hour of a moment in Paris, as `read_hour` reads it."""
    there = in_paris(moment)
    return f"{there:%-H} h {there:%M}" if there.minute else f"{there:%-H} h"
