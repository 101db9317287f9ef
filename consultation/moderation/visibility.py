"""Visibility: the rule of what may be seen of a text, and by whom."""

import enum
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db.base import tuples
from consultation.moderation.models import (
    ModeratedText,
    ModerationDecision,
    Reason,
    Redaction,
    ResponseSetAside,
    TextState,
)
from consultation.questionnaires.models import Question, Questionnaire
from consultation.responses.models import Answer, Respondent, Response
from consultation.responses.rights.erasure import ERASED_TEXT

COVER = "█"


class Audience(enum.StrEnum):
    """Who would see a text."""

    PUBLIC = "public"
    ORGANISER = "organiser"
    EXPORT = "export"
    MODERATOR = "moderator"


DECIDED = (TextState.PUBLISHED, TextState.REDACTED)


class Seen(NamedTuple):
    """A text and all that decides who may see it; `state` is None until a machine screened it.

    A tuple for speed, since a workbook has hundreds of thousands.
    """

    text: str
    state: TextState | None
    is_flagged: bool
    covered: tuple[tuple[int, int], ...]
    """Ranges of characters, masked or erased, that nobody but moderators may see."""
    may_be_quoted: bool
    """The respondent agreed to be quoted, by name or without."""
    is_current: bool
    """Neither withdrawn, nor superseded, nor set aside."""
    is_gone: bool
    """Withdrawn or superseded: nobody decides on it any more."""


def visible(seen: Seen, audience: Audience) -> str | None:
    """Return what `audience` may read of a text, or None when it may read nothing of it."""
    if audience is Audience.MODERATOR:
        return seen.text
    if not _is_open(seen, audience):
        return None
    return covered(seen.text, seen.covered)


def _is_open(seen: Seen, audience: Audience) -> bool:
    if audience is Audience.PUBLIC:
        is_there = seen.text != ERASED_TEXT
        return is_there and seen.is_current and seen.may_be_quoted and seen.state in DECIDED
    if seen.state in DECIDED:
        return True
    if seen.is_gone and audience is Audience.ORGANISER:
        return False  # what is masked in the revision that stands may be repeated in it
    # The team may work with what a machine saw nothing in, before anybody decided.
    return seen.state is TextState.WAITING and not seen.is_flagged


def told(state: TextState | None, *, is_covered: bool) -> TextState | None:
    """Return what is told of a text's state: one that was masked since it was published shows it.

    `fetching.IS_REDACTED` says the same in SQL.
    """
    if state is TextState.PUBLISHED and is_covered:
        return TextState.REDACTED
    return state


def why_hidden(seen: Seen) -> str:
    """Return, for the team, why a text can't be read."""
    if seen.state is TextState.WITHHELD:
        return "[texte écarté par la modération]"
    if seen.is_gone:
        return "[texte remplacé ou retiré sans avoir été relu]"
    return "[texte en attente de relecture]"


def covered(text: str, ranges: Iterable[tuple[int, int]]) -> str:
    """Return `text` with each run of covered characters as three marks, whatever its length.

    Overlapping and touching ranges are one run, so that nothing can be read off their number.
    """
    pieces, at = [], 0
    for start, end in _runs(ranges):
        pieces += [text[at:start], COVER * 3]
        at = end
    return "".join([*pieces, text[at:]])


