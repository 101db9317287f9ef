"""Columns that say which response it is and who answered, never by name or address."""

from collections.abc import Sequence

from consultation.exporting.asked import Asked
from consultation.exporting.columns import FrameColumn, labelled, mapped, stored
from consultation.exporting.variables import (
    LIST,
    MEDIUM,
    NARROW,
    NUMBER,
    TEXT,
    WIDE,
    YES_NO,
    Variable,
    measure_variable,
)
from consultation.questionnaires.models import Destination
from consultation.responses.models import Channel, Standing

RECEIPT = Variable(
    "receipt",
    "Numéro de dépôt",
    "Numéro que la personne a reçu ; il relie les feuilles entre elles.",
    width=22,
)
NUMBER_IN_WORKBOOK = Variable(
    "number",
    "Numéro",
    "Numéro dans ce classeur, qui relie les feuilles entre elles ; il ne mène à personne.",
    NUMBER,
    NARROW,
)
CHANNELS = {Channel.WEB: "site", Channel.MAIL: "courriel"}
STANDINGS = {
    Standing.INVITED: "invité",
    Standing.CONFIRMED: "adresse confirmée",
    Standing.UNVERIFIED: "non vérifié",
}
LOCALES = {"fr": "français", "en": "anglais"}
CONSENTS = {
    Destination.CONSENT_CONTACT: "Accord : être contacté·e",
    Destination.CONSENT_ANONYMOUS: "Accord : être cité·e sans nom",
    Destination.CONSENT_NAMED: "Accord : être cité·e avec nom",
}


def receipt(asked: Asked) -> FrameColumn:
    """Return the column that ties the sheets together."""
    if asked.is_anonymised:
        return FrameColumn(
            NUMBER_IN_WORKBOOK, mapped("response_id", lambda id_: asked.number_by_response[id_])
        )
    return FrameColumn(RECEIPT, stored("receipt_code"))


def measure(asked: Asked) -> FrameColumn:
    """Return the column of the measure's code."""
    forms = asked.form_by_id
    return FrameColumn(
        measure_variable(),
        mapped("questionnaire_id", lambda id_: forms[id_].measure),
    )


def capacity(asked: Asked) -> FrameColumn:
    """Return the column of the capacity, in words."""
    return _labelled(asked, Destination.CAPACITY, "capacity", "Qualité")


def territory(asked: Asked) -> FrameColumn:
    """Return the column of the territory, in words."""
    return _labelled(asked, Destination.TERRITORY, "territory", "Territoire")


def codes(asked: Asked) -> Sequence[FrameColumn]:
    """Return the columns of capacity and territory as stable codes."""
    return tuple(
        FrameColumn(_variable(asked, destination, f"{name}_code", f"{header} (code)"), stored(name))
        for destination, name, header in (
            (Destination.CAPACITY, "capacity", "Qualité"),
            (Destination.TERRITORY, "territory", "Territoire"),
        )
    )


def organisation(asked: Asked) -> FrameColumn:
    """Return the column of the organisation as it was typed."""
    variable = _variable(
        asked, Destination.ORGANISATION, "organisation", "Organisation", TEXT, WIDE
    )
    return FrameColumn(variable, stored("organisation"))


def consents(asked: Asked) -> Sequence[FrameColumn]:
    """Return a yes or no for each consent; who said nothing said no."""
    return tuple(
        FrameColumn(
            _variable(asked, destination, destination.value, header, YES_NO),
            stored(destination.value),
        )
        for destination, header in CONSENTS.items()
        if not (asked.is_anonymised and destination is Destination.CONSENT_CONTACT)
    )


def channel() -> FrameColumn:
    """Return the column that says how the response came in."""
    return FrameColumn(
        Variable("channel", "Voie", "Par où la contribution est arrivée.", LIST, NARROW),
        mapped("channel", lambda channel: CHANNELS[channel]),
    )


def standing() -> FrameColumn:
    """Return the column that says what is known of who answered."""
    meaning = "Personne invitée, personne sûre de son adresse, ou ni l'une ni l'autre."
    return FrameColumn(
        Variable("respondent_standing", "Répondant", meaning, LIST, MEDIUM),
        mapped("standing", lambda standing: STANDINGS[standing]),
    )


def language() -> FrameColumn:
    """Return the column of the language of the form."""
    return FrameColumn(
        Variable("locale", "Langue", "Langue du formulaire rempli.", LIST, NARROW),
        labelled("locale", LOCALES),
    )


def _labelled(asked: Asked, destination: Destination, name: str, header: str) -> FrameColumn:
    variable = _variable(asked, destination, name, header, width=WIDE)
    return FrameColumn(variable, labelled(name, asked.labels_for(destination)))


def _variable(
    asked: Asked,
    destination: Destination,
    code: str,
    header: str,
    kind: str = LIST,
    width: int = MEDIUM,
) -> Variable:
    """Return a variable that the codebook explains by the question that fills it."""
    return Variable(code, header, header, kind, width, group=asked.group_for(destination))
