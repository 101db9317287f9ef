"""The sheet *Journal*: what became of everything that came in, in counts and with reasons."""

from collections.abc import Iterator, Sequence
from functools import partial

from sqlalchemy.orm import Session

from consultation.exporting import accounting
from consultation.exporting.accounting import OF_RESPONSES, OF_TEXTS, Entry, Fate
from consultation.exporting.asked import Asked
from consultation.exporting.counting import Counts
from consultation.exporting.variables import LIST, Sheet, Variable, counted, measure_variable
from consultation.moderation.models import AsideReason, Reason
from consultation.moderation.wording import ASIDE, REASONS
from consultation.sheets.cells import Cell
from consultation.sheets.looks import Tone

NAME = "Journal"
RESPONSE, TEXT, AMONG = "contribution", "texte libre", "dont"
FATES = {
    Fate.INCLUDED: "comptée dans ce classeur",
    Fate.LEFT_OUT: "écartée par le filtre des accords",
    Fate.SET_ASIDE: "mise de côté",
    Fate.WITHDRAWN: "retirée par son auteur·e",
    Fate.SUPERSEDED: "remplacée par une révision",
    Fate.PUBLISHED: "publié",
    Fate.REDACTED: "publié, passages masqués",
    Fate.UNREAD: "montré ici sans avoir été relu",
    Fate.GONE_UNREAD: "effacé avant d'avoir été relu",
    Fate.WAITING: "retenu en attendant une relecture",
    Fate.WITHHELD: "écarté par la modération",
    Fate.MASKED: "passage masqué dans un texte",
    Fate.BLACKENED: "passage effacé pour toujours dans un texte",
    Fate.PERSON_ERASED: "contribution dont les coordonnées ont été effacées, à la demande de"
    " l'auteur·e ou au terme de la durée de garde",
    Fate.TEXT_ERASED: "texte effacé, à la demande de l'auteur·e ou au terme de la durée de garde",
}
WHAT = (
    "Contribution : leurs nombres font le total reçu. Texte libre : ceux des contributions"
    " comptées, leurs nombres font le total des textes. « Dont » : parmi les précédents."
)
WHY = {
    **{reason.value: REASONS[reason] for reason in Reason},
    **{reason.value: ASIDE[reason] for reason in AsideReason},
}

VARIABLES = (
    measure_variable(),
    Variable("what", "Objet", WHAT, LIST, 14),
    Variable("fate", "Ce qu'il en est", "Ce que l'objet est devenu.", LIST, 52),
    Variable(
        "fate_code",
        "Ce qu'il en est (code)",
        "Le même, en code stable.",
        LIST,
        options={fate.value: label for fate, label in FATES.items()},
    ),
    Variable("reason", "Raison", "Raison donnée par la modération, s'il y en a une.", LIST, 38),
    Variable("reason_code", "Raison (code)", "La même, en code stable.", LIST, options=WHY),
    counted("count", "Nombre", "Combien."),
)


def sheet(instant: Session, asked: Asked, counts: Counts) -> Sheet:
    """Return the sheet; raise `CountsDisagree` unless it adds up to `counts`."""
    entries = accounting.account(instant, asked)
    accounting.check(entries, counts)
    return Sheet(
        NAME,
        "Ce qu'il est advenu de tout ce qui est arrivé : combien, par mesure et par raison. Les"
        " sommes sont celles de cette page.",
        VARIABLES,
        partial(_rows, asked, entries),
        tone=Tone.TRACE,
    )


def _rows(asked: Asked, entries: Sequence[Entry]) -> Iterator[Sequence[Cell]]:
    order = {form.measure: place for place, form in enumerate(asked.latest_forms())}
    for entry in sorted(entries, key=lambda entry: order.get(entry.measure, len(order))):
        yield (
            entry.measure,
            _what(entry.fate),
            FATES[entry.fate],
            entry.fate.value,
            WHY.get(entry.reason or ""),
            entry.reason,
            entry.count,
        )


def _what(fate: Fate) -> str:
    if fate in OF_RESPONSES:
        return RESPONSE
    return TEXT if fate in OF_TEXTS else AMONG
