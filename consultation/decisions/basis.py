"""Basis of decisions: the texts that each rests on, as far as they may be read.

Rows name texts and never repeat them.  What is counted and quoted follows from what moderation
lets out at that moment, so that a text that is withheld, withdrawn or erased is gone at once.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from consultation.decisions.models import DecisionBasis
from consultation.inbox.models import Conversion
from consultation.moderation import visibility
from consultation.moderation.visibility import DECIDED, IS_LATEST, Audience, TextRow, visible
from consultation.responses.models import Answer, Response
from consultation.responses.rights.erasure import ERASED_TEXT, Erased

_LATER = {"synchronize_session": False}


@dataclass(frozen=True)
class Basis:
    """What a decision rests on, as an audience may know it."""

    count: int = 0
    """How many contributions, each once, of which a text that moderation let out is named."""
    quotations: Sequence[str] = ()
    """The texts that the audience may read, the earliest first."""
    locales: Sequence[str] = ()
    """The language of each of them."""
    translations: Sequence[str] = ()
    """What each says in French, empty where nobody of the team translated it."""


NOTHING = Basis()


def bases(
    session: Session,
    decision_ids: Collection[int],
    audience: Audience,
    quoted: sa.ColumnElement[bool] | None = None,
) -> Mapping[int, Basis]:
    """Return the basis of each decision, in three queries; one that rests on nothing has none.

    For the public, a text is quoted only if its author agreed to it, and counts in any case; so
    does a text of a response for which `quoted` does not hold.
    """
    return {
        decision_id: _basis([texts[it] for it in sorted(texts)], audience)
        for decision_id, texts in _counted(session, decision_ids, quoted).items()
    }


def answers_counted(session: Session, decision_ids: Collection[int]) -> Mapping[int, set[int]]:
    """Return the answers that count in the basis of each decision, as they stand."""
    return {it: set(texts) for it, texts in _counted(session, decision_ids).items()}


class _Text(NamedTuple):
    """A text that counts, and whether it may be quoted at all."""

    response_id: int
    row: TextRow
    is_quoted: bool
    locale: str


def _basis(texts: Sequence[_Text], audience: Audience) -> Basis:
    quoted = [
        (text, it.locale, it.row.translation)
        for it in texts
        if it.is_quoted and (text := visible(it.row, audience)) is not None
    ]
    return Basis(
        len({it.response_id for it in texts}),
        [text for text, *_ in quoted],
        [locale for _, locale, _ in quoted],
        [french for *_, french in quoted],
    )


def _counted(
    session: Session,
    decision_ids: Collection[int],
    quoted: sa.ColumnElement[bool] | None = None,
) -> Mapping[int, Mapping[int, _Text]]:
    """Return each text that counts, by decision and by answer."""
    rows = session.execute(
        sa.select(DecisionBasis.decision_id, DecisionBasis.answer_id).where(
            DecisionBasis.decision_id.in_(decision_ids)
        )
    )
    named = [(decision_id, it) for decision_id, it in rows if it is not None]
    latest = _latest(session, {answer_id for _, answer_id in named})
    readable: dict[int, _Text] = {}
    of_latest = Answer.id.in_(set(latest.values()))
    may_quote = sa.true() if quoted is None else quoted
    for row, (answer_id, response_id, is_quoted, locale) in visibility.texts(
        session, of_latest, Answer.id, Response.id, may_quote, visibility.LOCALE
    ):
        if row.state in DECIDED and row.is_current and row.text != ERASED_TEXT:
            readable[answer_id] = _Text(response_id, row, bool(is_quoted), locale)
    counted: dict[int, dict[int, _Text]] = defaultdict(dict)
    for decision_id, answer_id in named:
        if latest.get(answer_id) in readable:
            counted[decision_id][latest[answer_id]] = readable[latest[answer_id]]
    return counted


def _latest(session: Session, answer_ids: Collection[int]) -> Mapping[int, int]:
    """Return each answer as it stands: itself, or the same text in its author's correction."""
    later, of_before = aliased(Answer), aliased(Response)
    rows = session.execute(
        sa.select(Answer.id, sa.func.max(later.id))
        .join(of_before, of_before.id == Answer.response_id)
        .join(Response, sa.and_(Response.respondent_id == of_before.respondent_id, IS_LATEST))
        .join(later, sa.and_(later.response_id == Response.id, later.text == Answer.text))
        .where(Answer.id.in_(answer_ids))
        .group_by(Answer.id)
    )
    return dict(rows.all())


def decisions_of_answers(session: Session, answer_ids: Collection[int]) -> Mapping[int, set[int]]:
    """Return the ids of the decisions that rest on each of these answers."""
    rows = session.execute(
        sa.select(DecisionBasis.answer_id, DecisionBasis.decision_id).where(
            DecisionBasis.answer_id.in_(answer_ids)
        )
    )
    decisions: dict[int, set[int]] = defaultdict(set)
    for answer_id, decision_id in rows:
        if answer_id is not None:
            decisions[answer_id].add(decision_id)
    return decisions


def answers_by_mail(session: Session, answer_ids: Collection[int]) -> set[int]:
    """Return which of these answers were made from a mail."""
    return set(
        session.scalars(
            sa.select(Answer.id)
            .join(Conversion, Conversion.response_id == Answer.response_id)
            .where(Answer.id.in_(answer_ids))
        )
    )


def erase_texts(session: Session, forgotten: Erased) -> None:
    """Empty the rows that name erased texts."""
    _empty(session, DecisionBasis.answer_id.in_(forgotten.answer_ids))


def empty_gone(session: Session) -> int:
    """Empty the rows that name a text that was erased, or withdrawn; return how many.

    None of them counts already: this only cuts the link that is left.
    """
    gone = (
        sa.select(Answer.id)
        .join(Response, Response.id == Answer.response_id)
        .join(DecisionBasis, DecisionBasis.answer_id == Answer.id)
        .where(sa.or_(Answer.text == ERASED_TEXT, Response.withdrawn_at.is_not(None)))
    )
    return _empty(session, DecisionBasis.answer_id.in_(gone))


def _empty(session: Session, which: sa.ColumnElement[bool]) -> int:
    result = session.execute(
        sa.update(DecisionBasis).where(which).values(answer_id=None), execution_options=_LATER
    )
    return int(result.rowcount)  # type: ignore[attr-defined]
