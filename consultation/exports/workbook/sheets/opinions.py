"""Sheet « Avis »: a row per response and indicator that it has an answer about."""

from collections.abc import Iterator, Sequence
from functools import partial

from sqlalchemy.orm import Session

from consultation.exports.workbook import columns
from consultation.exports.workbook.columns import replies_beside, sources_of
from consultation.exports.workbook.frames import RESPONSE, Replies, frame_of, responses_in, windows
from consultation.exports.workbook.instrument import RoundInstrument
from consultation.exports.workbook.sheets import contributions
from consultation.exports.workbook.variables import (
    NARROW,
    NUMBER,
    FrameColumn,
    Sheet,
    Variable,
    mapped,
    part_of,
    rows_of,
)
from consultation.spreadsheets.cells import Part
from consultation.spreadsheets.style import Tone
from consultation.spreadsheets.table import ResearchOptions

NAME = "Avis"
VERSION = "indicator_version_id"
WHO = ("capacity", "territory")

Parts = Sequence[tuple[Sequence[str], Sequence[FrameColumn]]]


def sheet(snapshot: Session, instrument: RoundInstrument) -> Sheet:
    """Return the sheet, whose rows are read when they are written."""
    parts = _parts(instrument)
    return Sheet(
        NAME,
        "Une ligne par contribution et par indicateur dont elle dit quelque chose ; les textes"
        " sont dans la feuille « Textes ».",
        [column.variable for _, columns in parts for column in columns],
        partial(_rows, snapshot, instrument, parts),
        tone=Tone.TEXTS,
        package=ResearchOptions(refers_to=contributions.NAME, is_for_spss=True),
        is_in_parts=True,
    )


def _parts(instrument: RoundInstrument) -> Parts:
    """Return groups of columns whose cells repeat together, each with the values they depend on."""
    groups = instrument.groups(about_indicators=True)
    known: Parts = (
        (RESPONSE, [columns.receipt(instrument), columns.measure(instrument)]),
        ([VERSION], _indicator(instrument)),
        (WHO, [columns.capacity(instrument), columns.territory(instrument)]),
    )
    replies = replies_beside([column for _, columns in known for column in columns], groups)
    return (*known, ([source for group in groups for source in sources_of(group)], replies))


def _indicator(instrument: RoundInstrument) -> Sequence[FrameColumn]:
    versions = instrument.versions
    meaning = "Numéro de la formulation de l'indicateur qui a été montrée."
    return (
        FrameColumn(
            Variable("indicator", "Indicateur", "Code de l'indicateur.", width=NARROW),
            mapped(VERSION, lambda id_: versions[id_].code),
        ),
        FrameColumn(
            Variable("indicator_version", "Version de l'indicateur", meaning, NUMBER, NARROW),
            mapped(VERSION, lambda id_: versions[id_].number),
        ),
    )


def _rows(snapshot: Session, instrument: RoundInstrument, parts: Parts) -> Iterator[Sequence[Part]]:
    replies = Replies(snapshot, instrument, about_indicators=True)
    (_, of_response), *others = parts
    of_version, of_owner, of_replies = (part_of(names, columns) for names, columns in others)
    for window in windows(snapshot, instrument):
        responses = responses_in(snapshot, window)
        frame = frame_of(RESPONSE, responses)
        owners = [of_owner[owner] for owner in zip(*(frame[name] for name in WHO), strict=True)]
        heads = map(Part, rows_of(frame, of_response))
        known = dict(zip(frame["response_id"], zip(heads, owners, strict=True), strict=True))
        for (response_id, version_id), row in replies.read(window).items():
            head, owner = known[response_id]
            yield head, of_version[(version_id,)], owner, of_replies[tuple(row)]
