"""Contact workbook: its columns, their vocabularies, and the template."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from sqlalchemy.orm import Session

from consultation.i18n import folded
from consultation.mail.addresses import LONGEST
from consultation.questionnaires.models import Destination
from consultation.questionnaires.outline import store
from consultation.spreadsheets.reader.rows import Field, FileColumn, Holds
from consultation.spreadsheets.table import Column, Table
from consultation.spreadsheets.writer import EXPLANATIONS_SHEET, Format, write_workbook

SHEET = "Contacts"

FIELDS = (
    Field(
        "address",
        "Adresse",
        Holds.LINE,
        LONGEST,
        note="Adresse de courriel, une seule par ligne. Seule cette colonne est obligatoire.",
        width=34,
        is_filled=True,
        synonyms=(
            "Adresse électronique",
            "Adresse de courriel",
            "Adresse courriel",
            "Adresse e-mail",
            "Adresse email",
            "Adresse mail",
            "Courriel",
            "E-mail",
            "Email",
            "Mail",
            "Mél",
        ),
    ),
    Field(
        "name",
        "Nom",
        Holds.LINE,
        120,
        note="Comme il doit être écrit après « Bonjour » : Jeanne Martin. Peut rester vide.",
        width=26,
        may_lack=True,
        synonyms=("Nom complet", "Nom et prénom", "Prénom et nom", "Nom de famille"),
    ),
    Field(
        "organisation",
        "Organisation",
        Holds.LINE,
        300,
        note="Association, service ou institution. Peut rester vide.",
        width=34,
        may_lack=True,
        synonyms=("Organisme", "Structure", "Association", "Institution"),
    ),
    Field(
        "capacity",
        "Qualité",
        Holds.LINE,
        120,
        note="L'une de celles du formulaire, par son intitulé ou son code. Peut rester vide.",
        width=34,
        may_lack=True,
    ),
    Field(
        "territory",
        "Territoire",
        Holds.LINE,
        120,
        note="L'un de ceux du formulaire, par son intitulé ou son code. Peut rester vide.",
        width=24,
        may_lack=True,
    ),
    Field(
        "locale",
        "Langue",
        Holds.LINE,
        20,
        note="« français » ou « anglais ». Vide : français.",
        width=12,
        may_lack=True,
    ),
    Field(
        "measures",
        "Mesures",
        Holds.FIGURE,
        1000,
        note="Codes des mesures qui concernent ce contact, séparés par des virgules ou des"
        " points-virgules. Peut rester vide.",
        width=24,
        may_lack=True,
    ),
)

FIRST_NAME = Field("first_name", "Prénom", Holds.LINE, 120, may_lack=True)
"""Of lists that have it apart from the name; the template has one column for both."""

COLUMNS = tuple(FileColumn(field, "fr", field.header) for field in FIELDS)
READ_COLUMNS = (*COLUMNS, FileColumn(FIRST_NAME, "fr", FIRST_NAME.header))

EARLIER_LABELS = {
    "Élu·e": "elected_representative",
    "Élu(e)": "elected_representative",
    "Élu": "elected_representative",
    "Élue": "elected_representative",
    "Citoyen·ne": "citizen",
    "Citoyen(ne)": "citizen",
    "Citoyen": "citizen",
    "Citoyenne": "citizen",
}
"""Labels that older files have, with the codes of today's options."""


@dataclass(frozen=True)
class Vocabulary:
    """The values that a column accepts; `thing` names one in French: « une qualité »."""

    thing: str
    label_by_code: Mapping[str, str]
    earlier: Mapping[str, str] = field(default_factory=dict)
    """Codes by labels that are understood, and no longer offered."""

    def code(self, word: str) -> str | None:
        """Return the code of a label or a code, case and accents ignored, or None."""
        return self._code_by_fold.get(folded(word))

    def nearest(self, word: str) -> str | None:
        """Return the label most similar to `word`, or None."""
        label_by_fold = {folded(label): label for label in self.label_by_code.values()}
        matches = difflib.get_close_matches(folded(word), label_by_fold, 1)
        return label_by_fold[matches[0]] if matches else None

    @cached_property
    def _code_by_fold(self) -> Mapping[str, str]:
        labels = {folded(label): code for code, label in self.label_by_code.items()}
        earlier = {
            folded(label): code
            for label, code in self.earlier.items()
            if code in self.label_by_code
        }
        return earlier | labels | {folded(code): code for code in self.label_by_code}


LANGUAGES = Vocabulary("une langue du site", {"fr": "français", "en": "anglais"})


@dataclass(frozen=True)
class Vocabularies:
    """The vocabularies of the columns that have one."""

    capacity: Vocabulary
    territory: Vocabulary
    locale: Vocabulary = LANGUAGES


def load_vocabularies(session: Session) -> Vocabularies:
    """Return the options of the questionnaires of all rounds, in French."""

    def french(destination: Destination) -> Mapping[str, str]:
        labels = store.labels_for(session, destination)
        return {code: label["fr"] for code, label in labels.items()}

    return Vocabularies(
        Vocabulary("une qualité", french(Destination.CAPACITY), EARLIER_LABELS),
        Vocabulary("un territoire", french(Destination.TERRITORY)),
    )


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
            "Complète, comme prenom@association.fr, une seule par ligne. Des lignes qui désignent"
            " la même boîte sont réunies en un contact."
        ),
    ),
    (
        "Autres noms",
        (
            "La colonne peut aussi s'appeler Courriel, E-mail ou Mail ; l'organisation, Structure"
            " ou Organisme. Prénom et Nom peuvent avoir chacun leur colonne."
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


def write_template(path: Path, vocabularies: Vocabularies) -> None:
    """Write the workbook to fill in, with a sheet that explains it; raise OSError."""
    write_workbook([_sheet(vocabularies), _explanations(vocabularies)], path, Format.XLSX)


def _sheet(vocabularies: Vocabularies) -> Table:
    choices = {
        "capacity": tuple(vocabularies.capacity.label_by_code.values()),
        "territory": tuple(vocabularies.territory.label_by_code.values()),
        "locale": tuple(vocabularies.locale.label_by_code.values()),
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


def _explanations(vocabularies: Vocabularies) -> Table:
    listed = [
        ("Qualités", " ; ".join(vocabularies.capacity.label_by_code.values())),
        ("Territoires", " ; ".join(vocabularies.territory.label_by_code.values())),
    ]
    widths = [Column("", 26), Column("", 100)]
    return Table(EXPLANATIONS_SHEET, widths, lambda: [*_LINES, *listed], kind="text")
