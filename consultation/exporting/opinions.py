"""The sheet *Avis*: one row for each response and indicator that it says something of."""

from collections.abc import Iterator, Sequence
from functools import partial

from sqlalchemy.orm import Session

from consultation.exporting import contributions, respondents
from consultation.exporting.asked import Asked
from consultation.exporting.columns import FrameColumn, mapped, rows_of
from consultation.exporting.frames import RESPONSE, Replies, frame_of, responses_in, windows
from consultation.exporting.replies import replies_of
from consultation.exporting.variables import NARROW, NUMBER, Sheet, Variable
from consultation.sheets.cells import Cell
from consultation.sheets.looks import Tone
from consultation.sheets.tables import Packaged

NAME = "Avis"
VERSION = "indicator_version_id"


def sheet(instant: Session, asked: Asked) -> Sheet:
    """Return the sheet; its rows are read when they are written."""
    columns = _columns(asked)
    return Sheet(
        NAME,
        "Une ligne par contribution et par indicateur dont elle dit quelque chose ; les textes"
        " sont dans la feuille « Textes ».",
        [column.variable for column in columns],
        partial(_rows, instant, asked, columns),
        tone=Tone.WORDS,
        package=Packaged(refers_to=contributions.NAME, is_for_spss=True),
    )


def _columns(asked: Asked) -> list[FrameColumn]:
    groups = asked.groups(about_indicators=True)
    return [
        respondents.receipt(asked),
        respondents.measure(asked),
        *_indicator(asked),
        respondents.capacity(asked),
        respondents.territory(asked),
        *(column for group in groups for column in replies_of(group)),
    ]


def _indicator(asked: Asked) -> Sequence[FrameColumn]:
    versions = asked.versions
    shown = "Numéro de la formulation de l'indicateur qui a été montrée."
    return (
        FrameColumn(
            Variable("indicator", "Indicateur", "Code de l'indicateur.", width=NARROW),
            mapped(VERSION, lambda id_: versions[id_].code),
        ),
        FrameColumn(
            Variable("indicator_version", "Version de l'indicateur", shown, NUMBER, NARROW),
            mapped(VERSION, lambda id_: versions[id_].number),
        ),
    )


def _rows(
    instant: Session, asked: Asked, columns: Sequence[FrameColumn]
) -> Iterator[Sequence[Cell]]:
    replies = Replies(instant, asked, about_indicators=True)
    names = [*RESPONSE, VERSION, *replies.sources]
    for window in windows(instant, asked):
        responses = {row[0]: tuple(row) for row in responses_in(instant, window)}
        rows = [
            (*responses[response_id], version_id, *said)
            for (response_id, version_id), said in replies.read(window).items()
        ]
        yield from rows_of(frame_of(names, rows), columns)
