"""The sheet *Contributions*: one row for each response, with what is not about one indicator."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from consultation.clock import in_paris
from consultation.exports.workbook import columns
from consultation.exports.workbook.columns import replies_beside
from consultation.exports.workbook.frames import RESPONSE, Replies, frame_of, responses_in, windows
from consultation.exports.workbook.instrument import Asked
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


def sheet(instant: Session, asked: Asked) -> Sheet:
    """Return the sheet; its rows are read when they are written."""
    columns = _columns(asked)
    return Sheet(
        NAME,
        "Une ligne par contribution : qui répond, à quel titre, sur quelle mesure, et les questions"
        " communes à toutes les mesures.",
        [column.variable for column in columns],
        partial(_rows, instant, asked, columns),
        tone=Tone.TEXTS,
        package=ResearchOptions(is_keyed=True, is_for_spss=True),
    )


def _columns(asked: Asked) -> list[FrameColumn]:
    known = _known(asked)
    return [*known, *replies_beside(known, asked.groups(about_indicators=False))]


def _known(asked: Asked) -> list[FrameColumn]:
    """Return the columns that every workbook has, whatever was asked."""
    if asked.is_anonymised:
        return [
            columns.receipt(asked),
            FrameColumn(WEEK, mapped("submitted_at", _monday)),
            columns.measure(asked),
            _title(asked),
            columns.capacity(asked),
            columns.territory(asked),
            *columns.codes(asked),
            *columns.consents(asked),
            columns.standing(),
        ]
    return [
        columns.receipt(asked),
        FrameColumn(
            Variable("submitted_on", "Déposée le", "Jour du dépôt, à Paris.", DATE),
            mapped("submitted_at", lambda moment: in_paris(moment).date()),
        ),
        columns.measure(asked),
        _title(asked),
        *_form(asked),
        columns.capacity(asked),
        columns.organisation(asked),
        columns.territory(asked),
        *columns.codes(asked),
        *columns.consents(asked),
        columns.channel(),
        columns.standing(),
        columns.language(),
    ]


def _monday(moment: datetime) -> date:
    day = in_paris(moment).date()
    return day - timedelta(days=day.weekday())


def _title(asked: Asked) -> FrameColumn:
    forms = asked.form_by_id
    return FrameColumn(
        Variable("title", "Intitulé", "Intitulé montré en tête du formulaire.", width=WIDE),
        mapped("questionnaire_id", lambda id_: forms[id_].title),
    )


def _form(asked: Asked) -> Sequence[FrameColumn]:
    forms = asked.form_by_id
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
    instant: Session, asked: Asked, columns: Sequence[FrameColumn]
) -> Iterator[Sequence[Cell]]:
    replies = Replies(instant, asked, about_indicators=False)
    names = [*RESPONSE, *replies.sources]
    nothing = [None] * len(replies.sources)
    for window in windows(instant, asked):
        said = replies.read(window)
        rows = [(*row, *said.get((row[0], None), nothing)) for row in responses_in(instant, window)]
        yield from rows_of(frame_of(names, rows), columns)
