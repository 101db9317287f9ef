"""When a workbook is ordered by itself, as a clock on a wall in Paris says it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from consultation.clock import PARIS, in_paris
from consultation.exporting.models import Schedule

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
DAYS_OF_A_WEEK = 7
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Timing:
    """How often, on which weekday (of each week, or the first of each month) and at what hour."""

    schedule: Schedule = Schedule.NONE
    weekday: int | None = None
    hour: int | None = None

    def next_after(self, at: datetime) -> datetime | None:
        """Return the first due moment after `at`, or None without a schedule.

        An hour that the clocks skip comes an hour later, one that they repeat comes once.
        """
        if self.schedule is Schedule.NONE or self.hour is None:
            return None
        day = in_paris(at).date()
        while True:
            moment = datetime.combine(day, time(self.hour), PARIS).astimezone(UTC)
            if self._is_on(day) and moment > at:
                return moment
            day += DAY

    @property
    def words(self) -> str:
        """The schedule in French."""
        if self.schedule is Schedule.NONE:
            return "à la demande"
        hour = f"à {self.hour} h"
        if self.schedule is Schedule.DAILY or self.weekday is None:
            return f"chaque jour {hour}"
        weekday = WEEKDAYS[self.weekday]
        if self.schedule is Schedule.WEEKLY:
            return f"chaque {weekday} {hour}"
        return f"le premier {weekday} du mois {hour}"

    def _is_on(self, day: date) -> bool:
        if self.schedule is Schedule.DAILY:
            return True
        is_first = self.schedule is Schedule.WEEKLY or day.day <= DAYS_OF_A_WEEK
        return day.weekday() == self.weekday and is_first
