"""Sheet « Contributions »: a row per response, with its answers outside indicators."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from consultation.clock import in_paris
from consultation.exports.workbook import columns
from consultation.exports.workbook.columns import replies_beside
from consultation.exports.workbook.frames import RESPONSE, Replies, frame_of, responses_in, windows
from consultation.exports.workbook.instrument import RoundInstrument
from consultation.exports.workbook.variables import (
    DATE,
    NARROW,
    NUMBER,
    WIDE,
    FrameColumn,
    Sheet,
    Variable,
    mapped,
    rows_of,
    stored,
)
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.style import Tone
from consultation.spreadsheets.table import ResearchOptions

NAME = "Contributions"
WEEK = Variable(
    "submitted_in_week",
    "Semaine du dépôt",
    "Lundi de la semaine du dépôt, à Paris ; le jour, où peu de personnes écrivent, n'est pas dit.",
    DATE,
)


def sheet(snapshot: Session, instrument: RoundInstrument) -> Sheet:
    """Return the sheet, whose rows are read when they are written."""
    known = _known(instrument)
    columns = [*known, *replies_beside(known, instrument.groups(about_indicators=False))]
    return Sheet(
        NAME,
        "Une ligne par contribution : qui répond, à quel titre, sur quelle mesure, et les questions"
        " communes à toutes les mesures.",
        [column.variable for column in columns],
        partial(_rows, snapshot, instrument, columns),
        tone=Tone.TEXTS,
        package=ResearchOptions(is_keyed=True, is_for_spss=True),
    )


def _known(instrument: RoundInstrument) -> list[FrameColumn]:
    """Return the columns that every workbook has, whatever its questions."""
    if instrument.is_anonymised:
        return [
            columns.receipt(instrument),
            FrameColumn(WEEK, mapped("submitted_at", _monday)),
            columns.measure(instrument),
            _title(instrument),
            columns.capacity(instrument),
            columns.territory(instrument),
            *columns.codes(instrument),
            *columns.consents(instrument),
            columns.respondent(),
        ]
    return [
        columns.receipt(instrument),
        FrameColumn(
            Variable("submitted_on", "Déposée le", "Jour du dépôt, à Paris.", DATE),
            mapped("submitted_at", lambda moment: in_paris(moment).date()),
        ),
        columns.measure(instrument),
        _title(instrument),
        *_form(instrument),
        columns.capacity(instrument),
        columns.organisation(instrument),
        columns.territory(instrument),
        *columns.codes(instrument),
        *columns.consents(instrument),
        columns.channel(),
        columns.respondent(),
        columns.language(),
    ]


def _monday(moment: datetime) -> date:
    day = in_paris(moment).date()
    return day - timedelta(days=day.weekday())


def _title(instrument: RoundInstrument) -> FrameColumn:
    forms = instrument.form_by_id
    return FrameColumn(
        Variable("title", "Intitulé", "Intitulé montré en tête du formulaire.", width=WIDE),
        mapped("questionnaire_id", lambda id_: forms[id_].title),
    )


def _form(instrument: RoundInstrument) -> Sequence[FrameColumn]:
    forms = instrument.form_by_id
    version = "Version du formulaire qui a été rempli."
    revision = "1 pour un premier envoi ; 2 et plus quand la personne l'a corrigé ensuite."
    return (
        FrameColumn(
            Variable("questionnaire_version", "Version du questionnaire", version, NUMBER, NARROW),
            mapped("questionnaire_id", lambda id_: forms[id_].version),
        ),
        FrameColumn(Variable("revision", "Révision", revision, NUMBER, NARROW), stored("revision")),
    )


def _rows(
    snapshot: Session, instrument: RoundInstrument, columns: Sequence[FrameColumn]
) -> Iterator[Sequence[Cell]]:
    replies = Replies(snapshot, instrument, about_indicators=False)
    names = [*RESPONSE, *replies.sources]
    nothing = [None] * len(replies.sources)
    for window in windows(snapshot, instrument):
        by_response = replies.read(window)
        rows = [
            (*row, *by_response.get((row[0], None), nothing))
            for row in responses_in(snapshot, window)
        ]
        yield from rows_of(frame_of(names, rows), columns)
