"""A home with as many responses as one likes, made in seconds: a few, and copies in SQL."""

import sqlalchemy as sa

from consultation.clock import now
from consultation.db import upgrade
from consultation.db.base import writing
from consultation.demo import fill as demo_fill
from consultation.extensions import db
from consultation.moderation import screening
from consultation.moderation.models import ModeratedText
from consultation.questionnaires.kinds import KINDS
from consultation.questionnaires.models import QuestionKind
from consultation.responses.models import Answer, Respondent, Response, Submission
from consultation.results.tallies import maintain
from tests.benchmarks.sizes import sized

MEASURES, INDICATORS, FEW = sized((60, 7, 1000), (4, 7, 20))
ANSWERED_BY_ALL = (QuestionKind.SINGLE_CHOICE, QuestionKind.SCALE)
"""Kinds whose questions all answer, so that a response has some thirty answers."""

FRESH = "lower(hex(randomblob(11)))"
SHIFTED = {
    Respondent: {"id": Respondent},
    Submission: {"id": Submission},
    Response: {"id": Response, "submission_id": Submission, "respondent_id": Respondent},
    Answer: {"id": Answer, "response_id": Response},
    ModeratedText: {"answer_id": Answer},
}
"""The tables that are copied, and whose ids each of their columns holds."""

UNIQUE = {"key": FRESH, "public_id": FRESH, "receipt_code": f"substr('D' || {FRESH}, 1, 14)"}


def fill(responses):
    """Fill the empty home of the current application; return how many responses and answers."""
    upgrade.upgrade(db.engine)
    session = db.session()
    few = min(FEW, responses)
    # This process does nothing else.
    demo_fill.INDICATORS = (2 * demo_fill.INDICATORS)[:INDICATORS]
    demo_fill.FEWEST_INDICATORS = INDICATORS
    for kind in ANSWERED_BY_ALL:
        type(KINDS[kind]).answered = 1.0
    with writing(session):
        demo_fill.fill(session, measures=MEASURES, responses=few, at=now())
    screening.screen_due(session)
    with writing(session):
        # Comparing hundreds of thousands of texts would keep a worker busy for an hour.
        session.execute(sa.update(ModeratedText).values(clustered_at=now()))
        _copy(session, responses // few - 1)
    maintain.refresh(session)  # as the worker does all the while
    return tuple(_most(session, model, sa.func.count()) for model in (Response, Answer))


def _copy(session, times):
    ids = {model: _most(session, model) for model in (Respondent, Submission, Response, Answer)}
    for number in range(1, times + 1):
        for model, shifted in SHIFTED.items():
            shifts = {name: number * ids[source] for name, source in shifted.items()}
            key, source = next(iter(shifted.items()))
            session.execute(sa.text(_copying(model, shifts, f"{key} <= {ids[source]}")))


def _copying(model, shifts, condition):
    """Return the statement that copies rows, their ids shifted and their names fresh."""
    values = {
        column.name: UNIQUE.get(column.name, f'"{column.name}"') for column in model.__table__.c
    }
    values |= {name: f"{name} + {shift}" for name, shift in shifts.items()}
    columns = ", ".join(f'"{name}"' for name in values)
    table = model.__tablename__
    return (
        f"INSERT INTO {table} ({columns}) SELECT {', '.join(values.values())}"
        f" FROM {table} WHERE {condition}"
    )


def _most(session, model, counted=None):
    return session.scalar(
        sa.select(sa.func.max(model.id) if counted is None else counted).select_from(model)
    )
