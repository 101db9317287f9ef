"""Whatever people send, correct, withdraw and have erased, tallies are what the answers say."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consultation.clock import now
from consultation.crypto.keyring import new_id
from consultation.db.base import writing
from consultation.moderation import excluded_responses
from consultation.moderation.models import AsideReason
from consultation.questionnaires.form import validation
from consultation.questionnaires.form.validation import Checked
from consultation.questionnaires.models import Destination
from consultation.responses import transcription
from consultation.responses.models import Channel, Respondent, Response, Standing
from consultation.responses.rights import erasure, withdrawal
from consultation.responses.rights.erasure import AlreadyErased, Wish
from consultation.responses.submission import key as submission_key
from consultation.responses.submission import submit
from consultation.responses.submission.store import Sending, fill
from consultation.responses.submission.submit import SpaceClosed
from consultation.results.tallies import maintain
from consultation.work.services import Work
from tests.factories import instrument_of, make_measure, make_round
from tests.moderation.builders import make_actor
from tests.questionnaires.outline_builders import with_grids
from tests.results import naive
from tests.results.tallies.test_maintain import stored

pytestmark = pytest.mark.database

PEOPLE = 3
SENT = st.fixed_dictionaries(
    {"capacity": st.sampled_from(["citizen", "police"])},
    optional={
        "organisation": st.sampled_from(["L'Élan", "l’elan ", "Élan l", "Étape", "aucune"]),
        "territory": st.sampled_from(["bretagne", "corse"]),
        "stance": st.sampled_from(["keep", "drop", "amend"]),
        "relevance": st.sampled_from(["1", "5", "9", "none"]),
        "standing": st.sampled_from(["done", "started"]),
        "suggestions": st.just("Un texte."),
        "followed": st.sampled_from([["delai.oui"], ["cout.oui"], ["delai.oui", "cout.non"]]),
        "first": st.sampled_from([["accueil.1"], ["donnees.1", "accueil.2", "formation.3"]]),
    },
)
DEEDS = ["withdraw", "erase", "set_aside", "take_back", "confirm"]
STEPS = st.lists(
    st.tuples(
        st.integers(0, PEOPLE - 1),
        st.one_of(st.tuples(st.just("send"), SENT), st.tuples(st.sampled_from(DEEDS), st.none())),
        st.booleans(),  # whether what is counted is brought up to date after it
    ),
    min_size=3,
    max_size=12,
)


class Play:
    """People who send, correct, withdraw and erase, and staff who set aside."""

    def __init__(self, session, instrument, home, actor):
        self.session, self.instrument, self.home, self.actor = session, instrument, home, actor
        self.people = {}

    def act(self, person, deed, answers):
        if deed == "send":
            self.send(person, answers)
        elif person in self.people:
            getattr(self, deed)(self.people[person])

    def send(self, person, answers):
        space = self.people.get(person)
        values = {}
        for question in self.instrument.questions:
            name = question.destination.value
            name = question.code if question.destination is Destination.ANSWER else name
            if name in answers and question.id not in values:
                is_chosen = question.options or question.code == "relevance"
                given = answers[name]
                values[question.id] = [given] if is_chosen and isinstance(given, str) else given
        key = submission_key.SubmissionKey(new_id(), self.instrument.public_id, now(), space)
        answers = validation.rows(self.instrument, values)
        filled = fill(
            self.session,
            self.instrument,
            key,
            Checked({}, {}, values, answers=answers),
            Sending(now(), "fr", "2026-11"),
        )
        try:
            with writing(self.session):
                result = submit.submit(self.session, filled, grace=timedelta(hours=2), space=space)
        except SpaceClosed:
            assert erasure.is_erased(self.session, space)
            return
        is_stored = not isinstance(result, submit.Unchanged)
        response = result.response if is_stored else result.current
        self.people[person] = response.respondent_id

    def withdraw(self, respondent_id):
        with writing(self.session):
            withdrawal.withdraw_all(self.session, respondent_id, now())

    def erase(self, respondent_id):
        try:
            with writing(self.session):
                erasure.erase(self.session, respondent_id, Wish(texts=True), now(), home=self.home)
        except AlreadyErased:
            assert self.session.get(Respondent, respondent_id).erased_at is not None

    def confirm(self, respondent_id):
        """They wrote by mail, and are sure to have the address they wrote from."""
        with writing(self.session):
            respondent = self.session.get(Respondent, respondent_id)
            respondent.channel, respondent.standing = Channel.MAIL, Standing.UNVERIFIED
            self.session.flush()
            transcription.confirm(self.session, [respondent_id])

    def set_aside(self, respondent_id):
        with writing(self.session):
            excluded_responses.set_aside(
                Work(self.session, self.actor, now()), self.last_of(respondent_id), AsideReason.TEST
            )

    def take_back(self, respondent_id):
        with writing(self.session):
            public_id = self.last_of(respondent_id)
            excluded_responses.take_back(Work(self.session, self.actor, now()), public_id)

    def last_of(self, respondent_id):
        return self.session.scalars(
            sa.select(Response.public_id)
            .where(Response.respondent_id == respondent_id)
            .order_by(Response.id.desc())
        ).first()


@pytest.fixture
def play(app, session):
    measure = make_measure(session, "T7", indicators=1)
    opened = make_round(session, outline=with_grids())
    session.commit()
    actor = make_actor(session)
    session.commit()
    return opened, Play(session, instrument_of(session, measure), app.config["HOME"], actor)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_tallies_are_what_the_answers_say_after_whatever_happened(session, play, steps):
    opened, people = play
    people.people = {}
    for person, (deed, answers), is_counted in steps:
        people.act(person, deed, answers)
        if is_counted:
            maintain.refresh(session)

    maintain.refresh(session)

    assert stored(session, opened) == naive.count(session, opened.id)
    session.rollback()


ANSWERS = {"capacity": "police", "organisation": "L'Élan", "relevance": "9"}


@pytest.mark.parametrize(
    ("before", "person", "deed", "answers"),
    [
        ((), 2, "send", ANSWERS),
        ((), 0, "send", ANSWERS | {"relevance": "1"}),
        ((), 0, "send", ANSWERS | {"capacity": "citizen"}),
        ((), 0, "withdraw", None),
        ((), 0, "set_aside", None),
        (("set_aside",), 0, "take_back", None),
        ((), 0, "confirm", None),
        ((), 0, "erase", None),
    ],
)
def test_each_deed_changes_what_was_counted_before_it(session, play, before, person, deed, answers):
    opened, people = play
    for one in range(2):  # of one organisation: erasing one gives the other a voice
        people.act(one, "send", ANSWERS)
    for earlier in before:
        people.act(0, earlier, None)
    maintain.refresh(session)
    counted = stored(session, opened)

    people.act(person, deed, answers)
    maintain.refresh(session)

    assert stored(session, opened) == naive.count(session, opened.id) != counted
