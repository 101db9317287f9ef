"""Form of a status assessment, under the rules of the assessment file."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from wtforms import Field, HiddenField
from wtforms.fields import SelectChoice
from wtforms.validators import ValidationError

from consultation.i18n import bilingual
from consultation.plan.models import Assessor
from consultation.plan.statuses.assessments import Assessment
from consultation.plan.statuses.parsing import (
    FIELD_LABELS,
    LONGEST_EVIDENCE,
    SCALES,
    assessor_of,
    date_of,
    level_of,
)
from consultation.records.kinds import link_of
from consultation.spreadsheets.reader.rows import ValueRefused
from consultation.web.forms import ChoiceField, LineField, StaffForm, TextField, at_most, required

TO_CHOOSE = SelectChoice("", "À choisir")


class AssessmentForm(StaffForm):
    """Form of one status assessment; `seen` is the digest of the stored one that it is to replace.

    The values are read by the rules of the file, so French names of levels and assessors and
    French dates are taken as well as the values of the form's own controls.
    """

    seen = HiddenField()
    assessor = ChoiceField(
        FIELD_LABELS["assessor"],
        [required("Dites qui évalue.")],
        description="Chaque évaluateur a son propre fil : les trois avis restent côte à côte.",
        choices=[TO_CHOOSE, *(SelectChoice(*it) for it in Assessor.choices())],
        validate_choice=False,
    )
    assessed_on = LineField(
        FIELD_LABELS["assessed_on"],
        [required("Donnez le jour où l'évaluation a été faite.")],
        description="Le jour où l'évaluation a été faite ou publiée, au plus tard aujourd'hui.",
        render_kw={"type": "date"},
    )
    level = ChoiceField(
        FIELD_LABELS["level"],
        [required("Choisissez un niveau.")],
        description="Deux échelles sont en usage ; prenez celle que suit cette évaluation.",
        choices=[
            TO_CHOOSE,
            *(
                SelectChoice(level.value, level.label, optgroup=scale)
                for scale, levels in SCALES.items()
                for level in levels
            ),
        ],
        validate_choice=False,
    )
    evidence = TextField(
        FIELD_LABELS["evidence"],
        [at_most(LONGEST_EVIDENCE)],
        rows=5,
        description=(
            "Ce qui fonde l'évaluation, en texte simple ; une ligne vide sépare deux paragraphes."
            " Facultatif, 5 000 caractères au plus."
        ),
    )
    evidence_en = TextField(
        FIELD_LABELS["evidence_en"],
        [at_most(LONGEST_EVIDENCE)],
        rows=5,
        description=(
            "Facultatif. Sans texte anglais, les pages en anglais montrent le texte français."
        ),
    )
    source_url = LineField(
        FIELD_LABELS["source_url"],
        description="Facultatif. L'adresse d'une page, qui commence par https://",
    )

    def __init__(self, formdata: Any = None, *, today: date, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        self.today = today

    def validate_assessor(self, field: Field) -> None:
        _check(assessor_of, field)

    def validate_assessed_on(self, field: Field) -> None:
        _check(partial(date_of, today=self.today), field)

    def validate_level(self, field: Field) -> None:
        _check(level_of, field)

    def validate_evidence(self, field: Field) -> None:
        """Refuse an English text alone."""
        if not field.data.strip() and self.evidence_en.data.strip():
            raise ValidationError("Écrivez aussi le texte français, ou effacez l'anglais.")

    def validate_source_url(self, field: Field) -> None:
        if field.data:
            _check(link_of, field)

    @property
    def chosen_assessor(self) -> Assessor:
        """Who assesses, once the form is valid."""
        return assessor_of(self.assessor.data)

    def assessment(self) -> Assessment:
        """Return the status assessment, once the form is valid."""
        french, english = self.evidence.data.strip(), self.evidence_en.data.strip()
        return Assessment(
            self.chosen_assessor,
            date_of(self.assessed_on.data, self.today),
            level_of(self.level.data),
            bilingual(french, english),
            self.source_url.data or None,
        )


def values_of(assessment: Assessment) -> dict[str, str]:
    """Return the values of `AssessmentForm`, by field name."""
    evidence = assessment.evidence or {}
    return {
        "seen": assessment.digest,
        "assessed_on": assessment.assessed_on.isoformat(),
        "assessor": assessment.assessor.value,
        "level": assessment.level.value,
        "evidence": evidence.get("fr", ""),
        "evidence_en": evidence.get("en", ""),
        "source_url": assessment.source_url or "",
    }


def _check(read: Callable[[str], object], field: Field) -> None:
    try:
        read(field.data)
    except ValueRefused as refused:
        raise ValidationError(refused.sentence) from None
