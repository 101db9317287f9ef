"""Minutes that forms take: counted by minute, and nothing of whose they are."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.db.base import writing
from consultation.responses.models import CompletionCount
from consultation.responses.submission import completion
from consultation.responses.submission.key import SubmissionKey
from tests.factories import key_for
from tests.pages import visible_text
from tests.responses.two_measures import fields
from tests.responses.two_measures import link as link
from tests.responses.two_measures import other_form as other_form
from tests.responses.two_measures import other_measure as other_measure

NOON = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


@pytest.fixture
def consultation_round(session, other_measure, consultation_round):
    """A round that is open since the eve of `NOON`, whatever the day."""
    consultation_round.opens_at = NOON - timedelta(days=1)
    session.commit()
    return consultation_round


def counted(session):
    session.rollback()
    rows = session.scalars(sa.select(CompletionCount)).all()
    return {(row.minutes, row.is_in_space): row.count for row in rows}


def send_after(client, form, minutes):
    with time_machine.travel(NOON, tick=False):
        key = key_for(form.instrument)
    with time_machine.travel(NOON + timedelta(minutes=minutes), tick=False):
        return client.post(form.path, data=form.data(key=key))


def test_sent_form_counts_in_the_minute_that_it_took(client, form, session):
    for minutes in (4, 4, 200):
        assert send_after(client, form, minutes).status_code == 303

    assert counted(session) == {(4, False): 2, (completion.LONGEST, False): 1}


def test_what_is_sent_twice_or_refused_counts_once_or_not(client, form, session):
    with time_machine.travel(NOON, tick=False):
        sent = form.data()
    for data in (form.data(capacity=""), sent, sent):
        with time_machine.travel(NOON + timedelta(minutes=3), tick=False):
            client.post(form.path, data=data)

    assert counted(session) == {(3, False): 1}


@pytest.fixture
def taken(session, form):
    """Notes that forms took so many minutes each."""

    def take(*minutes, is_in_space=False):
        for each in minutes:
            key = SubmissionKey("x" * 22, form.instrument.public_id, NOON)
            at = NOON + timedelta(minutes=each)
            with writing(session()):
                completion.count(session(), form.instrument, key, at, is_in_space=is_in_space)

    return take


def test_median_waits_for_thirty_completions(session, form, taken):
    taken(*range(1, 30))
    assert completion.median(session(), form.instrument, is_in_space=False) is None

    taken(60)

    assert completion.median(session(), form.instrument, is_in_space=False) == 15
    assert completion.median(session(), form.instrument, is_in_space=True) is None


def test_page_says_what_forms_took(client, form, taken):
    taken(*[23] * 30)

    assert "Environ 23 minutes" in visible_text(client.get(form.path))


def test_correction_does_not_count(client, link, form, session):
    client.post(link)
    before = counted(session)
    page = client.get(f"/contributions/mesures/{form.measure.code}")

    sent = fields(form, page, suggestions="Autre chose.")
    assert client.post(f"/contributions/mesures/{form.measure.code}", data=sent).status_code == 303

    assert counted(session) == before
    assert sum(before.values()) == 1
