"""Breakers: when a series of failures began, and what waits for a domain that takes nothing."""

from datetime import timedelta

import pytest

from consultation.db.base import writing
from consultation.mail.delivery import breakers, outcomes
from consultation.mail.models import MessageStatus
from tests.mail.builders import START, deliver, enqueue_alone, messages, minutes
from tests.mail.stopped_clock import clock as clock
from tests.mail.stopped_clock import settings as settings

LATER = "450 4.2.0 later"
SLOW = "jeanne@lent.fr"
HOUR = timedelta(hours=1)
DAY = 24 * HOUR


def fail(session, scope, *moments):
    with writing(session):
        for at in moments:
            breakers.note_failure(session, scope, "smtp_450", at, minutes(1))


def domain_of(session, address=SLOW, at=START):
    """Enqueue a message; return the scope of its domain."""
    enqueue_alone(session, f"{address} {at}", address, at)
    return messages(session)[-1].domain_index


def hourly(begin, end):
    return [begin + HOUR * number for number in range((end - begin) // HOUR + 1)]


@pytest.mark.parametrize("scope", [breakers.SERVER, "a domain"])
def test_series_begins_with_the_first_failure_after_a_silence(session, scope):
    fail(session, scope, *hourly(START, START + 3 * HOUR))
    first = breakers.find(session, scope)
    begun, count = first.since, first.failures
    again = START + DAY
    fail(session, scope, again)
    second = breakers.find(session, scope)

    assert (begun, count) == (START, 4)
    assert (second.since, second.failures) == (again, 1)


def test_flood_says_since_when_the_last_one_waits(session):
    with writing(session):
        breakers.stop_answers(session, START)
        breakers.release_answers(session, START + HOUR)
        breakers.stop_answers(session, START + DAY)

    assert breakers.find(session, breakers.FLOOD).since == START + DAY


def test_domain_that_took_nothing_for_four_days_is_given_up_with_what_waited_so_long(session):
    domain = domain_of(session)
    domain_of(session, "paul@lent.fr", START + 3 * DAY)
    domain_of(session, "paul@autre.fr")
    fail(session, domain, *hourly(START, START + 4 * DAY))

    counts = []
    for at in (START + 4 * DAY - HOUR, START + 4 * DAY):
        with writing(session):
            counts.append(outcomes._give_up_domain(session, domain, "smtp_450", at).undeliverable)

    states = [message.status for message in messages(session)]
    assert counts == [0, 1]
    assert states == [MessageStatus.UNDELIVERABLE, MessageStatus.QUEUED, MessageStatus.QUEUED]


@pytest.mark.parametrize(
    ("queued_at", "series", "outcome"),
    [
        (START, hourly(START, START + 5 * DAY), (0, 0, 1)),
        (START + 5 * DAY, hourly(START, START + 5 * DAY), (0, 1, 0)),
        (START, [START + 5 * DAY], (0, 1, 0)),
    ],
    ids=["waited as long as the series", "queued a moment ago", "waited for another reason"],
)
def test_mail_counts_as_deferred_since_its_domain_takes_nothing(
    session, app, smtp_sink, clock, queued_at, series, outcome
):
    fail(session, domain_of(session, at=queued_at), *series)
    smtp_sink.answers("RCPT", LATER)
    clock.move_to(START + 5 * DAY + 3 * HOUR / 2)  # after the longest pause

    assert deliver(session, app) == outcome
