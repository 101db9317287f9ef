"""Many texts at once, written in bulk: what a queue is like on the last evening."""

from datetime import timedelta

import sqlalchemy as sa

from consultation.crypto.keyring import new_id
from consultation.db.base import Base, writing
from consultation.moderation.models import TextState
from consultation.questionnaires.models import Question, Questionnaire
from consultation.responses.models import Standing
from tests.exports.builders import SENT

CONTENT = "Il manque des places près des gares ; l'accueil de nuit ferme à 22 h. Texte n° {number}."
BATCH = 5_000


def fill(session, opened, count, state=TextState.WAITING):
    """Store `count` responses of one text each, screened; one in five has a phone number."""
    question = session.scalars(
        sa.select(Question)
        .join(Questionnaire, Questionnaire.id == Question.questionnaire_id)
        .where(Question.code == "suggestions", Questionnaire.measure_id.is_not(None))
        .order_by(Question.id.desc())
    ).first()
    for first in range(0, count, BATCH):
        with writing(session):
            _store(session, opened.id, question, range(first, min(first + BATCH, count)), state)
    with writing(session):  # PostgreSQL still plans for the empty tables that these just were
        session.execute(sa.text("ANALYZE"))


def _store(session, round_id, question, numbers, state):
    def insert(table, rows):
        table = Base.metadata.tables[table]
        key = next(iter(table.primary_key.columns))
        statement = sa.insert(table).returning(key, sort_by_parameter_order=True)
        return session.scalars(statement, rows).all()

    moments = [SENT + timedelta(seconds=number) for number in numbers]
    respondents = insert(
        "respondent",
        [
            {
                "round_id": round_id, "capacity": "justice", "notice_version": "1", "locale": "fr",
                "consent_anonymous": True, "created_at": at,
                "standing": Standing.INVITED if number % 3 else Standing.UNVERIFIED,
            }
            for number, at in zip(numbers, moments, strict=True)
        ],
    )  # fmt: skip
    submissions = insert("submission", [{"key": new_id(), "received_at": at} for at in moments])
    responses = insert(
        "response",
        [
            {
                "submission_id": submission, "respondent_id": who, "revision": 1,
                "questionnaire_id": question.questionnaire_id, "receipt_code": new_id(),
                "content_hash": "-", "submitted_at": at,
            }
            for submission, who, at in zip(submissions, respondents, moments, strict=True)
        ],
    )  # fmt: skip
    answers = insert(
        "answer",
        [
            {
                "response_id": response, "question_id": question.id,
                "text": CONTENT.format(number=number),
            }
            for response, number in zip(responses, numbers, strict=True)
        ],
    )  # fmt: skip
    flagged = [number % 5 == 0 for number in numbers]
    insert(
        "moderated_text",
        [
            {
                "answer_id": answer, "state": state, "is_flagged": seen,
                "screened_at": SENT, "screened_by": "test",
            }
            for answer, seen in zip(answers, flagged, strict=True)
        ],
    )  # fmt: skip
    findings = [
        {"answer_id": answer, "kind": "phone", "certainty": "likely", "start": 0, "end": 9}
        for answer, seen in zip(answers, flagged, strict=True)
        if seen
    ]
    if findings:
        session.execute(sa.insert(Base.metadata.tables["finding"]), findings)