def _runs(ranges: Iterable[tuple[int, int]]) -> Sequence[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if runs and start <= runs[-1][1]:
            runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
        else:
            runs.append((start, end))
    return runs


@dataclass(frozen=True)
class Fate:
    """What was decided of a text, and why something of it is not shown, if so.

    A proposal that waits for a second moderator is no decision yet: its text waits.
    """

    state: TextState
    reasons: frozenset[Reason]


def fates_of_response(session: Session, response_id: int) -> Mapping[int, Fate]:
    """Return what became of each text of a response, by the id of its question."""
    rows = session.execute(
        sa.select(Answer.question_id, Answer.id, ModeratedText.state)
        .outerjoin(ModeratedText, ModeratedText.answer_id == Answer.id)
        .where(Answer.response_id == response_id, Answer.text.is_not(None))
    ).all()
    reasons = _reasons(session, [answer_id for _, answer_id, _ in rows])
    return {
        question_id: _fate(state, reasons.get(answer_id, frozenset()))
        for question_id, answer_id, state in rows
    }


def _fate(state: TextState | None, reasons: frozenset[Reason]) -> Fate:
    # Whoever publishes gives no reason: those of a published text are its masks'.
    state = told(state, is_covered=bool(reasons))
    if state in (None, TextState.WAITING, TextState.SECONDING):
        return Fate(TextState.WAITING, frozenset())
    assert state is not None
    return Fate(state, reasons)


def _reasons(session: Session, answer_ids: list[int]) -> dict[int, frozenset[Reason]]:
    """Return why passages are covered, and why the last decision held a text back."""
    masks = session.execute(
        sa.select(Redaction.answer_id, Redaction.reason).where(
            Redaction.answer_id.in_(answer_ids), Redaction.lifted_at.is_(None)
        )
    ).all()
    decisions = session.execute(
        sa.select(ModerationDecision.answer_id, ModerationDecision.reason)
        .where(ModerationDecision.answer_id.in_(answer_ids))
        .order_by(ModerationDecision.id)
    ).all()
    last = dict(decisions)  # the latest of each text stands
    said = [*masks, *((id_, reason) for id_, reason in last.items() if reason is not None)]
    return {
        answer_id: frozenset(reason for one, reason in said if one == answer_id)
        for answer_id in answer_ids
    }


Ranges = dict[int, list[tuple[int, int]]]

COLUMNS: Sequence[Any] = (
    Answer.id,
    Answer.text,
    ModeratedText.state,
    ModeratedText.is_flagged,
    sa.or_(Respondent.consent_anonymous, Respondent.consent_named),
    sa.and_(
        Response.superseded_at.is_(None),
        Response.withdrawn_at.is_(None),
        ResponseSetAside.response_id.is_(None),
    ),
    sa.or_(Response.superseded_at.is_not(None), Response.withdrawn_at.is_not(None)),
)


def texts(
    session: Session, condition: sa.ColumnElement[bool], *columns: Any
) -> Iterator[tuple[Seen, Sequence[Any]]]:
    """Give each text for which `condition` holds, with `columns` of its row, in form order.

    Both may name answers, responses, respondents, questionnaires and questions.
    """
    statement = (
        joined(sa.select(*COLUMNS, *columns))
        .where(Answer.text.is_not(None), condition)
        .order_by(Response.id, Question.position, Answer.id)
    )
    rows = tuples(session, statement)
    ranges = _covered(session, condition)
    for row in rows:
        yield _seen(row, ranges), row[len(COLUMNS) :]


def texts_of_response(session: Session, response_id: int) -> dict[int, Seen]:
    """Return the texts of one response by the id of their answer."""
    found = texts(session, Response.id == response_id, Answer.id)
    return {answer_id: seen for seen, (answer_id,) in found}


def joined(statement: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    """Return a statement over answers with everything about them that a condition may name."""
    return (
        statement.select_from(Answer)
        .join(Response, Response.id == Answer.response_id)
        .join(Respondent, Respondent.id == Response.respondent_id)
        .join(Questionnaire, Questionnaire.id == Response.questionnaire_id)
        .join(Question, Question.id == Answer.question_id)
        .outerjoin(ModeratedText, ModeratedText.answer_id == Answer.id)
        .outerjoin(ResponseSetAside, ResponseSetAside.response_id == Response.id)
    )


IS_SET_ASIDE = (
    sa.select(ResponseSetAside.response_id)
    .where(ResponseSetAside.response_id == Response.id)
    .correlate(Response)
    .exists()
)
"""The condition that a response was set aside, wherever `Response` is selected from."""

# The rule of `told` once more, in SQL: what is counted here is compared with what it gave.
IS_DECIDED = ModeratedText.state.in_(DECIDED)
IS_CLEAR = sa.and_(ModeratedText.state == TextState.WAITING, ModeratedText.is_flagged.is_(False))
_IS_COVERED = (
    sa.select(Redaction.id)
    .where(Redaction.answer_id == ModeratedText.answer_id, Redaction.lifted_at.is_(None))
    .correlate(ModeratedText)
    .exists()
)
IS_REDACTED = sa.or_(
    ModeratedText.state == TextState.REDACTED,
    sa.and_(ModeratedText.state == TextState.PUBLISHED, _IS_COVERED),
)
TOLD = sa.case(
    (IS_REDACTED, sa.literal(TextState.REDACTED, ModeratedText.state.type)),
    else_=ModeratedText.state,
).label("told")
"""The state of a text as it is told: see `told`."""
IS_WITHHELD = ModeratedText.state == TextState.WITHHELD


def _covered(session: Session, condition: sa.ColumnElement[bool]) -> Ranges:
    statement = (
        joined(sa.select(Redaction.answer_id, Redaction.start, Redaction.end))
        .join(Redaction, Redaction.answer_id == Answer.id)
        .where(Redaction.lifted_at.is_(None), condition)
    )
    ranges: Ranges = defaultdict(list)
    for answer_id, start, end in session.execute(statement):
        ranges[answer_id].append((start, end))
    return ranges


def _seen(row: Any, ranges: Ranges) -> Seen:
    answer_id, text, state, is_flagged, may_be_quoted, is_current, is_gone, *_ = row
    return Seen(
        text=text,
        state=state,
        is_flagged=bool(is_flagged),
        covered=tuple(ranges.get(answer_id, ())),
        may_be_quoted=bool(may_be_quoted),
        is_current=bool(is_current),
        is_gone=bool(is_gone),
    )
