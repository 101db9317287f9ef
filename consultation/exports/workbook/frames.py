"""Frames of responses: columns of their values, for some hundred responses at a time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db.base import tuples
from consultation.exports.workbook.columns import has_column_per_option, source_of, sources_of
from consultation.exports.workbook.instrument import Group, RoundInstrument
from consultation.questionnaires.models import Option, Question, Questionnaire
from consultation.responses.models import Answer, Respondent, Response

WINDOW = 250
"""Responses in one frame; bounds the memory of an export."""

Frame = Mapping[str, Sequence[Any]]
"""Lists of values by column, all of one length."""

RESPONSE = (
    "response_id",
    "receipt_code",
    "submitted_at",
    "revision",
    "questionnaire_id",
    "capacity",
    "organisation",
    "territory",
    "consent_contact",
    "consent_anonymous",
    "consent_named",
    "channel",
    "standing",
    "locale",
)
"""Columns of a response and of its respondent, without the contact."""


def windows(snapshot: Session, instrument: RoundInstrument) -> Iterator[sa.ColumnElement[bool]]:
    """Yield conditions that split the responses of a workbook into windows, the earliest first."""
    included = (
        sa.select(Response.id)
        .join(Response.questionnaire)
        .where(instrument.included)
        .order_by(Response.id)
        .limit(WINDOW)
    )
    last = 0
    while ids := snapshot.scalars(included.where(Response.id > last)).all():
        last = ids[-1]
        yield sa.and_(instrument.included, Response.id.between(ids[0], last))


def responses_in(snapshot: Session, window: sa.ColumnElement[bool]) -> Sequence[Sequence[Any]]:
    """Return the `RESPONSE` values of each response."""
    owner = (
        Respondent.capacity,
        Respondent.organisation,
        Respondent.territory,
        Respondent.consent_contact,
        Respondent.consent_anonymous,
        Respondent.consent_named,
        Respondent.channel,
        Respondent.standing,
        Respondent.locale,
    )
    return tuples(
        snapshot,
        sa.select(
            Response.id,
            Response.receipt_code,
            Response.submitted_at,
            Response.revision,
            Response.questionnaire_id,
            *owner,
        )
        .join(Response.questionnaire)
        .join(Response.respondent)
        .where(window)
        .order_by(Response.id),
    )


def frame_of(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Frame:
    """Return rows as a frame; `names` are those of their values, in order."""
    columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(names)
    return dict(zip(names, columns, strict=True))


Key = int | tuple[int, str]
"""The id of a question, with the code of the row for those of a matrix."""


def _key(question_id: int, row_code: str) -> Key:
    return (question_id, row_code) if row_code else question_id


class Replies:
    """Reader of the replies to all questions, a window at a time.

    A row of replies has a column for each of `sources` (see `columns.sources_of`): the option's
    code, the number or the date; for a multiple choice one column per option, filled where it was
    chosen; for a ranking one per option with its place.  A text has no column: it makes the row,
    and no more.
    """

    def __init__(
        self, snapshot: Session, instrument: RoundInstrument, *, about_indicators: bool
    ) -> None:
        groups = instrument.groups(about_indicators=about_indicators)
        self.sources = [source for group in groups for source in sources_of(group)]
        self._snapshot = snapshot
        self._options = _option_codes(snapshot, instrument.round_id)
        self._known: dict[Key, tuple[int | None, int | Mapping[str, int]]] = {}
        place = {source: number for number, source in enumerate(self.sources)}
        for group in groups:
            places = _places_of(group, place)
            for question in group.questions:
                version = question.version.id if question.version else None
                self._known[_key(question.id, question.row_code)] = version, places
        self._order = {
            question.version.id if question.version else None: number
            for number, question in enumerate(instrument.questions)
        }

    def read(self, window: sa.ColumnElement[bool]) -> dict[tuple[int, int | None], list[Any]]:
        """Return a row of replies by response and version of an indicator (None: no indicator).

        The order is that of the responses and, within one, of the latest form.
        """
        rows: dict[tuple[int, int | None], list[Any]] = {}
        known, options = self._known, self._options
        width = len(self.sources)
        for response_id, question_id, row, option_id, rank, number, day in self._answers(window):
            key = _key(question_id, row)
            if key not in known:
                continue
            version, place = known[key]
            replies = rows.get((response_id, version))
            if replies is None:
                replies = rows[response_id, version] = [None] * width
            if option_id is not None:
                value = options[option_id]
            else:
                value = day if number is None else number
            if not isinstance(place, int):
                place = place.get(value, -1)
            if value is not None and place >= 0:
                replies[place] = rank or value
        order = self._order
        return {key: rows[key] for key in sorted(rows, key=lambda key: (key[0], order[key[1]]))}

    def _answers(self, window: sa.ColumnElement[bool]) -> Sequence[Sequence[Any]]:
        """Return the answers to every question: the caller filters them faster than SQL does."""
        statement = (
            sa.select(
                Answer.response_id,
                Answer.question_id,
                Answer.row_code,
                Answer.option_id,
                Answer.rank,
                Answer.number,
                Answer.date,
            )
            .select_from(Response)
            .join(Questionnaire, Questionnaire.id == Response.questionnaire_id)
            .join(Answer, Answer.response_id == Response.id)
            .where(window)
        )
        return tuples(self._snapshot, statement)


def _places_of(group: Group, place: Mapping[str, int]) -> int | Mapping[str, int]:
    """Return the index of a question's column; by option code for a multiple choice."""
    if not has_column_per_option(group):
        return place[source_of(group.code)]
    return {option: place[source_of(group.code, option)] for option in group.labels}


def _option_codes(snapshot: Session, round_id: int) -> dict[int, str]:
    rows = snapshot.execute(
        sa.select(Option.id, Option.code)
        .join(Question, Question.id == Option.question_id)
        .join(Questionnaire)
        .where(Questionnaire.round_id == round_id)
    )
    return {id_: code for id_, code in rows}  # noqa: C416 - mypy takes no Row for a pair
