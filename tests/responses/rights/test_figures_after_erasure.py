"""Figures of a round reconcile after any sending, correction, withdrawal and erasure."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consultation.clock import now
from consultation.crypto.keyring import new_id
from consultation.db.base import writing
from consultation.exports.workbook import counts as workbook_counts
from consultation.questionnaires.form import validation
from consultation.questionnaires.form.validation import Checked
from consultation.questionnaires.models import Destination, Questionnaire
from consultation.responses.models import Answer, Respondent, Response
from consultation.responses.rights import erasure, withdrawal
from consultation.responses.rights.erasure import AlreadyErased, Wish
from consultation.responses.submission import key as submission_key
from consultation.responses.submission import submit
from consultation.responses.submission.store import Sending, fill
from consultation.responses.submission.submit import SpaceClosed
from tests.factories import instrument_of, make_measure, make_round, screen_all

pytestmark = pytest.mark.database

GRACE = timedelta(hours=2)
PEOPLE, MEASURES = 2, 2
STEPS = st.lists(
    st.tuples(
        st.integers(0, PEOPLE - 1),
        st.integers(0, MEASURES - 1),
        st.sampled_from(
            ["send", "send", "send", "send", "withdraw", "withdraw_all", "erase", "forget"]
        ),
    ),
    min_size=6,
    max_size=16,
)


class Play:
    """People who send, correct, withdraw and erase, one after the other."""

    def __init__(self, session, instruments, home):
        self.session, self.instrument, self.home = session, instruments, home
        self.people = {}

    def act(self, person, measure, deed):
        if deed == "send":
            self.send(person, self.instrument[measure])
        elif person in self.people:
            getattr(self, deed)(self.people[person], measure)

    def send(self, person, instrument):
        space = self.people.get(person)
        key = submission_key.SubmissionKey(new_id(), instrument.public_id, now(), space)
        identity = {Destination.CAPACITY: ["citizen"], Destination.ORGANISATION: "L'Élan"}
        values = {
            question.id: identity[question.destination]
            for question in instrument.questions
            if question.destination in identity
        }
        values |= {
            question.id: f"Texte {new_id()}"
            for question in instrument.questions
            if question.code == "suggestions"
        }
        answers = validation.rows(instrument, values)
        filled = fill(
            self.session,
            instrument,
            key,
            Checked({}, {}, values, answers=answers),
            Sending(now(), "fr", "2026-11"),
        )
        try:
            with writing(self.session):
                result = submit.submit(self.session, filled, grace=GRACE, space=space)
        except SpaceClosed:
            assert erasure.is_erased(self.session, space)
            return
        self.people[person] = result.response.respondent_id

    def withdraw(self, respondent_id, measure):
        with writing(self.session):
            current = withdrawal.current(self.session, respondent_id)
            for response in current[measure : measure + 1]:
                withdrawal.withdraw(self.session, respondent_id, response.public_id, now())

    def withdraw_all(self, respondent_id, _measure):
        with writing(self.session):
            withdrawal.withdraw_all(self.session, respondent_id, now())

    def erase(self, respondent_id, _measure, *, texts=False):
        try:
            with writing(self.session):
                erasure.erase(self.session, respondent_id, Wish(texts=texts), now(), home=self.home)
        except AlreadyErased:
            assert self.session.get(Respondent, respondent_id).erased_at is not None

    def forget(self, respondent_id, measure):
        self.erase(respondent_id, measure, texts=True)


@pytest.fixture
def play(app, session):
    measures = [make_measure(session, code, indicators=0) for code in ("T7", "T8")]
    opened = make_round(session)
    session.commit()
    instruments = [instrument_of(session, measure) for measure in measures]
    return opened.id, Play(session, instruments, app.config["HOME"])


@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_figures_reconcile_and_one_response_stands_per_person_and_measure(session, play, steps):
    round_id, people = play
    people.people = {}
    for step in steps:
        people.act(*step)
    screen_all(session)

    counts = workbook_counts.count(session, round_id)

    received = session.scalar(sa.select(sa.func.count()).select_from(Response))
    assert counts.received == received
    assert received == (counts.included + counts.set_aside + counts.withdrawn + counts.superseded)
    twice = (
        sa.select(Response.respondent_id)
        .join(Questionnaire)
        .where(Response.superseded_at.is_(None))
        .group_by(Response.respondent_id, Questionnaire.measure_id)
        .having(sa.func.count() > 1)
    )
    assert session.scalars(twice).all() == []
    named = sa.select(Respondent.id).where(
        Respondent.erased_at.is_not(None), Respondent.organisation.is_not(None)
    )
    assert session.scalars(named).all() == []
    left = (
        sa.select(Answer.text)
        .join(Response)
        .join(Respondent, Respondent.id == Response.respondent_id)
        .where(Respondent.erased_at.is_not(None), Response.superseded_at.is_not(None))
    )
    assert set(session.scalars(left)) <= {erasure.ERASED_TEXT, None}
    session.rollback()
