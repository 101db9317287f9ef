"""Visibility of a text: the rule of what each audience may read of it, in Python and in SQL.

`visible` is the rule for one text, `IS_VISIBLE` the same for counting and selecting: whatever is
counted in SQL is compared with what `visible` gave.  They stand side by side, and a test compares
them over every state, consent, mask and revision.
"""

import enum
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db import search
from consultation.db.base import tuples
from consultation.i18n import SHIPPED
from consultation.moderation.models import (
    ModeratedText,
    ModerationDecision,
    Range,
    Reason,
    Redaction,
    ResponseSetAside,
    TextState,
    TextTranslation,
)
from consultation.questionnaires.models import Question, Questionnaire
from consultation.responses.models import Answer, Respondent, Response
from consultation.responses.rights.erasure import ERASED_TEXT

COVER = "█"
DECIDED = (TextState.PUBLISHED, TextState.REDACTED)
"""The states of texts that moderators let pass, whole or without what is masked."""


class Audience(enum.StrEnum):
    """The readers between whom the rule distinguishes."""

    PUBLIC = "public"
    ORGANISER = "organiser"
    EXPORT = "export"
    REVIEWED_EXPORT = "reviewed_export"
    MODERATOR = "moderator"


class TextRow(NamedTuple):
    """A text with all that decides who may read it; `state` is None until a machine screened it.

    A tuple for speed, since a workbook has hundreds of thousands.
    """

    text: str
    state: TextState | None
    is_flagged: bool
    covered: tuple[Range, ...]
    """Ranges of characters, masked or erased, that only moderators may read."""
    may_be_quoted: bool
    """The respondent agreed to be quoted, by name or without."""
    is_current: bool
    """Neither withdrawn, nor superseded, nor set aside."""
    is_gone: bool
    """Withdrawn or superseded: no moderator decides on it any more."""
    translation: str = ""
    """In French, where a person of the team translated it and has checked that since."""


# The fields of `TextRow` as conditions on what `joined` joins.
IS_LATEST = sa.and_(Response.superseded_at.is_(None), Response.withdrawn_at.is_(None))
"""Neither superseded nor withdrawn: the opposite of `is_gone`."""
IS_SET_ASIDE = (
    sa.select(ResponseSetAside.response_id)
    .where(ResponseSetAside.response_id == Response.id)
    .correlate(Response)
    .exists()
)
"""A moderator set the response aside; holds wherever `Response` is selected from."""
IS_CURRENT = sa.and_(IS_LATEST, ~IS_SET_ASIDE)
MAY_BE_QUOTED = sa.or_(Respondent.consent_anonymous, Respondent.consent_named)
_AS_STORED = sa.func.coalesce(ModeratedText.locale, Respondent.locale)
LOCALE = sa.case(
    {tag: it.lang for tag, it in SHIPPED.items() if it.lang != tag},
    value=_AS_STORED,
    else_=_AS_STORED,
)
"""The language of a text by its words, or that of the form where those are too few.

An easier language is the language that it is easier than.
"""
IS_MASK_ACTIVE = Redaction.lifted_at.is_(None)
_IS_COVERED = (
    sa.select(Redaction.id)
    .where(Redaction.answer_id == ModeratedText.answer_id, IS_MASK_ACTIVE)
    .correlate(ModeratedText)
    .exists()
)


def visible(row: TextRow, audience: Audience) -> str | None:
    """Return the text that `audience` may read, or None when it may read nothing of it."""
    if audience is Audience.MODERATOR:
        return row.text
    return covered(row.text, row.covered) if _is_visible(row, audience) else None


def visible_translation(row: TextRow, audience: Audience) -> str:
    """Return the French translation that `audience` may read beside the text, if there is one."""
    return "" if visible(row, audience) is None else row.translation


def _is_visible(row: TextRow, audience: Audience) -> bool:
    is_decided = row.state in DECIDED
    # The team may work with what a machine saw nothing in, before a moderator decided.
    is_clear = row.state is TextState.WAITING and not row.is_flagged
    if audience is Audience.PUBLIC:
        is_there = row.text != ERASED_TEXT
        return is_decided and is_there and row.is_current and row.may_be_quoted
    if audience is Audience.ORGANISER:
        # What is masked in the latest revision may be repeated in an earlier one, undecided.
        return is_decided or (is_clear and not row.is_gone)
    if audience is Audience.REVIEWED_EXPORT:
        return is_decided
    return is_decided or is_clear


