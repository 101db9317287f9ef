"""Writes the workbook of contacts to fill in."""

from pathlib import Path

from consultation.invitations.columns import COLUMNS, SHEET
from consultation.invitations.vocabulary import Words
from consultation.sheets.tables import Column, Table
from consultation.sheets.writing import Format, write_workbook

EXPLANATIONS_SHEET = "Explications"
FILENAME = "contacts-a-remplir.xlsx"

_LINES = (
    ("Les contacts à inviter : classeur à remplir", ""),
    (
        f"Feuille « {SHEET} »",
        (
            "Une ligne par contact. Seule l'adresse est obligatoire. Les lignes vides ne comptent"
            " pas ; vos propres colonnes ne sont pas lues."
        ),
    ),
    (
        "Adresse",
        (
            "Complète, comme prenom@association.fr, une seule par ligne. La même boîte ne figure"
            " pas deux fois, quelles que soient les majuscules."
        ),
    ),
    (
        "Contact déjà connu",
        "Il est reconnu à son adresse et mis à jour. Une cellule vide laisse ce qui était connu.",
    ),
    ("Langue", "« français » ou « anglais ». Vide : français."),
    (
        "Mesures",
        (
            "Codes des mesures du plan, séparés par des virgules : « T4, T7 ». Mettez la colonne au"
            " format Texte, sans quoi un tableur peut écrire un nombre à la place."
        ),
    ),
    (
        "Erreurs",
        "Une seule erreur, et rien n'est importé : chacune est donnée avec sa ligne et sa colonne.",
    ),
    ("CSV", "Le même tableau, en un seul fichier, avec la même première ligne."),
)


def write_template(path: Path, words: Words) -> None:
    """Write a workbook with the sheet to fill in, and one that explains it; raise OSError."""
    write_workbook([_sheet(words), _explanations(words)], path, Format.XLSX)


def _sheet(words: Words) -> Table:
    choices = {
        "capacity": tuple(words.capacity.label_by_code.values()),
        "territory": tuple(words.territory.label_by_code.values()),
        "locale": tuple(words.locale.label_by_code.values()),
    }
    columns = [
        Column(
            column.header,
            column.field.width,
            column.field.note,
            choices.get(column.key, ()),
            is_text=True,
        )
        for column in COLUMNS
    ]
    return Table(SHEET, columns, lambda: ())


def _explanations(words: Words) -> Table:
    listed = [
        ("Qualités", " ; ".join(words.capacity.label_by_code.values())),
        ("Territoires", " ; ".join(words.territory.label_by_code.values())),
    ]
    widths = [Column("", 26), Column("", 100)]
    return Table(EXPLANATIONS_SHEET, widths, lambda: [*_LINES, *listed], kind="text")
