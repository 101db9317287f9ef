"""Form of a status assessment, under the rules of the assessment file."""

from datetime import date
from typing import Any

from wtforms import HiddenField
from wtforms.fields import SelectChoice

from consultation.plan.models import Assessor
from consultation.plan.statuses.assessments import Assessment
from consultation.plan.statuses.parsing import ASSESSOR, SCALES, assessed_by
from consultation.records.controls import TO_CHOOSE, RecordForm, control_of, controls_of


class AssessmentForm(RecordForm):
    """Form of one status assessment; `seen` is the digest of the stored one that it is to replace.

    The values are read by the rules of the file, so French names of levels and assessors and
    French dates are taken as well as the values of the form's own controls.
    """

    record = Assessment
    seen = HiddenField()
    assessed_on = control_of(Assessment, "assessed_on", render_kw={"type": "date"})
    level = control_of(
        Assessment,
        "level",
        choices=[
            SelectChoice("", TO_CHOOSE),
            *(
                SelectChoice(level.value, level.label, optgroup=scale)
                for scale, levels in SCALES.items()
                for level in levels
            ),
        ],
    )

    def __init__(self, formdata: Any = None, *, today: date, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        self.today = today
        self.kinds = {"assessed_on": assessed_by(today)}

    @property
    def chosen_assessor(self) -> Assessor:
        """Who assesses, once the form is valid."""
        return ASSESSOR.read(self.assessor.data)

    def assessment(self) -> Assessment:
        """Return the status assessment, once the form is valid."""
        return Assessment(**self.parsed | {"assessor": self.chosen_assessor})


def values_of(assessment: Assessment) -> dict[str, str]:
    """Return the values of `AssessmentForm`, by field name."""
    texts = controls_of(assessment)
    day = assessment.assessed_on.isoformat()
    return {**texts, "assessed_on": day, "seen": assessment.digest}
