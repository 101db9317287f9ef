"""A clock that was forty days ahead, and came back: no mail waits for it, none is given up."""

from datetime import timedelta

import pytest

from consultation.db.base import writing
from consultation.mail import outbox
from consultation.mail.delivery import breakers, claim
from consultation.mail.delivery.claim import DeliverySettings
from consultation.mail.models import MessageStatus
from tests.mail.builders import START, deliver, enqueue, enqueue_alone, messages, minutes
from tests.mail.stopped_clock import clock as clock
from tests.mail.stopped_clock import settings as settings

pytestmark = pytest.mark.database

AHEAD = timedelta(days=40)
LATER = "450 4.2.0 later"


def test_mail_put_off_under_a_wrong_clock_leaves_once_it_is_right(session, app, smtp_sink, clock):
    enqueue_alone(session, "1")
    clock.move_to(START + AHEAD)
    smtp_sink.always("RCPT", LATER)
    put_off = deliver(session, app)
    smtp_sink.clear()
    clock.move_to(START + minutes(5))

    assert (put_off, deliver(session, app)) == ((0, 1, 0), (1, 0, 0))


def test_mail_enqueued_under_a_wrong_clock_leaves_once_it_is_right(session, app, smtp_sink, clock):
    enqueue_alone(session, "1", at=START + AHEAD)

    assert deliver(session, app) == (1, 0, 0)


def test_mail_being_sent_keeps_a_lease_when_the_clock_comes_back(session, app, smtp_sink, clock):
    enqueue_alone(session, "1", at=START)
    with writing(session):
        claim.claim_due(session, DeliverySettings.from_settings(app.config), START + AHEAD)
    at_once = deliver(session, app)
    clock.move_to(START + minutes(11))

    assert (at_once, deliver(session, app)) == ((0, 0, 0), (1, 0, 0))


def test_mail_deferred_before_the_clock_jumped_is_not_given_up(session, app, smtp_sink, clock):
    enqueue_alone(session, "1")
    smtp_sink.always("RCPT", LATER)
    deliver(session, app)
    clock.move_to(START + AHEAD)

    assert deliver(session, app) == (0, 1, 0)


def test_mail_deferred_under_a_wrong_clock_is_given_up_after_four_days(
    session, app, smtp_sink, clock
):
    enqueue_alone(session, "1")
    smtp_sink.always("RCPT", LATER)
    clock.move_to(START + AHEAD)
    deliver(session, app)
    results = []
    for hours in range(0, 4 * 24 + 3, 1):
        clock.move_to(START + timedelta(hours=hours, minutes=30 * (hours > 0)))
        results.append(deliver(session, app))

    assert results[0] == (0, 1, 0)
    assert sum(undeliverable for _sent, _put_off, undeliverable in results) == 1


@pytest.mark.parametrize("scope", [breakers.SERVER, "a domain"])
def test_scope_paused_under_a_wrong_clock_is_tried_once_it_is_right(session, clock, scope):
    with writing(session):
        for _failure in range(breakers.DOMAIN_PATIENCE + 1):
            breakers.note_failure(session, scope, "smtp_450", START + AHEAD, minutes(1))

    state = breakers.current(session, START)

    assert (state.is_server_paused, state.paused_domains) == (False, ())
    assert breakers.find_ongoing(session, scope, START) is None


def test_acknowledgements_sent_under_a_wrong_clock_use_up_no_day(session, app, smtp_sink, clock):
    clock.move_to(START + AHEAD)
    for code in "ABC":
        enqueue(session, code, at=START + AHEAD)
        clock.move_to(START + AHEAD + timedelta(hours=4))
        deliver(session, app)
    clock.move_to(START)

    assert enqueue(session, "D", at=START)
    assert deliver(session, app)[0] == 1


def test_flood_under_a_wrong_clock_counts_in_no_later_hour(session, app, smtp_sink, clock):
    clock.move_to(START + AHEAD)
    enqueue(session, "A", at=START + AHEAD)
    deliver(session, app)
    state = breakers.current(session, START)

    assert breakers.answers_left(session, state, START, 5) == 5
    assert breakers.answers_left(session, state, START + AHEAD, 5) == 4


def test_release_under_a_wrong_clock_lets_no_flood_go(session, app, smtp_sink, clock):
    with writing(session):
        breakers.stop_answers(session, START + AHEAD)
        breakers.release_answers(session, START + AHEAD)
    enqueue(session, "A", at=START)
    deliver(session, app)

    assert breakers.answers_left(session, breakers.current(session, START), START, 5) == 4


def test_mail_sent_under_a_wrong_clock_hides_no_standstill(session, app, smtp_sink, clock):
    clock.move_to(START + AHEAD)
    enqueue_alone(session, "1", at=START + AHEAD)
    deliver(session, app)
    enqueue_alone(session, "2", at=START)
    clock.move_to(START + minutes(30))

    assert outbox.stalled_since(session) == START
    assert [it.status for it in messages(session)] == [MessageStatus.SENT, MessageStatus.QUEUED]
