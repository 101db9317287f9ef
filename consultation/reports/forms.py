"""Form of the report in preparation: its title, its introduction and those of the axes."""

from collections.abc import Mapping, Sequence
from typing import Any

from consultation.editions.controls import (
    LONGEST_INTRODUCTION,
    LONGEST_TITLE,
    EditionTextsForm,
    text_values,
    with_french,
)
from consultation.i18n import bilingual
from consultation.plan.models import Axis
from consultation.reports import references
from consultation.reports.figures import Figure
from consultation.reports.models import ReportEdition
from consultation.web.forms import LineField, TextField, at_most, required


class ReportForm(EditionTextsForm):
    """Texts of a report; those of an axis are in `axis_<id>` and `axis_<id>_en`.

    `figures` are those that the texts may cite, by folded id.
    """

    title = LineField(
        "Titre",
        [required("Donnez un titre au bilan."), at_most(LONGEST_TITLE)],
        description="Par exemple « Le plan à mi-parcours ».",
    )
    introduction = TextField(
        "Introduction",
        [at_most(LONGEST_INTRODUCTION)],
        rows=8,
        description="Elle ouvre le bilan. Citez un chiffre par son nom, entre deux accolades.",
    )

    axes: Sequence[Axis] = ()
    figures: Mapping[str, Figure]

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse texts that cite what is not public as well, each at its field."""
        is_valid: bool = super().validate(extra_validators)
        for field in self:
            _resolved, wrong = references.cited(str(field.data or ""), self.figures)
            for it in wrong:
                self.add_error(field.short_name, f"{it.citation} : {it.sentence}")
                is_valid = False
        return is_valid

    def texts(self) -> dict[str, Any]:
        """Return the texts by the names of the columns of a report."""
        texts = {
            axis.code: bilingual(self[f"axis_{axis.id}"].data, self[f"axis_{axis.id}_en"].data)
            for axis in self.axes
        }
        return super().texts() | {"axis_texts": {code: it for code, it in texts.items() if it}}


def report_form(
    axes: Sequence[Axis], figures: Mapping[str, Figure], *args: Any, **kwargs: Any
) -> ReportForm:
    """Return the form, with two fields for each axis."""
    fields: dict[str, Any] = {"axes": axes, "figures": figures}
    for axis in axes:
        label = f"Introduction de l'axe {axis.code}"
        fields[f"axis_{axis.id}"] = TextField(label, [at_most(LONGEST_INTRODUCTION)], rows=6)
        fields[f"axis_{axis.id}_en"] = TextField(
            f"{label}, en anglais",
            [at_most(LONGEST_INTRODUCTION), with_french],
            rows=6,
            render_kw={"lang": "en"},
        )
    made: ReportForm = type("ReportForm", (ReportForm,), fields)(*args, **kwargs)
    return made


def report_values(edition: ReportEdition | None, axes: Sequence[Axis]) -> dict[str, Any]:
    if edition is None:
        return {}
    values = text_values(edition)
    for axis in axes:
        text = edition.axis_texts.get(axis.code) or {}
        values[f"axis_{axis.id}"] = text.get("fr", "")
        values[f"axis_{axis.id}_en"] = text.get("en", "")
    return values
