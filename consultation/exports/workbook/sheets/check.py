"""Sheet « Contrôle »: where the file comes from, its counts, and its sheets one by one."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from importlib.metadata import version

from babel.dates import format_datetime

from consultation.clock import PARIS, in_paris
from consultation.exports.orders.order import selection_label
from consultation.exports.workbook import contents
from consultation.exports.workbook.counts import Counts
from consultation.exports.workbook.instrument import RoundInstrument
from consultation.exports.workbook.sheets.readme import Row
from consultation.exports.workbook.variables import Sheet
from consultation.spreadsheets.cells import RULE, UNDOING
from consultation.spreadsheets.style import Tone
from consultation.spreadsheets.table import Column, Table
from consultation.web.typography import day

COLLECTIVE = "Ensemble contre la traite des êtres humains"
ABOUT = (
    "Consultation du collectif sur les indicateurs du plan national contre l'exploitation et la"
    " traite des êtres humains : les contributions reçues pendant un tour."
)
CSV = f"Séparateur « ; », virgule décimale, UTF-8 ; oui et non y sont 1 et 0. {RULE}"
RECEIVED, SHEETS, FORMAT = "Ce qui est arrivé", "Les feuilles", "En CSV"
HEADINGS = frozenset((RECEIVED, SHEETS, FORMAT))
WIDTHS = (44, 96)


def table(
    instrument: RoundInstrument,
    counts: Counts,
    sheets: Sequence[Sheet],
    at: datetime,
    site: str = "",
) -> Table:
    """Make the sheet, a text; `site` is the address of the site."""
    return Table(
        contents.CHECK,
        [Column("", width) for width in WIDTHS],
        partial(_rows, instrument, counts, sheets, at, site),
        kind="text",
        tone=Tone.HISTORY,
        headings=HEADINGS,
    )


def software_version() -> str:
    return version("consultation")


def moment_in_paris(at: datetime) -> str:
    """Write a moment in French, in the time of Paris."""
    moment = at.astimezone(PARIS)
    return format_datetime(moment, "EEEE d MMMM y 'à' H 'h' mm '(heure de Paris)'", locale="fr")


def _rows(
    instrument: RoundInstrument, counts: Counts, sheets: Sequence[Sheet], at: datetime, site: str
) -> Iterator[Row]:
    yield (COLLECTIVE,)
    yield ("Ce que c'est", ABOUT)
    yield from _addresses(instrument, site)
    yield from _what(instrument, at)
    yield ()
    yield (RECEIVED,)
    yield from _counted(counts, is_evaluated=instrument.is_evaluated)
    yield ()
    yield (SHEETS,)
    for sheet in sheets:
        yield (sheet.name, sheet.about)
    yield ()
    yield (FORMAT,)
    yield ("Lire le fichier", CSV)
    yield ("Retrouver les textes exacts", UNDOING)


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
    yield ("Logiciel", f"consultation {software_version()}")
    yield ("Versions des questionnaires", _versions(instrument))


def _versions(instrument: RoundInstrument) -> str:
    versions: dict[str, list[str]] = {}
    for form in instrument.forms:
        versions.setdefault(form.measure, []).append(str(form.version))
    if not versions:
        return "Aucun questionnaire n'a été publié."
    return " ; ".join(f"{measure} : {', '.join(of)}" for measure, of in versions.items())


def _counted(counts: Counts, *, is_evaluated: bool) -> Iterator[Row]:
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
    if is_evaluated:
        yield ("Valeurs des indicateurs de ces mesures", counts.values)
        yield ("dont publiées", counts.values_public)
