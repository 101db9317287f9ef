"""Sheet « Lisez-moi »: warnings, counts, and contents of the other sheets.

It also says why a sheet may be empty.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from importlib.metadata import version

from babel.dates import format_datetime

from consultation.clock import PARIS, in_paris
from consultation.exports.orders.order import selection_label
from consultation.exports.workbook.counts import Counts
from consultation.exports.workbook.instrument import RoundInstrument
from consultation.exports.workbook.variables import Sheet
from consultation.spreadsheets.cells import RULE, UNDOING, Cell
from consultation.spreadsheets.style import Tone
from consultation.spreadsheets.table import Column, Table
from consultation.web.typography import day

NO_FORM = (
    "Aucun questionnaire n'est dans ce classeur",
    "Aucun n'a été publié pour ce qui était demandé : il n'y a que dictionnaire et décisions.",
)
NO_INDICATOR = (
    "Aucun indicateur n'a été soumis",
    "« Indicateurs », « Avis » et « Désaccords » sont vides.",
)
NOTHING_RECEIVED = (
    "Ce tour n'a reçu aucune contribution",
    "Hors décisions, les feuilles sont vides, ou à zéro.",
)
NOTHING_COUNTED = (
    "Aucune contribution n'est comptée",
    "Hors décisions, tout est vide ou à zéro ; « Journal » dit ce qu'elles sont devenues.",
)
NO_TEXT = ("Aucun texte n'est montré", "« Textes » est vide ; « Journal » dit pourquoi.")


def _emptiness(instrument: RoundInstrument, counts: Counts) -> Iterator[tuple[str, str]]:
    if not instrument.forms:
        yield NO_FORM
    elif not instrument.indicators:
        yield NO_INDICATOR
    if not counts.received:
        yield NOTHING_RECEIVED
    elif not counts.included:
        yield NOTHING_COUNTED
    elif counts.texts_received and not counts.texts:
        yield NO_TEXT


NAME = "Lisez-moi"
COLLECTIVE = "Ensemble contre la traite des êtres humains"
ABOUT = (
    "Consultation du collectif sur les indicateurs du plan national contre l'exploitation et la"
    " traite des êtres humains : les contributions reçues pendant un tour."
)
WARNING = "Ne pas diffuser : des textes de ce classeur n'ont été relus par personne."
READ = "Tous les textes de ce classeur ont été relus. Avant de citer, vérifiez les accords."
CAUTION = (
    "Les textes peuvent nommer une victime, un lieu d'hébergement ou une affaire en cours."
    " Gardez ce classeur pour vous, et effacez-le quand vous n'en avez plus besoin."
)
FEW = (
    "Ne publiez ni ce classeur ni ses chiffres tels quels : ils sont exacts, et un petit nombre"
    " peut désigner quelqu'un. Les chiffres publiés par le site sont protégés, ceux d'ici non."
)
CONTACT = (
    "Les noms et les adresses électroniques ne sont dans aucune feuille. Mais un texte libre ou le"
    " nom d'une organisation peut dire qui l'a écrit."
)
ANONYMISED = (
    "Les numéros de dépôt sont remplacés par des numéros propres à ce classeur ; l'organisation, le"
    " jour, la langue, la voie et les révisions n'y sont pas. Une qualité rare dans un territoire,"
    " ou un texte libre, peut encore désigner quelqu'un : relisez avant de transmettre."
)
CELLS = (
    "Nombres, dates et textes sont de vrais nombres, dates et textes ; aucune cellule n'est une"
    " formule. Une cellule vide : pas de réponse. « Sans avis » est une réponse. Une part est"
    " stockée de 0 à 1 et montrée en pourcentage."
)
CODES = (
    "Les réponses proposées sont en toutes lettres ; les colonnes « (code) » ont les mêmes en codes"
    " stables, que le dictionnaire explique."
)
MERGED = (
    "Quand un questionnaire a changé pendant le tour, ses versions sont réunies : une question"
    " garde son code et sa colonne. « Contributions » dit quelle version a été remplie, « Avis »"
    " quelle formulation de l'indicateur a été montrée, le dictionnaire chaque formulation."
)
DECISIONS = (
    "Une décision porte sur le plan, non sur un tour : « Décisions » a toutes celles qui portent"
    " sur les mesures de ce classeur, quel que soit le tour. Le filtre des accords n'y change rien."
)
PROGRESS = (
    "Valeurs et évaluations portent sur le plan, non sur un tour. Dans un classeur anonymisé,"
    " seules les valeurs publiées y sont, et un petit nombre publié comme tel est « moins de n »."
)
CHARTS = (
    "En XLSX, des graphiques sont sous les tableaux de « Synthèse » et d'« Indicateurs » ; ODS et"
    " CSV ont les mêmes chiffres sans eux."
)
CSV = f"Séparateur « ; », virgule décimale, UTF-8 ; oui et non y sont 1 et 0. {RULE}"
SHORT_CHARTS = "En XLSX, des graphiques sont sur « Tableau de bord », sous le tableau."
COMPLETE = (
    "Ce classeur est court. Avis un à un, tableaux croisés, désaccords, révisions, éditions,"
    " évaluations, journal et dictionnaire sont dans le classeur « complet, pour les chercheurs »."
)
HOW_TO_READ_SHORT = (
    ("Coordonnées", CONTACT),
    ("Cellules", CELLS),
    ("Décisions", DECISIONS),
    ("Valeurs", PROGRESS),
    ("Graphiques", SHORT_CHARTS),
    ("Le reste", COMPLETE),
    ("En CSV", CSV),
    ("En CSV, les textes exacts", UNDOING),
)
HOW_TO_READ = (
    ("Coordonnées", CONTACT),
    ("Cellules", CELLS),
    ("Codes", CODES),
    ("Versions réunies", MERGED),
    ("Décisions", DECISIONS),
    ("Valeurs", PROGRESS),
    ("Graphiques", CHARTS),
    ("En CSV", CSV),
    ("En CSV, les textes exacts", UNDOING),
)
WHAT, RECEIVED, SHEETS, READING = (
    "Ce classeur",
    "Ce qui est arrivé",
    "Les feuilles",
    "Comment le lire",
)
HEADINGS = frozenset((COLLECTIVE, WHAT, RECEIVED, SHEETS, READING))
WIDTHS = (44, 96)

Row = Sequence[Cell]


def table(
    instrument: RoundInstrument,
    counts: Counts,
    sheets: Sequence[Sheet],
    at: datetime,
    site: str = "",
) -> Table:
    """Return the sheet, a text; `site` is the address of the site."""
    columns = [Column("", width) for width in WIDTHS]
    return Table(
        NAME,
        columns,
        partial(_rows, instrument, counts, sheets, at, site),
        kind="text",
        tone=Tone.GUIDE,
        headings=HEADINGS,
    )


def software_version() -> str:
    return version("consultation")


def moment_in_paris(at: datetime) -> str:
    """Return a moment in French, in the time of Paris."""
    moment = at.astimezone(PARIS)
    return format_datetime(moment, "EEEE d MMMM y 'à' H 'h' mm '(heure de Paris)'", locale="fr")


def _rows(
    instrument: RoundInstrument, counts: Counts, sheets: Sequence[Sheet], at: datetime, site: str
) -> Iterator[Row]:
    yield (WARNING if counts.texts_unread else READ,)
    yield ("Prudence", CAUTION)
    yield ("Petits nombres", FEW)
    yield ()
    yield (COLLECTIVE,)
    yield ("Ce que c'est", ABOUT)
    yield from _addresses(instrument, site)
    yield ()
    yield (WHAT,)
    yield from _what(instrument, at)
    yield ()
    yield (RECEIVED,)
    yield from _counted(counts)
    for title, consequence in _emptiness(instrument, counts):
        yield (title, consequence if instrument.selection.is_complete else NOTHING_RECEIVED[1])
    yield ()
    yield (SHEETS,)
    for sheet in sheets:
        yield (sheet.name, sheet.about)
    yield ()
    yield (READING,)
    yield from HOW_TO_READ if instrument.selection.is_complete else HOW_TO_READ_SHORT


def _addresses(instrument: RoundInstrument, site: str) -> Iterator[Row]:
    if site:
        yield ("Adresse du site", f"{site}/")
        yield ("Mesures du tour et leurs formulaires", f"{site}/mesures")
    if instrument.document_url:
        yield ("Document de travail", instrument.document_url)


def _what(instrument: RoundInstrument, at: datetime) -> Iterator[Row]:
    yield ("Tour", f"{instrument.round_title} ({instrument.round_code})")
    if instrument.opens_at and instrument.closes_at:
        opens, closes = (
            day(in_paris(moment).date()) for moment in (instrument.opens_at, instrument.closes_at)
        )
        yield ("Dates du tour", f"du {opens} au {closes}")
    yield ("Fait le", moment_in_paris(at))
    yield ("Filtres", selection_label(instrument.selection))
    if instrument.is_anonymised:
        yield ("Anonymisé", ANONYMISED)
    yield ("Logiciel", f"consultation {software_version()}")
    yield ("Versions des questionnaires", _versions(instrument))


def _versions(instrument: RoundInstrument) -> str:
    versions: dict[str, list[str]] = {}
    for form in instrument.forms:
        versions.setdefault(form.measure, []).append(str(form.version))
    if not versions:
        return "Aucun questionnaire n'a été publié."
    return " ; ".join(f"{measure} : {', '.join(of)}" for measure, of in versions.items())


def _counted(counts: Counts) -> Iterator[Row]:
    yield ("Contributions reçues", counts.received)
    yield ("dont comptées dans ce classeur", counts.included)
    yield ("parmi elles, de personnes invitées", counts.invited)
    yield ("parmi elles, dont l'adresse est confirmée", counts.confirmed)
    others = counts.included - counts.invited - counts.confirmed
    yield ("parmi elles, de personnes à l'adresse non confirmée", others)
    yield ("dont mises de côté", counts.set_aside)
    yield ("parmi elles, des essais", counts.set_aside_tests)
    yield ("parmi elles, des doublons de la même personne", counts.set_aside_duplicates)
    off_topic = counts.set_aside - counts.set_aside_tests - counts.set_aside_duplicates
    yield ("parmi elles, hors sujet", off_topic)
    yield ("dont écartées par le filtre des accords", counts.left_out)
    yield ("dont retirées par les personnes qui les ont envoyées", counts.withdrawn)
    yield ("dont remplacées par une révision", counts.superseded)
    yield ("Textes libres des contributions comptées", counts.texts_received)
    yield ("dont dans la feuille Textes", counts.texts)
    yield ("parmi eux, en comptant une fois les textes semblables", counts.texts_once)
    yield ("parmi eux, non relus", counts.texts_unread)
    yield ("dont retenus en attendant une relecture", counts.texts_waiting)
    yield ("dont écartés par la modération", counts.texts_withheld)
    yield ("Décisions du collectif sur ces mesures", counts.decisions)
    yield ("dont publiées par une édition", counts.decisions_published)
    yield ("dont pas encore publiées", counts.decisions_waiting)
    yield ("dont remplacées sans avoir été publiées", counts.decisions_replaced)
    yield ("Valeurs des indicateurs de ces mesures", counts.values)
    yield ("dont publiées", counts.values_public)
