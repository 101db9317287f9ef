"""Moments on forms: a point of the plan, or a day to be written."""

from typing import Any

from wtforms import Field
from wtforms.validators import ValidationError

from consultation.plan.values.models import ValuePoint
from consultation.records.controls import NOT_LISTED, TO_CHOOSE
from consultation.web.forms import ChoiceField, LineField, StaffForm, required
from consultation.web.typography import parse_date

ON_A_DAY = "day"


def moment_controls() -> tuple[ChoiceField, LineField]:
    """Return the controls of the moment: a point of the plan, or a day to be written."""
    choices = [("", TO_CHOOSE), *ValuePoint.choices(), (ON_A_DAY, "un jour, à écrire à côté")]
    moment = ChoiceField(
        "Échéance",
        [required("Choisissez une échéance du plan, ou un jour.")],
        choices=choices,
        validate_choice=False,
    )
    day = LineField("Le jour", description="Si vous avez choisi « un jour » : 30/06/2026.")
    return moment, day


class MomentForm(StaffForm):
    """A form that says for when; its class places the two controls."""

    @property
    def when(self) -> dict[str, Any]:
        """The point or the day, by its name, once the form is valid."""
        if self.moment.data == ON_A_DAY:
            return {"day": parse_date(self.day.data)}
        return {"point": ValuePoint(self.moment.data)}

    def validate_moment(self, field: Field) -> None:
        if field.data not in (*ValuePoint, ON_A_DAY):
            raise ValidationError(NOT_LISTED)

    def validate_day(self, field: Field) -> None:
        if self.moment.data == ON_A_DAY and parse_date(field.data) is None:
            raise ValidationError("Écrivez le jour, le mois et l'année, comme 30/06/2026.")
