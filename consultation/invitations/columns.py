"""The columns of a list of contacts: what each is called, what it may hold, and how long."""

from consultation.mail.addresses import LONGEST
from consultation.sheets.columns import Field, FileColumn, Holds

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
    ),
    Field(
        "name",
        "Nom",
        Holds.LINE,
        120,
        note="Comme il doit être écrit après « Bonjour » : Jeanne Martin. Peut rester vide.",
        width=26,
        may_lack=True,
    ),
    Field(
        "organisation",
        "Organisation",
        Holds.LINE,
        300,
        note="Association, service ou institution. Peut rester vide.",
        width=34,
        may_lack=True,
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

COLUMNS = tuple(FileColumn(field, "fr", field.header) for field in FIELDS)
