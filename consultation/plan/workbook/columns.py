"""Columns of the plan file: the fields of a measure and of an indicator."""

from consultation.plan.measurement.texts import LABELS, LONGEST_SOURCE
from consultation.plan.models import MeasuredAs, Point, WantedDirection
from consultation.spreadsheets.reader.rows import (
    CODE_CHARACTERS,
    CODE_NOTE,
    Field,
    Holds,
    columns_of,
)

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
    Field(
        "code",
        "Code",
        Holds.CODE,
        20,
        combined="Mesure",
        note="Code de la mesure, par exemple son numéro dans le plan. " + CODE_NOTE,
        width=12,
        is_filled=True,
    ),
    Field(
        "title",
        "Intitulé",
        Holds.LINE,
        500,
        combined="Intitulé de la mesure",
        note="Intitulé officiel de la mesure.",
        width=50,
        is_filled=True,
        is_translated=True,
    ),
    Field(
        "summary",
        "Résumé",
        Holds.TEXT,
        5000,
        note="Ce que la mesure prévoit, en quelques phrases. Peut rester vide.",
        width=60,
        is_translated=True,
    ),
    Field(
        "lead",
        "Pilote",
        Holds.LINE,
        300,
        note="Institution chargée de la mesure. Peut rester vide.",
        width=24,
    ),
    Field(
        "tags",
        "Mots-clés",
        Holds.LINE,
        300,
        note=(
            "Thèmes ou métiers que la mesure concerne, séparés par des virgules : « justice, "
            "santé ». Chacun devient une case à cocher dans la liste des mesures. Peut rester vide."
        ),
        width=24,
        is_translated=True,
        may_lack=True,
    ),
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
    Field(
        "code",
        "Code",
        Holds.CODE,
        30,
        combined="Indicateur",
        note="Code de l'indicateur. " + CODE_NOTE,
        width=12,
        is_filled=True,
    ),
    Field(
        "label",
        "Intitulé",
        Holds.LINE,
        500,
        combined="Intitulé de l'indicateur",
        note="Ce que l'indicateur mesure, en une ligne.",
        width=50,
        is_filled=True,
        is_translated=True,
    ),
    Field(
        "definition",
        "Définition",
        Holds.TEXT,
        5000,
        note="Ce qui est compté, chez qui et quand. Peut rester vide.",
        width=60,
        is_translated=True,
    ),
    Field(
        "unit",
        "Unité",
        Holds.LINE,
        100,
        note="Par exemple : personnes, %, mois. Peut rester vide.",
        is_translated=True,
    ),
    Field(
        "data_source",
        "Source des données",
        Holds.TEXT,
        1000,
        note="Qui produit la donnée et où la trouver. Peut rester vide.",
        width=40,
        is_translated=True,
    ),
    Field(
        "baseline",
        "Valeur de départ",
        Holds.FIGURE,
        1000,
        note=FIGURE_NOTE,
        width=24,
        is_translated=True,
    ),
    Field(
        "midterm_target",
        "Cible à mi-parcours",
        Holds.FIGURE,
        1000,
        note=FIGURE_NOTE,
        width=24,
        is_translated=True,
    ),
    Field(
        "final_target",
        "Cible finale",
        Holds.FIGURE,
        1000,
        note=FIGURE_NOTE,
        width=24,
        is_translated=True,
    ),
    Field(
        "reason",
        "Motif du changement",
        Holds.TEXT,
        500,
        note="Pourquoi le texte de l'indicateur change ; vide s'il ne change pas.",
        width=40,
        may_lack=True,
    ),
    Field(
        "measured_as",
        "Type de valeur",
        Holds.LINE,
        30,
        note=f"Ce que l'on mesure : {', '.join(MeasuredAs.labels())}. Peut rester vide.",
        width=18,
        may_lack=True,
    ),
    Field(
        "direction",
        "Sens voulu",
        Holds.LINE,
        30,
        note=f"Où la valeur doit aller : {', '.join(WantedDirection.labels())}. Peut rester vide.",
        width=18,
        may_lack=True,
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
