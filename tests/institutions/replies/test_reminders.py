"""Reminders: one, some days before the last day, where there is no reply yet."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.clock import in_paris, now
from consultation.institutions.replies import reminders, requests
from consultation.mail.models import OutboxMessage
from tests.institutions.replies.builders import act, make_over, make_reply, make_request

BEFORE = timedelta(days=5)


def reminders_in(session):
    session.rollback()
    wanted = sa.select(OutboxMessage).where(OutboxMessage.kind == "reply_reminder")
    return session.scalars(wanted).all()


def run(session, app):
    reminders.enqueue_due(session, app.config)
    return len(reminders_in(session))


def move_near(traveller, row, before=BEFORE):
    traveller.move_to(now() + (row.due_on - in_paris(now()).date()) - before)


def test_reminder_leaves_once_some_days_before(session, app, actor, traveller):
    row = make_request(session, app, actor)
    move_near(traveller, row, BEFORE + timedelta(days=1))
    assert run(session, app) == 0

    move_near(traveller, row)

    assert run(session, app) == 1
    assert run(session, app) == 1
    assert reminders_in(session)[0].recipient == row.address


@pytest.mark.parametrize("ending", ["reply", "withdrawn", "over", "published"])
def test_reminder_does_not_leave_for_a_request_that_needs_none(
    session, app, actor, traveller, ending
):
    row = make_request(session, app, actor)
    move_near(traveller, row)
    if ending == "reply":
        make_reply(session, row)
    if ending == "withdrawn":
        act(session, actor, row, requests.withdraw)
    if ending in ("over", "published"):
        make_over(traveller, row)
    if ending == "published":
        act(session, actor, row, requests.publish)

    assert run(session, app) == 0


def test_reminder_does_not_follow_a_request_of_yesterday(session, app, actor, traveller):
    make_request(session, app, actor, due_on=in_paris(now()).date() + timedelta(days=3))
    traveller.shift(timedelta(days=1))

    assert run(session, app) == 0
