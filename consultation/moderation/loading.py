"""Fetching one text with all that its page shows."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from consultation.moderation import danger, fetching
from consultation.moderation.deciding import check, decisions_on, standing
from consultation.moderation.marking import pieces
from consultation.moderation.models import (
    ModeratedText,
    Range,
    Redaction,
    ResponseSetAside,
    TextCluster,
    TextState,
)
from consultation.moderation.readings import Neighbour, Reading
from consultation.moderation.showing import Audience, Seen, visible
from consultation.plan.models import IndicatorVersion
from consultation.questionnaires.models import Question, Questionnaire
from consultation.responses.comparing import of_same_form
from consultation.responses.models import Answer, Response
from consultation.web.permissions import Actor


def exists(session: Session, actor: Actor, public_id: str) -> bool:
    """Say whether there is a text of that public id."""
    check(actor)
    found = sa.select(ModeratedText.answer_id).where(ModeratedText.public_id == public_id)
    return session.scalar(found) is not None


def one(session: Session, actor: Actor, public_id: str) -> Reading | None:
    """Return the text of that public id with all about it, or None when there is none."""
    check(actor)
    text = session.scalars(_text(public_id)).one_or_none()
    if text is None:
        return None
    response = session.scalars(_response(text.answer_id)).one()
    rows = fetching.texts(
        session,
        Response.id == response.id,
        Answer.id,
        Question.id,
        ModeratedText.public_id,
        fetching.TOLD,
    )
    texts = {row[0]: (seen, row) for seen, row in rows}
    questions = _questions(session, [row[1] for _seen, row in texts.values()])
    places = _places(session, list(questions.values()))
    seen, (_id, question_id, *_rest) = texts.pop(text.answer_id)
    question = questions[question_id]
    masks = standing(session, text.answer_id)
    return Reading(
        text=text,
        response=response,
        question=question,
        place=places.get(question.id, ""),
        seen=seen,
        pieces=pieces(visible(seen, Audience.MODERATOR) or "", text.findings, masks),
        neighbours=[
            _neighbour(other, row, questions[row[1]], places) for other, row in texts.values()
        ],
        masks=masks,
        lifted=_lifted(session, text.answer_id),
        decisions=decisions_on(session, text.answer_id),
        cluster=session.get(TextCluster, text.cluster_id) if text.cluster_id else None,
        aside=session.get(ResponseSetAside, response.id),
        alert=danger.of_text(session, text.answer_id),
        rewritten=_rewritten(session, response, question) if response.superseded_at else None,
    )


def _text(public_id: str) -> sa.Select[ModeratedText]:
    return (
        sa.select(ModeratedText)
        .where(ModeratedText.public_id == public_id)
        .options(joinedload(ModeratedText.claimant), selectinload(ModeratedText.findings))
        .execution_options(populate_existing=True)
    )


def _response(answer_id: int) -> sa.Select[Response]:
    return (
        sa.select(Response)
        .join(Answer, Answer.response_id == Response.id)
        .where(Answer.id == answer_id)
        .options(
            joinedload(Response.questionnaire).joinedload(Questionnaire.measure),
            joinedload(Response.respondent),
            joinedload(Response.submission),
        )
        .execution_options(populate_existing=True)
    )


def _questions(session: Session, ids: Sequence[int]) -> Mapping[int, Question]:
    found = session.scalars(sa.select(Question).where(Question.id.in_(ids)))
    return {question.id: question for question in found}


def _places(session: Session, questions: Sequence[Question]) -> Mapping[int, str]:
    """Return the indicator's code and wording of each question that is about one."""
    ids = {one.indicator_version_id for one in questions} - {None}
    versions = session.scalars(
        sa.select(IndicatorVersion)
        .where(IndicatorVersion.id.in_(ids))
        .options(joinedload(IndicatorVersion.indicator))
    )
    by_id = {one.id: f"{one.indicator.code} · {one.label['fr']}" for one in versions}
    return {one.id: by_id.get(one.indicator_version_id or 0, "") for one in questions}


def _lifted(session: Session, answer_id: int) -> Sequence[Range]:
    """Return what a mask was taken off."""
    rows = session.execute(
        sa.select(Redaction.start, Redaction.end).where(
            Redaction.answer_id == answer_id, Redaction.lifted_at.is_not(None)
        )
    )
    return [(start, end) for start, end in rows]


def _neighbour(
    seen: Seen, row: Sequence[object], question: Question, places: Mapping[int, str]
) -> Neighbour:
    _id, _question_id, public_id, state = row
    return Neighbour(
        public_id=public_id if isinstance(public_id, str) else None,
        state=state if isinstance(state, TextState) else None,
        place=places.get(question.id, ""),
        question=question,
        pieces=pieces(visible(seen, Audience.MODERATOR) or ""),
    )


def _rewritten(session: Session, response: Response, question: Question) -> str | None:
    """Return the same answer in the revision that stands, of whatever version of the form."""
    version = question.indicator_version
    return session.scalar(
        sa.select(ModeratedText.public_id)
        .join(Answer, Answer.id == ModeratedText.answer_id)
        .join(Response, Response.id == Answer.response_id)
        .join(Questionnaire, Questionnaire.id == Response.questionnaire_id)
        .join(Question, Question.id == Answer.question_id)
        .outerjoin(IndicatorVersion, IndicatorVersion.id == Question.indicator_version_id)
        .where(
            *of_same_form(response),
            Response.superseded_at.is_(None),
            Response.withdrawn_at.is_(None),
            Question.code == question.code,
            IndicatorVersion.indicator_id.is_(None)
            if version is None
            else IndicatorVersion.indicator_id == version.indicator_id,
        )
    )