IS_DECIDED = ModeratedText.state.in_(DECIDED)
IS_CLEAR = sa.and_(ModeratedText.state == TextState.WAITING, ModeratedText.is_flagged.is_(False))
IS_VISIBLE: Mapping[Audience, sa.ColumnElement[bool]] = {
    Audience.PUBLIC: sa.and_(IS_DECIDED, Answer.text != ERASED_TEXT, IS_CURRENT, MAY_BE_QUOTED),
    Audience.ORGANISER: sa.or_(IS_DECIDED, sa.and_(IS_CLEAR, IS_LATEST)),
    Audience.EXPORT: sa.or_(IS_DECIDED, IS_CLEAR),
    Audience.REVIEWED_EXPORT: IS_DECIDED,
    Audience.MODERATOR: sa.true(),
}
"""`visible` gives something; NULL for an unscreened text, so not to be negated."""
IS_WITHHELD = ModeratedText.state == TextState.WITHHELD
IS_WAITING = sa.or_(
    ModeratedText.state.is_(None),
    ModeratedText.state == TextState.SECONDING,
    sa.and_(ModeratedText.state == TextState.WAITING, ModeratedText.is_flagged),
)
"""A machine or a moderator has to read it first: what no workbook shows and is not withheld."""


def displayed_state(state: TextState | None, *, is_covered: bool) -> TextState | None:
    """Return the state that authors and the team read: published, but masked since, is redacted."""
    if state is TextState.PUBLISHED and is_covered:
        return TextState.REDACTED
    return state


IS_DISPLAYED_AS: Mapping[TextState, sa.ColumnElement[bool]] = {
    state: ModeratedText.state == state for state in TextState
} | {
    TextState.PUBLISHED: sa.and_(ModeratedText.state == TextState.PUBLISHED, ~_IS_COVERED),
    TextState.REDACTED: sa.or_(
        ModeratedText.state == TextState.REDACTED,
        sa.and_(ModeratedText.state == TextState.PUBLISHED, _IS_COVERED),
    ),
}
"""`displayed_state` as conditions that begin with the stored state, for which there is an index."""
DISPLAYED_STATE = sa.case(
    (
        IS_DISPLAYED_AS[TextState.REDACTED],
        sa.literal(TextState.REDACTED, ModeratedText.state.type),
    ),
    else_=ModeratedText.state,
).label("displayed_state")
"""`displayed_state` as a column."""


def hidden_label(row: TextRow) -> str:
    """Return, for the team, why a text can't be read."""
    if row.state is TextState.WITHHELD:
        return "[texte écarté par la modération]"
    if row.is_gone:
        return "[texte remplacé ou retiré sans avoir été relu]"
    return "[texte en attente de relecture]"


def covered(text: str, ranges: Iterable[Range]) -> str:
    """Return `text` with each run of covered characters as three marks, whatever its length.

    Overlapping and touching ranges are one run, so that nothing can be read off their number.
    """
    pieces, at = [], 0
    for start, end in _runs(ranges):
        pieces += [text[at:start], COVER * 3]
        at = end
    return "".join([*pieces, text[at:]])


def _runs(ranges: Iterable[Range]) -> Sequence[Range]:
    runs: list[Range] = []
    for start, end in sorted(ranges):
        if runs and start <= runs[-1][1]:
            runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
        else:
            runs.append((start, end))
    return runs


_COLUMNS: Sequence[Any] = (
    Answer.id,
    Answer.text,
    ModeratedText.state,
    ModeratedText.is_flagged,
    MAY_BE_QUOTED,
    IS_CURRENT,
    ~IS_LATEST,
    sa.case((TextTranslation.is_checked, TextTranslation.text), else_=""),
)


def texts(
    session: Session, condition: sa.ColumnElement[bool], *columns: Any
) -> Iterator[tuple[TextRow, Sequence[Any]]]:
    """Yield each text for which `condition` holds, with `columns` of its row, in form order.

    Both may name answers, responses, respondents, questionnaires and questions.
    """
    statement = (
        joined(sa.select(*_COLUMNS, *columns))
        .outerjoin(TextTranslation, TextTranslation.answer_id == Answer.id)
        .where(Answer.text.is_not(None), condition)
        .order_by(Response.id, Question.position, Answer.id)
    )
    rows = tuples(session, statement)
    ranges = _covered_ranges(session, condition)
    for row in rows:
        yield _text_row(row, ranges), row[len(_COLUMNS) :]


def holds_query(typed: str, audience: Audience) -> sa.ColumnElement[bool]:
    """Return the condition of the responses of which a text that `audience` reads holds words.

    A text of which something is masked is searched for moderators only: what is masked could be
    found out word by word.  What was withdrawn is searched for nobody.
    """
    readable = sa.true() if audience is Audience.MODERATOR else ~_IS_COVERED
    return (
        sa.select(Answer.id)
        .outerjoin(ModeratedText, ModeratedText.answer_id == Answer.id)
        .where(
            Answer.response_id == Response.id,
            Response.withdrawn_at.is_(None),
            search.holds(Answer.text, typed),
            IS_VISIBLE[audience],
            readable,
        )
        .correlate(Response)
        .exists()
    )


def state_counts(
    session: Session, response_ids: Sequence[int]
) -> Mapping[int, Mapping[TextState | None, int]]:
    """Return how many texts of each response are in each state; None: not screened yet."""
    rows = session.execute(
        sa.select(Answer.response_id, DISPLAYED_STATE, sa.func.count())
        .outerjoin(ModeratedText, ModeratedText.answer_id == Answer.id)
        .where(Answer.response_id.in_(response_ids), Answer.text.is_not(None))
        .group_by(Answer.response_id, DISPLAYED_STATE.name)
    )
    counts: dict[int, dict[TextState | None, int]] = defaultdict(dict)
    for response_id, state, count in rows:
        counts[response_id][state] = count
    return counts


