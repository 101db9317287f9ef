"""Saved settings form: an order, its name and its schedule."""

from collections.abc import Iterator
from typing import Any

from wtforms import Field

from consultation.exports.models import LONGEST_NAME, Schedule
from consultation.exports.orders.forms import WorkbookForm
from consultation.exports.saved.settings import WEEKDAYS, Timing
from consultation.web.forms import ChoiceField, LineField, at_most, required

DEFAULT_HOUR = 7
NOT_LISTED = "Choisissez un calendrier, un jour et une heure des listes."


class SettingForm(WorkbookForm):
    """A `WorkbookForm` with a name and a schedule."""

    nom = LineField(
        "Nom",
        [required("Donnez un nom à ces réglages, pour les retrouver."), at_most(LONGEST_NAME)],
        description="Par exemple « Lettre du lundi » ; toute l'équipe voit ce nom.",
    )
    calendrier = ChoiceField(
        "Calendrier",
        choices=Schedule.choices(),
        default=Schedule.NONE.value,
        description="Un calendrier continue après la fermeture du tour, jusqu'à ce que quelqu'un"
        " l'arrête ici.",
        invalid_choice_message=NOT_LISTED,
    )
    jour = ChoiceField(
        "Jour de la semaine",
        choices=[(str(number), name) for number, name in enumerate(WEEKDAYS)],
        default="0",
        description="Sans effet pour « chaque jour ».",
        invalid_choice_message=NOT_LISTED,
    )
    heure = ChoiceField(
        "Heure, à Paris",
        choices=[(str(hour), f"{hour} h") for hour in range(24)],
        default=str(DEFAULT_HOUR),
        invalid_choice_message=NOT_LISTED,
    )

    def __iter__(self) -> Iterator[Field]:
        """Iterate in the order of the page, where the name is above the order."""
        return iter(sorted(super().__iter__(), key=lambda field: field.name != "nom"))

    def timing(self) -> Timing:
        """Return the schedule of a form that is valid."""
        schedule = Schedule(self.calendrier.data)
        if schedule is Schedule.NONE:
            return Timing()
        weekday = None if schedule is Schedule.DAILY else int(self.jour.data)
        return Timing(schedule, weekday, int(self.heure.data))


def timing_data(timing: Timing) -> dict[str, Any]:
    """Return a schedule as the `data` of a `SettingForm`."""
    return {
        "calendrier": timing.schedule.value,
        "jour": str(timing.weekday or 0),
        "heure": str(DEFAULT_HOUR if timing.hour is None else timing.hour),
    }
