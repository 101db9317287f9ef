"""The columns of a plan's file: what each is called, what it may hold, and how long."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

MEASURES_SHEET = "Mesures"
INDICATORS_SHEET = "Indicateurs"
ENGLISH = "{header} (anglais)"

CODE_SIGNS = "Lettres sans accent, chiffres, tiret, point ou tiret bas"
CODE_NOTE = f"{CODE_SIGNS} ; jamais deux fois le même."
FIGURE_NOTE = (
    "Un texte, avec l'année s'il y a lieu. Écrivez les pourcentages en toutes lettres, "
    "dans une cellule au format Texte : « 19 % »."
)


class Holds(enum.Enum):
    """What a cell is to hold; a figure may be a number of the spreadsheet, a text may not."""

    CODE = "code"
    LINE = "line"
    TEXT = "text"
    FIGURE = "figure"


@dataclass(frozen=True)
class Field:
    """One thing that a file says of a measure or of an indicator.

    `name` is that of the draft's attribute, `limit` a number of UTF-16 units.  `combined` is the
    header where measures and indicators share a sheet, if it is another.
    """

    name: str
    header: str
    holds: Holds
    limit: int
    combined: str = ""
    note: str = ""
    width: int = 14
    is_filled: bool = False
    is_translated: bool = False
    may_lack: bool = False


@dataclass(frozen=True)
class FileColumn:
    """One column of a sheet: a field in one language."""

    field: Field
    locale: str
    header: str

    @property
    def key(self) -> str:
        """The name of the column's texts in a row."""
        return self.field.name if self.locale == "fr" else f"{self.field.name}_{self.locale}"

    @property
    def is_filled(self) -> bool:
        """Say whether a blank is a fault; English texts may always be absent."""
        return self.field.is_filled and self.locale == "fr"

    @property
    def may_lack(self) -> bool:
        """Say whether a sheet without this column is whole."""
        return self.field.may_lack or self.locale != "fr"


def _columns(fields: Sequence[Field], *, is_combined: bool = False) -> tuple[FileColumn, ...]:
    """Return the French columns, then the English ones."""
    headers = [
        (field.combined or field.header) if is_combined else field.header for field in fields
    ]
    named = list(zip(fields, headers, strict=True))
    french = (FileColumn(field, "fr", header) for field, header in named)
    english = (
        FileColumn(field, "en", ENGLISH.format(header=header))
        for field, header in named
        if field.is_translated
    )
    return tuple(chain(french, english))


MEASURE_FIELDS = (
    Field(
        "axis",
        "Axe",
        Holds.CODE,
        20,
        note=f"Code de l'axe, sur chaque ligne. {CODE_SIGNS}.",
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
)

MEASURE_COLUMNS = _columns(MEASURE_FIELDS)
INDICATOR_COLUMNS = _columns(INDICATOR_FIELDS)
COMBINED_MEASURE_COLUMNS = _columns(MEASURE_FIELDS, is_combined=True)
COMBINED_INDICATOR_COLUMNS = _columns(INDICATOR_FIELDS, is_combined=True)
