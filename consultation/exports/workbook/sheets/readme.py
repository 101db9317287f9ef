"""Sheet « Lisez-moi »: what is masked, what the words mean, how to read the other sheets.

It also says why a sheet may be empty.
"""

from collections.abc import Iterator, Sequence
from functools import partial

from consultation.exports.workbook import contents
from consultation.exports.workbook.counts import Counts
from consultation.exports.workbook.instrument import RoundInstrument
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.style import Tone
from consultation.spreadsheets.table import Column, Table

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
MASKED = (
    "Noms et adresses électroniques ne sont dans aucune feuille. Ce que la modération a masqué"
    " d'un texte est remplacé par █ ; les textes écartés n'y sont pas. Un texte libre ou le nom"
    " d'une organisation peut encore dire qui l'a écrit."
)
ANONYMISED = (
    "Les numéros de dépôt sont remplacés par des numéros propres à ce classeur ; l'organisation, le"
    " jour, la langue, la voie et les révisions n'y sont pas. Une qualité rare dans un territoire,"
    " ou un texte libre, peut encore désigner quelqu'un : relisez avant de transmettre."
)
MEANINGS = (
    "Une contribution est ce qu'une personne envoie sur une mesure. Un avis est ce qu'elle dit"
    " d'un indicateur : le garder, le reformuler, le remplacer ou s'en passer. Les notes, de 1 à"
    " 9, disent si l'indicateur est pertinent, peu pertinent, ou si les avis sont partagés ou"
    " opposés."
)
CELLS = (
    "Nombres, dates et textes sont de vrais nombres, dates et textes ; aucune cellule n'est une"
    " formule. Une cellule vide : pas de réponse. « Sans avis » est une réponse. Une part est"
    " stockée de 0 à 1 et montrée en pourcentage."
)
CODES = (
    "Les colonnes « (code) » ont les réponses en codes stables, que le dictionnaire explique. Un"
    " questionnaire qui a changé pendant le tour garde ses codes et ses colonnes :"
    " « Contributions » dit quelle version a été remplie, « Avis » quelle formulation on a lue."
)
OF_THE_PLAN = (
    "Elles portent sur le plan, non sur un tour : toutes celles des mesures de ce classeur y sont,"
    " quel que soit le filtre des accords. Anonymisé, le classeur n'a que ce qui est publié, et un"
    " petit nombre publié comme tel est « moins de n »."
)
CHARTS = (
    "En XLSX, ceux de « Tableau de bord » viennent d'« Axes », et d'autres sont sous les tableaux."
    " ODS et CSV ont les mêmes chiffres sans eux."
)
SHORT_CHARTS = (
    "En XLSX, ceux de « Tableau de bord » viennent d'« Axes ». ODS et CSV ont les mêmes chiffres"
    " sans eux."
)
REST = (
    "« Contrôle », à la fin : d'où vient ce fichier, ses comptes, ses feuilles une à une, et"
    " comment lire un CSV."
)
COMPLETE = (
    f"{REST} Avis un à un, tableaux croisés, désaccords, révisions, éditions, journal et"
    " dictionnaire sont dans le classeur « complet, pour les chercheurs »."
)
WIDTHS = (26, 110)

Row = Sequence[Cell]


def table(instrument: RoundInstrument, counts: Counts) -> Table:
    """Make the sheet, a text of at most ten lines and of those about what is empty."""
    return Table(
        contents.README,
        [Column("", width) for width in WIDTHS],
        partial(_rows, instrument, counts),
        kind="text",
        tone=Tone.GUIDE,
    )


def _rows(instrument: RoundInstrument, counts: Counts) -> Iterator[Row]:
    is_complete = instrument.selection.is_complete
    yield (WARNING if counts.texts_unread else READ,)
    yield ("Prudence", CAUTION)
    yield ("Petits nombres", FEW)
    yield ("Ce qui est masqué", MASKED)
    if instrument.is_anonymised:
        yield ("Anonymisé", ANONYMISED)
    yield ("Les mots", MEANINGS)
    if is_complete:
        yield ("Cellules et codes", f"{CELLS} {CODES}")
    else:
        yield ("Cellules", CELLS)
    yield ("Décisions et valeurs" if instrument.is_evaluated else "Décisions", OF_THE_PLAN)
    yield ("Graphiques", CHARTS if is_complete else SHORT_CHARTS)
    yield ("Le reste", REST if is_complete else COMPLETE)
    for title, consequence in _emptiness(instrument, counts):
        yield (title, consequence if is_complete else NOTHING_RECEIVED[1])
