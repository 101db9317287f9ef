"""Queries of proposed values: numbers of current responses, with what moderation lets staff read.

Those of withdrawn, superseded, excluded or erased responses are none.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.i18n import Localized
from consultation.moderation import visibility
from consultation.moderation.visibility import IS_CURRENT, Audience, visible
from consultation.plan.models import Indicator, IndicatorVersion
from consultation.questionnaires.models import Option, Question, Questionnaire, Round
from consultation.responses.models import Answer, Respondent, Response
from consultation.results.proposed_values.models import ProposedValueDecision
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

VALUE, YEAR = "known_value", "known_value_year"
SOURCE, OBSERVATION = "known_value_source", "known_value_observation"
"""Codes of the questions of the shipped questionnaire that asks for values."""
HIDDEN = "[texte en attente de relecture ou écarté]"


@dataclass(frozen=True)
class Proposal:
    """A number that a response gives for an indicator; texts are None where none was given.

    A text that the team may not read yet is `HIDDEN`.
    """

    public_id: str
    response_id: int
    code: str
    indicator_id: int
    version_id: int
    label: Localized
    unit: Localized | None
    number: float
    organisation: str
    round: Localized
    submitted_at: datetime
    year: Localized | None = None
    year_code: str = ""
    source: str | None = None
    observation: str | None = None
    decision: ProposedValueDecision | None = None


@needs(Permission.RECORD_VALUES)
@needs(Permission.READ_RESPONSES)
def waiting(_work: Work) -> sa.Select[*tuple[Any, ...]]:
    """Select the ids of the answers that wait, the earliest first; raise `NotAllowed`."""
    return _joined(sa.select(Answer.id)).where(ProposedValueDecision.id.is_(None)).order_by(*_BY)


@needs(Permission.RECORD_VALUES)
@needs(Permission.READ_RESPONSES)
def decided(_work: Work) -> sa.Select[*tuple[Any, ...]]:
    """Select the ids of the answers that a person decided on; raise `NotAllowed`."""
    return _joined(sa.select(Answer.id)).where(ProposedValueDecision.id.is_not(None)).order_by(*_BY)


def proposals(session: Session, answer_ids: Sequence[int]) -> list[Proposal]:
    """Return the proposals of these answers, in their order, in four queries."""
    rows = session.execute(_joined(sa.select(*_COLUMNS)).where(Answer.id.in_(answer_ids))).all()
    keys = {(row.response_id, row.version_id) for row in rows}
    years, texts = _years(session, keys), _texts(session, keys)
    decisions = _decisions(session, [row.decision_id for row in rows if row.decision_id])
    by_answer = {
        row.answer_id: _proposal(
            row, years.get((row.response_id, row.version_id)), texts, decisions
        )
        for row in rows
    }
    return [by_answer[it] for it in answer_ids if it in by_answer]


@needs(Permission.RECORD_VALUES)
@needs(Permission.READ_RESPONSES)
def find(work: Work, public_id: str, code: str) -> Proposal | None:
    """Return the proposal of a response for the indicator of that code; raise `NotAllowed`."""
    answer_id = work.session.scalar(
        _joined(sa.select(Answer.id)).where(Response.public_id == public_id, Indicator.code == code)
    )
    return next(iter(proposals(work.session, [answer_id])), None) if answer_id is not None else None


_BY = (Indicator.code, Answer.id)
_COLUMNS = (
    Answer.id.label("answer_id"),
    Answer.number.label("number"),
    Response.id.label("response_id"),
    Response.public_id.label("public_id"),
    Response.submitted_at.label("submitted_at"),
    Indicator.id.label("indicator_id"),
    Indicator.code.label("code"),
    IndicatorVersion.id.label("version_id"),
    IndicatorVersion.label.label("label"),
    IndicatorVersion.unit.label("unit"),
    Respondent.organisation.label("organisation"),
    Round.title.label("round"),
    ProposedValueDecision.id.label("decision_id"),
)


def _joined(statement: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    is_decision = sa.and_(
        ProposedValueDecision.response_id == Response.id,
        ProposedValueDecision.indicator_id == Indicator.id,
    )
    return (
        statement.select_from(Question)
        .join(Answer, Answer.question_id == Question.id)
        .join(Response, Response.id == Answer.response_id)
        .join(Respondent, Respondent.id == Response.respondent_id)
        .join(Questionnaire, Questionnaire.id == Question.questionnaire_id)
        .join(Round, Round.id == Questionnaire.round_id)
        .join(IndicatorVersion, IndicatorVersion.id == Question.indicator_version_id)
        .join(Indicator, Indicator.id == IndicatorVersion.indicator_id)
        .outerjoin(ProposedValueDecision, is_decision)
        .where(
            Question.code == VALUE,
            Answer.number.is_not(None),
            IS_CURRENT,
            Respondent.erased_at.is_(None),
            Round.is_trial.is_(False),
        )
    )


Key = tuple[int, int]
"""The ids of a response and of the version of an indicator."""


def _years(session: Session, keys: Collection[Key]) -> Mapping[Key, tuple[str, Localized]]:
    rows = session.execute(
        sa.select(Answer.response_id, Question.indicator_version_id, Option.code, Option.label)
        .join(Question, Question.id == Answer.question_id)
        .join(Option, Option.id == Answer.option_id)
        .where(Question.code == YEAR, Answer.response_id.in_({it for it, _version in keys}))
    )
    return {
        (response_id, version_id): (code, label)
        for response_id, version_id, code, label in rows
        if version_id is not None
    }


def _texts(session: Session, keys: Collection[Key]) -> Mapping[Key, Mapping[str, str]]:
    rows = visibility.texts(
        session,
        sa.and_(
            Question.code.in_((SOURCE, OBSERVATION)),
            Response.id.in_({it for it, _version in keys}),
        ),
        Response.id,
        Question.indicator_version_id,
        Question.code,
    )
    texts: dict[Key, dict[str, str]] = defaultdict(dict)
    for row, (response_id, version_id, code) in rows:
        text = visible(row, Audience.ORGANISER)
        texts[response_id, version_id][code] = HIDDEN if text is None else text
    return texts


def _decisions(session: Session, ids: Collection[int]) -> Mapping[int, ProposedValueDecision]:
    rows = session.scalars(
        sa.select(ProposedValueDecision).where(ProposedValueDecision.id.in_(ids))
    )
    return {row.id: row for row in rows}


def _proposal(
    row: Any,
    year: tuple[str, Localized] | None,
    texts: Mapping[Key, Mapping[str, str]],
    decisions: Mapping[int, ProposedValueDecision],
) -> Proposal:
    of_answer = texts.get((row.response_id, row.version_id), {})
    plain = {name: getattr(row, name) for name in _PLAIN}
    return Proposal(
        **plain,
        organisation=row.organisation or "",
        year=year[1] if year else None,
        year_code=year[0] if year else "",
        source=of_answer.get(SOURCE),
        observation=of_answer.get(OBSERVATION),
        decision=decisions.get(row.decision_id),
    )


_PLAIN = (
    "public_id", "response_id", "code", "indicator_id", "version_id", "label", "unit", "number",
    "round", "submitted_at",
)  # fmt: skip
