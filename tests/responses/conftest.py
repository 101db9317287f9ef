"""A measure with two indicators in an open round, and its form as a visitor sends it."""

import re

import pytest
import sqlalchemy as sa

from consultation.mail.models import OutboxMessage
from consultation.responses.models import Answer, Response, Submission
from tests.factories import form_data, instrument_of, key_for, make_measure, make_round


class Form:
    """The form of one measure, in the hands of one visitor."""

    def __init__(self, session, measure):
        self.session, self.measure = session, measure
        self.instrument = instrument_of(session, measure)
        self.path = f"/mesures/{measure.code}/contribuer"

    def data(self, key=None, **answers):
        answers = {"capacity": "citizen", "suggestions": "Élargir à l'outre-mer."} | answers
        key = key or key_for(self.instrument)
        return form_data(self.instrument, **answers) | {"submission_key": key}

    def name(self, code):
        return next(it.name for it in self.instrument.questions if it.code == code)


@pytest.fixture
def measure(session):
    return make_measure(session, "T7")


@pytest.fixture
def consultation_round(session, measure):
    opened = make_round(session)
    session.commit()
    return opened


@pytest.fixture
def form(session, measure, consultation_round):
    return Form(session, measure)


@pytest.fixture
def counts(session):
    """How many rows there are, by table."""

    def count():
        session.rollback()
        models = (Submission, Response, Answer, OutboxMessage)
        return {
            model.__tablename__: session.scalar(sa.select(sa.func.count()).select_from(model))
            for model in models
        }

    return count


def hidden(page, name):
    """The value of a hidden field of a page."""
    return re.search(rf'name="{name}" value="([^"]*)"', page.text)[1]
