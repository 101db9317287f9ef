"""Responses made from what a test cares about, to forms that were really published."""

import itertools
from datetime import UTC, date, datetime

import sqlalchemy as sa

from consultation.crypto.keyring import new_id
from consultation.plan.models import IndicatorVersion, Measure
from consultation.questionnaires.models import Option, Question, QuestionKind, Questionnaire
from consultation.questionnaires.publication import publish
from consultation.responses.models import Answer, Contact, Respondent, Response, Submission

SENT = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
_numbers = itertools.count(1)


def form_of(session, consultation_round, measure_code, version=None):
    """Return a form of the round: of a measure or (None) of the tool; the last version."""
    wanted = (
        sa.select(Questionnaire)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .where(Questionnaire.round_id == consultation_round.id)
        .order_by(Questionnaire.version.desc())
    )
    if measure_code is None:
        wanted = wanted.where(Questionnaire.measure_id.is_(None))
    else:
        wanted = wanted.where(Measure.code == measure_code)
    if version is not None:
        wanted = wanted.where(Questionnaire.version == version)
    return session.scalars(wanted.limit(1)).one()


def respond(
    session,
    consultation_round,
    measure_code="T7",
    answers=None,
    *,
    version=None,
    revises=None,
    withdrawn_at=None,
    at=SENT,
    contact=None,
    **respondent,
):
    """Store a response.  `answers` is by question code, or by (indicator code, question code)."""
    form = form_of(session, consultation_round, measure_code, version)
    if revises is None:
        values = {"capacity": "justice", "notice_version": "2026-11", "locale": "fr"}
        who = Respondent(round_id=consultation_round.id, created_at=at, **values | respondent)
        submission = Submission(key=new_id(), received_at=at)
    else:
        revises.superseded_at = at
        who, submission = revises.respondent, revises.submission
        session.flush()
    response = Response(
        submission=submission,
        respondent=who,
        questionnaire_id=form.id,
        revision=revises.revision + 1 if revises else 1,
        receipt_code=f"DEPOT-{next(_numbers):05}",
        content_hash="-",
        submitted_at=at,
        withdrawn_at=withdrawn_at,
    )
    session.add(response)
    session.flush()
    if contact and revises is None:
        session.add(Contact(respondent_id=who.id, name=contact[0], address=contact[1]))
    for key, value in (answers or {}).items():
        answer(session, response, form, key, value)
    session.flush()
    return response


def answer(session, response, form, key, value):
    """Add one answer: an option by its code, a number, a date, a list of codes, or a text.

    A list is that of a multiple choice, or the order of a ranking; of a matrix, a dict by row.
    """
    question = question_of(form, key)
    if isinstance(value, dict):
        for row, code in value.items():
            _answer(session, response, question, code, row_code=row)
    elif isinstance(value, list):
        is_ranking = question.kind is QuestionKind.RANKING
        for place, code in enumerate(value, 1):
            _answer(session, response, question, code, rank=place if is_ranking else None)
    else:
        _answer(session, response, question, value)


def _answer(session, response, question, value, **of_option):
    stored = Answer(response_id=response.id, question_id=question.id, **of_option)
    option = next((option for option in question.options if option.code == value), None)
    if option is not None:
        stored.option_id = option.id
    elif isinstance(value, int | float):
        stored.number = value
    elif isinstance(value, date):
        stored.date = value
    else:
        stored.text = value
    session.add(stored)


def question_of(form, key):
    indicator, code = key if isinstance(key, tuple) else (None, key)
    questions = [
        question
        for question in form.questions
        if question.code == code
        and (question.indicator_version and question.indicator_version.indicator.code) == indicator
    ]
    assert len(questions) == 1, f"{key} is asked {len(questions)} times"
    return questions[0]


def add_question(session, form, code, kind, *options, label=None, **values):
    """Add a question of any kind to a published form."""
    question = Question(
        questionnaire_id=form.id,
        section_id=form.sections[-1].id,
        code=code,
        kind=kind,
        position=len(form.questions) + 1,
        label={"fr": label or f"Question {code}"},
        settings=values.pop("settings", {}),
        options=[
            Option(code=option, position=place, label={"fr": option.capitalize()})
            for place, option in enumerate(options, 1)
        ],
        **values,
    )
    session.add(question)
    session.flush()
    session.refresh(form)


def reword(session, opened, code, label):
    """Publish a second version of an indicator, under another label."""
    version = next(
        version
        for version in session.scalars(sa.select(IndicatorVersion))
        if version.indicator.code == code
    )
    version.indicator.versions.append(
        IndicatorVersion(number=2, label={"fr": label}, created_at=SENT)
    )
    session.flush()
    publish.publish(session, opened, SENT)
