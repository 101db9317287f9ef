"""Contact workbook: its columns, the words of their questionnaires, and the template."""

from dataclasses import replace
from pathlib import Path

from sqlalchemy.orm import Session

from consultation.i18n import NAMES
from consultation.invitations.contacts.record import (
    EARLIER_LABELS,
    InviteeDraft,
    Vocabularies,
    Vocabulary,
)
from consultation.questionnaires.models import Destination
from consultation.questionnaires.outline import store
from consultation.records.fields import descriptions
from consultation.records.files import column_of, field_of, file_fields
from consultation.spreadsheets.reader.rows import Field, Holds, columns_of
from consultation.spreadsheets.table import Column, Table
from consultation.spreadsheets.writer import EXPLANATIONS_SHEET, Format, write_workbook

SHEET = "Contacts"

DESCRIBED = descriptions(InviteeDraft)
ADDRESS = replace(
    field_of("address", DESCRIBED["address"]),
    note="Adresse de courriel, une seule par ligne. Seule cette colonne est obligatoire.",
    is_filled=True,
)
LANGUAGES_READ = f"{' ou '.join(f'« {name} »' for name in NAMES.values())}. Vide : français."
LANGUAGE = replace(field_of("locale", DESCRIBED["locale"]), note=LANGUAGES_READ)
FIELDS = file_fields(InviteeDraft, {"address": ADDRESS, "locale": LANGUAGE})

FIRST_NAME = Field("first_name", "Prénom", Holds.LINE, 120, may_lack=True)
"""Of lists that have it apart from the name; the template has one column for both."""

COLUMNS = columns_of(FIELDS)
READ_COLUMNS = (*COLUMNS, *columns_of([FIRST_NAME]))


def load_vocabularies(session: Session) -> Vocabularies:
    """Return the options of the questionnaires of all rounds, in French."""
    capacities, territories = (
        store.french_labels(session, it) for it in (Destination.CAPACITY, Destination.TERRITORY)
    )
    return Vocabularies(
        Vocabulary("une qualité", capacities, EARLIER_LABELS),
        Vocabulary("un territoire", territories),
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
    ("Qualité, territoire", "Par l'intitulé, dans les listes ci-dessous, ou par le code."),
    ("Langue", LANGUAGES_READ),
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
    labels = {
        "capacity": tuple(vocabularies.capacity.labels()),
        "territory": tuple(vocabularies.territory.labels()),
    }
    columns = [
        replace(column_of(it), choices=labels.get(it.key, it.field.choices), is_text=True)
        for it in COLUMNS
    ]
    return Table(SHEET, columns, lambda: ())


def _explanations(vocabularies: Vocabularies) -> Table:
    listed = [
        ("Qualités", " ; ".join(vocabularies.capacity.labels())),
        ("Territoires", " ; ".join(vocabularies.territory.labels())),
    ]
    widths = [Column("", 26), Column("", 100)]
    return Table(EXPLANATIONS_SHEET, widths, lambda: [*_LINES, *listed], kind="text")
