"""Problems of an uploaded file: what is wrong where, and the remedy, in French."""

from collections.abc import Sequence
from dataclasses import dataclass

from consultation.spreadsheets.reader.sandbox import MAX_COLUMNS, MAX_ROWS


@dataclass(frozen=True)
class Problem:
    """One error of a file.

    `row` is counted from 1, `column` is the header as the file writes it.  `what` is a clause,
    `remedy` one or more sentences.  The reader of workbooks refuses a file in a sentence of its
    own that names the file: it is then `what`, and all else is empty.
    """

    file: str
    sheet: str | None
    row: int | None
    column: str | None
    what: str
    remedy: str

    @property
    def sentence(self) -> str:
        """The whole sentence: where, what, and the remedy."""
        if not self.remedy:
            return self.what
        places = [f"« {self.file} »"]
        if self.sheet is not None:
            places.append(f"feuille « {self.sheet} »")
        if self.row is not None:
            places.append(f"ligne {self.row}")
        if self.column is not None:
            places.append(f"colonne « {self.column} »")
        return f"{', '.join(places)} : {self.what}. {self.remedy}"


class SheetRefused(Exception):
    """A file has errors, all of them in `problems`; nothing of it may be imported."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(problem.sentence for problem in problems))
        self.problems = tuple(problems)

    @property
    def is_unreadable(self) -> bool:
        """Whether the file can't be opened at all: its one problem is a sentence of the reader."""
        return not self.problems[0].remedy


FORMATS = "enregistrez-le en XLSX, ODS ou CSV, puis réessayez."

NOT_FOUND = "« {name} » est introuvable : vérifiez le nom et le dossier du fichier."
NOT_OPENED = "« {name} » ne peut pas être ouvert : vérifiez que c'est un fichier, et vos droits."
EMPTY = "« {name} » est vide : enregistrez-le de nouveau depuis votre tableur, puis réessayez."
TOO_BIG = (
    "« {name} » pèse {size} Mo, la limite est de {limit} Mo : "
    "retirez les images et les feuilles inutiles, puis réessayez."
)
PROTECTED = (
    "« {name} » est protégé par un mot de passe : ouvrez-le dans votre tableur, "
    "retirez le mot de passe, enregistrez-le, puis réessayez."
)
OLD_KIND = "« {name} » est dans un ancien format (Excel 97-2003 ou semblable) : " + FORMATS
UNKNOWN_KIND = "« {name} » n'est pas un classeur connu : ouvrez-le dans votre tableur, " + FORMATS
NOT_A_WORKBOOK = (
    "« {name} » est une archive ou un document d'un autre genre, pas un classeur : "
    "si elle contient un tableau, " + FORMATS
)
DAMAGED = (
    "« {name} » est abîmé : ouvrez-le dans votre tableur, "
    "enregistrez-le sous un autre nom, puis réessayez avec ce nouveau fichier."
)
TOO_SWOLLEN = (
    "« {name} » est démesuré une fois décompressé ; par prudence il n'est pas lu : "
    "copiez les feuilles utiles dans un classeur neuf, puis réessayez."
)
NOT_EXTRACTED = (
    "« {name} » ne peut pas être lu, parce qu'il est abîmé ou qu'une feuille est démesurée : "
    "copiez les lignes utiles dans un classeur neuf, puis réessayez."
)
TOO_MANY_ROWS = (
    "« {name} », feuille « {sheet} » : plus de {limit} lignes. "
    "Supprimez les lignes en trop, y compris celles qui sont vides sous le tableau, "
    "ou répartissez-les dans plusieurs fichiers."
)
TOO_MANY_COLUMNS = (
    "« {name} », feuille « {sheet} » : plus de {limit} colonnes. "
    "Supprimez les colonnes en trop, y compris celles qui sont vides à droite du tableau."
)
UNREADABLE_CSV = (
    "« {name} », ligne {line} : un guillemet ouvert n'est pas refermé comme il faut. "
    "Corrigez cette ligne, ou enregistrez le tableau en XLSX ou ODS, puis réessayez."
)

CELL_TOO_LONG = (
    "« {name} », ligne {line} : une cellule dépasse 131 072 caractères. Il y manque peut-être un "
    "guillemet, ou le fichier n'est pas un tableau : corrigez cette ligne, ou enregistrez le "
    "tableau en XLSX ou ODS, puis réessayez."
)


class UnreadableWorkbook(Exception):
    """A file cannot be read; the message is a French sentence for the person who sent it."""


def refusal(sentence: str, **facts: object) -> UnreadableWorkbook:
    """Return the refusal with `sentence`, formatted with `facts`."""
    return UnreadableWorkbook(sentence.format(**facts))


def too_many_rows(filename: str, sheet: str) -> UnreadableWorkbook:
    """Return the refusal of a sheet with more than MAX_ROWS rows."""
    limit = f"{MAX_ROWS:,}".replace(",", " ")
    return refusal(TOO_MANY_ROWS, name=filename, sheet=sheet, limit=limit)


def too_many_columns(filename: str, sheet: str) -> UnreadableWorkbook:
    """Return the refusal of a sheet with more than MAX_COLUMNS columns."""
    return refusal(TOO_MANY_COLUMNS, name=filename, sheet=sheet, limit=MAX_COLUMNS)