def texts_of_response(session: Session, response_id: int) -> dict[int, TextRow]:
    """Return the texts of one response by the id of their answer."""
    rows = texts(session, Response.id == response_id, Answer.id)
    return {answer_id: text for text, (answer_id,) in rows}


def texts_for_moderators(session: Session, answer_ids: Sequence[int]) -> Mapping[int, str]:
    """Return each text as a moderator may read it, by the id of its answer."""
    rows = texts(session, Answer.id.in_(answer_ids), Answer.id)
    return {answer_id: visible(row, Audience.MODERATOR) or "" for row, (answer_id,) in rows}


def joined(statement: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    """Return a statement over answers with everything about them that a condition may name."""
    return (
        statement.select_from(Answer)
        .join(Response, Response.id == Answer.response_id)
        .join(Respondent, Respondent.id == Response.respondent_id)
        .join(Questionnaire, Questionnaire.id == Response.questionnaire_id)
        .join(Question, Question.id == Answer.question_id)
        .outerjoin(ModeratedText, ModeratedText.answer_id == Answer.id)
    )


def active_masks(session: Session, answer_id: int) -> Sequence[Redaction]:
    """Return the masks and erasures of a text, in the order of the text."""
    return session.scalars(
        sa.select(Redaction)
        .where(Redaction.answer_id == answer_id, IS_MASK_ACTIVE)
        .order_by(Redaction.start, Redaction.end, Redaction.id)
    ).all()


def _covered_ranges(
    session: Session, condition: sa.ColumnElement[bool]
) -> Mapping[int, list[Range]]:
    statement = (
        joined(sa.select(Redaction.answer_id, Redaction.start, Redaction.end))
        .join(Redaction, Redaction.answer_id == Answer.id)
        .where(IS_MASK_ACTIVE, condition)
    )
    ranges: dict[int, list[Range]] = defaultdict(list)
    for answer_id, start, end in session.execute(statement):
        ranges[answer_id].append((start, end))
    return ranges


def _text_row(row: Any, ranges: Mapping[int, Sequence[Range]]) -> TextRow:
    answer_id, text, state, is_flagged, may_be_quoted, is_current, is_gone, translation, *_ = row
    return TextRow(
        text=text,
        state=state,
        is_flagged=bool(is_flagged),
        covered=tuple(ranges.get(answer_id, ())),
        may_be_quoted=bool(may_be_quoted),
        is_current=bool(is_current),
        is_gone=bool(is_gone),
        translation=translation,
    )


@dataclass(frozen=True)
class TextOutcome:
    """What an author reads of their text: its state, and why something of it is held back.

    A proposal that waits for a second moderator is no decision yet: its text waits.
    """

    state: TextState
    reasons: frozenset[Reason]


def outcomes_of_response(session: Session, response_id: int) -> Mapping[int, TextOutcome]:
    """Return the outcome of each text of a response, by the id of its question."""
    rows = session.execute(
        sa.select(Answer.question_id, Answer.id, ModeratedText.state)
        .outerjoin(ModeratedText, ModeratedText.answer_id == Answer.id)
        .where(Answer.response_id == response_id, Answer.text.is_not(None))
    ).all()
    reasons = _reasons(session, [answer_id for _, answer_id, _ in rows])
    return {
        question_id: _outcome(state, reasons[answer_id]) for question_id, answer_id, state in rows
    }


def _outcome(state: TextState | None, reasons: frozenset[Reason]) -> TextOutcome:
    # Publishing takes no reason: those of a published text are its masks'.
    state = displayed_state(state, is_covered=bool(reasons))
    if state is None or state in (TextState.WAITING, TextState.SECONDING):
        return TextOutcome(TextState.WAITING, frozenset())
    return TextOutcome(state, reasons)


def _reasons(session: Session, answer_ids: list[int]) -> Mapping[int, frozenset[Reason]]:
    """Return why passages are covered, and why the last decision held a text back."""
    masks = session.execute(
        sa.select(Redaction.answer_id, Redaction.reason).where(
            Redaction.answer_id.in_(answer_ids), IS_MASK_ACTIVE
        )
    ).all()
    decisions = session.execute(
        sa.select(ModerationDecision.answer_id, ModerationDecision.reason)
        .where(ModerationDecision.answer_id.in_(answer_ids))
        .order_by(ModerationDecision.id)
    ).all()
    last = dict(decisions)  # of each text, the latest overwrites the others
    reasons: dict[int, set[Reason]] = {answer_id: set() for answer_id in answer_ids}
    for answer_id, reason in (*masks, *last.items()):
        if reason is not None:
            reasons[answer_id].add(reason)
    return {answer_id: frozenset(of_text) for answer_id, of_text in reasons.items()}
