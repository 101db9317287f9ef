"""Sheet for a translator: the French of each text beside its translation, and its reference."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from consultation.db.stale import digest
from consultation.records.files import column_of
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.reader.rows import Field, Holds, ValueRefused, columns_of
from consultation.spreadsheets.table import Table
from consultation.spreadsheets.writer import Format, write_list
from consultation.translators.texts import Line, OrganiserText, State

SHEET = "Traductions"
LONGEST_CELL = 30_000
LONGEST_REFERENCE = 200
NOT_READ = "Pour s'y retrouver ; n'est pas lu."
FRENCH_CHANGED = "Le français a changé"
YES = "oui"

WHERE = Field("where", "Où", Holds.VALUE, 200, note=NOT_READ, width=34, may_lack=True)
NAME = Field("field", "Champ", Holds.VALUE, 60, note=NOT_READ, width=18, may_lack=True)
FRENCH = Field(
    "french", "Français", Holds.VALUE, LONGEST_CELL, note="Le texte à traduire.", width=60
)
TRANSLATION = Field(
    "translation",
    "Traduction",
    Holds.FIGURE,
    LONGEST_CELL,
    note="À remplir ou à corriger. Une cellule vide ne change rien.",
    width=60,
)
REMARK = Field("remark", "Remarque", Holds.VALUE, 200, note=NOT_READ, width=24, may_lack=True)
EARLIER = Field(
    "earlier",
    "Français d'avant",
    Holds.VALUE,
    LONGEST_CELL,
    note="Celui qui avait été traduit. N'est pas lu.",
    width=40,
    may_lack=True,
)
RIGHT = Field(
    "right",
    "Convient encore",
    Holds.LINE,
    10,
    note="oui, si le français a changé et que la traduction d'avant reste juste.",
    width=16,
    may_lack=True,
    choices=(YES, "non"),
)
REFERENCE = Field(
    "reference", "Référence", Holds.FIGURE, LONGEST_REFERENCE, note="À ne pas changer.", width=40
)
CONTEXT = (WHERE, NAME, REMARK, EARLIER)
FIELDS = (WHERE, NAME, FRENCH, TRANSLATION, REMARK, EARLIER, RIGHT, REFERENCE)
COLUMNS = columns_of(FIELDS)
READ_COLUMNS = tuple(column for column in COLUMNS if column.field not in CONTEXT)

_LINES = (
    ("Textes à traduire", ""),
    (
        f"Feuille « {SHEET} »",
        "Une ligne par texte. Écrivez la traduction à côté du français, et rien d'autre.",
    ),
    (
        "Signes à garder",
        (
            "Les mots entre deux étoiles sont en gras, « - » commence un point d'une liste, « ## »"
            " un intertitre. Gardez ces signes, et les adresses."
        ),
    ),
    (
        "Repères",
        "Dans un message, {{nom}} ou {{lien}} sont remplacés à l'envoi : gardez-les tels quels.",
    ),
    (
        FRENCH_CHANGED,
        (
            "La traduction est celle du français d'avant, qui est sur la ligne : corrigez-la. Si"
            " elle reste juste, écrivez « oui » dans « Convient encore »."
        ),
    ),
    ("Ce qui manque", "Une cellule laissée vide ne change rien : le site garde ce qu'il a."),
    ("Référence", "C'est par elle que le site retrouve chaque texte. Ne la changez pas."),
    ("CSV", "Le même tableau, en un seul fichier, avec la même première ligne."),
)


@dataclass(frozen=True)
class RowReference:
    """What a row says of its text: its language, where it stands, and both texts as sent."""

    tag: str
    text: str
    french: str
    translation: str

    @classmethod
    def of(cls, text: OrganiserText, tag: str) -> Self:
        """Return the reference of a text as it stands; marks stand for the texts themselves."""
        translation = text.content.get(tag, "")
        marks = (mark(text.cleaned(it)) for it in (text.french, translation))
        return cls(tag, text.reference, *marks)

    @classmethod
    def read(cls, cell: str) -> Self:
        """Return the reference of a cell; raise `ValueRefused`."""
        parts = cell.split("#")
        if len(parts) != 4 or not all(parts):
            raise ValueRefused(
                f"« {cell[:60]} » n'est pas une référence",
                "Remettez celle de la feuille téléchargée, ou supprimez la ligne.",
            )
        return cls(*parts)

    def __str__(self) -> str:
        return "#".join((self.tag, self.text, self.french, self.translation))


def mark(text: str) -> str:
    """Return a few characters that differ whenever a text does."""
    return digest(text)[:10]


def write(lines: Sequence[Line], tag: str, path: Path, format: Format) -> None:
    """Write the sheet of these texts in a language; a CSV is one plain file.  Raise `OSError`."""
    rows = [_row(it, tag) for it in lines]
    table = Table(SHEET, [column_of(column) for column in COLUMNS], lambda: rows, kept_columns=2)
    write_list(table, _LINES, path, format)


def _row(line: Line, tag: str) -> list[Cell]:
    text = line.text
    return [
        text.where,
        text.field,
        text.french.strip(),
        line.translation or None,
        FRENCH_CHANGED if line.state is State.STALE else None,
        line.earlier,
        None,
        str(RowReference.of(text, tag)),
    ]
