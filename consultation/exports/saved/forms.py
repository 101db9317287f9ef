"""Saved settings form: an order, its name and its schedule."""

from collections.abc import Iterator
from typing import Any

from wtforms import Field, HiddenField

from consultation.exports.models import LONGEST_NAME, Schedule
from consultation.exports.orders.forms import Offer, WorkbookForm, order_data
from consultation.exports.saved.settings import WEEKDAYS, SavedSetting, Timing, version
from consultation.i18n import DEFAULT_LOCALE, Localized, localized
from consultation.web.forms import ChoiceField, LineField, at_most, required

DEFAULT_HOUR = 7
TOOL_LABEL = "L'ensemble des indicateurs"
NOT_LISTED = "Choisissez un calendrier, un jour et une heure des listes."


class SettingForm(WorkbookForm):
    """A `WorkbookForm` with a name and a schedule; `seen` is the version displayed."""

    seen = HiddenField()
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

    def __init__(self, formdata: Any = None, *, offer: Offer, **kwargs: Any) -> None:
        super().__init__(formdata, offer=offer, **kwargs)
        self.axe.choices = [
            (axis.code, f"Tout l'axe {_titled(axis.code, axis.title)}") for axis in offer.axes
        ]
        measures = [it for axis in offer.axes for it in axis.measures]
        titles = [(code, _titled(code, title)) for code, title in measures]
        self.mesure.choices = [*titles, (offer.tool, TOOL_LABEL)]

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


def _titled(code: str, title: Localized) -> str:
    return f"{code} : {localized(title, DEFAULT_LOCALE)}"


def setting_data(saved: SavedSetting) -> dict[str, Any]:
    """Return a setting as the `data` of a `SettingForm`: its name alone, if it cannot be read."""
    data = {"seen": version(saved.setting), "nom": saved.setting.name}
    if saved.order is None:
        return data
    return data | order_data(saved.order) | timing_data(saved.timing)


def timing_data(timing: Timing) -> dict[str, Any]:
    """Return a schedule as the `data` of a `SettingForm`."""
    return {
        "calendrier": timing.schedule.value,
        "jour": str(timing.weekday or 0),
        "heure": str(DEFAULT_HOUR if timing.hour is None else timing.hour),
    }
