"""Columns of the plan file: the fields of a measure and of an indicator."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from consultation.plan.drafts import IndicatorDraft, MeasureDraft
from consultation.plan.measurement.texts import LABELS, LONGEST_SOURCE
from consultation.plan.models import MeasuredAs, Point, WantedDirection
from consultation.records.files import file_fields
from consultation.spreadsheets.reader.rows import CODE_CHARACTERS, Field, Holds, columns_of

MEASURES_SHEET = "Mesures"
INDICATORS_SHEET = "Indicateurs"

TOOL_CODE = "outil"
"""The code in addresses of the form on the tool as a whole; no measure may have it."""

FIGURE_NOTE = (
    "Un texte, avec l'année s'il y a lieu. Écrivez les pourcentages en toutes lettres, "
    "dans une cellule au format Texte : « 19 % »."
)

_PARTS = (
    ("value", "La valeur seule : 12,5 pour 12,5 %. Peut rester vide.", 14),
    ("dated", "La date de cette valeur : 2026, 06/2026 ou 30/06/2026. Peut rester vide.", 14),
    ("source", "D'où vient cette valeur, ou qui a fixé cette cible. Peut rester vide.", 24),
)
"""The columns of each value of an indicator: their names, notes and widths."""

MAY_LACK = ("tags", "reason")
"""The columns without which older files come."""


def _fields(record: type, combined: Mapping[str, str]) -> Iterator[Field]:
    """Yield the fields of a record; `combined` are further headers, for the one sheet of a CSV."""
    for field in file_fields(record, {}):
        yield replace(
            field,
            combined=combined.get(field.name, ""),
            note=FIGURE_NOTE if field.holds is Holds.FIGURE else field.note,
            is_filled=not field.may_lack,
            may_lack=field.name in MAY_LACK,
        )


MEASURE_FIELDS = (
    Field(
        "axis",
        "Axe",
        Holds.CODE,
        20,
        note=f"Code de l'axe, sur chaque ligne. {CODE_CHARACTERS}.",
        width=8,
        is_filled=True,
    ),
    Field(
        "axis_title",
        "Intitulé de l'axe",
        Holds.LINE,
        300,
        note="À écrire au moins une fois par axe ; vide ou identique sur ses autres lignes.",
        width=30,
        is_translated=True,
    ),
    *_fields(MeasureDraft, {"code": "Mesure", "title": "Intitulé de la mesure"}),
)

INDICATOR_FIELDS = (
    Field(
        "measure",
        "Mesure",
        Holds.CODE,
        20,
        note="Code de la mesure, tel qu'il est écrit dans la feuille « Mesures ».",
        width=12,
        is_filled=True,
    ),
    *_fields(IndicatorDraft, {"code": "Indicateur", "label": "Intitulé de l'indicateur"}),
    Field(
        "measured_as",
        "Type de valeur",
        Holds.LINE,
        30,
        note=f"Ce que l'on mesure : {', '.join(MeasuredAs.labels())}. Peut rester vide.",
        width=18,
        may_lack=True,
        choices=tuple(MeasuredAs.labels()),
    ),
    Field(
        "direction",
        "Sens voulu",
        Holds.LINE,
        30,
        note=f"Où la valeur doit aller : {', '.join(WantedDirection.labels())}. Peut rester vide.",
        width=18,
        may_lack=True,
        choices=tuple(WantedDirection.labels()),
    ),
    *(
        Field(
            f"{point.value}_{part}",
            LABELS[f"{point.value}_{part}"],
            Holds.VALUE,
            LONGEST_SOURCE,
            note=note,
            width=width,
            may_lack=True,
        )
        for point in Point
        for part, note, width in _PARTS
    ),
)

MEASURE_COLUMNS = columns_of(MEASURE_FIELDS)
INDICATOR_COLUMNS = columns_of(INDICATOR_FIELDS)
COMBINED_MEASURE_COLUMNS = columns_of(MEASURE_FIELDS, is_combined=True)
COMBINED_INDICATOR_COLUMNS = columns_of(INDICATOR_FIELDS, is_combined=True)
