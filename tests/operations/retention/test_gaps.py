"""A clock that jumps by forty days erases no mail before three days of notice."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.inbox.models import IncomingMessage, Sort, State
from consultation.jobs.models import TaskRun
from consultation.mail import outbox_actions
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.mail.rendering import render
from consultation.operations.retention import apply as retention_apply
from consultation.operations.retention import gaps, notices
from tests.accounts.builders import Browser, make_account
from tests.pages import straight

pytestmark = pytest.mark.database

DAY = timedelta(days=1)
AHEAD = 40 * DAY
KEPT = 365 * DAY


@pytest.fixture(autouse=True)
def mails(session):
    """A mail sent today, a received one decided on almost a year ago, and who is to be told."""
    sent = outbox_actions.enqueue_test(session, "anne@exemple.fr", now())
    sent.status, sent.sent_at = MessageStatus.SENT, sent.created_at
    session.add(
        IncomingMessage(
            fingerprint="1", source="file", sort=Sort.PERSON, state=State.CONVERTED, locale="fr",
            original="Un secret", collected_at=now() - KEPT + 10 * DAY,
        )
    )  # fmt: skip
    session.commit()
    make_account(session, "org@exemple.fr", Role.ORGANISER)


def erase(session, app, at):
    """The daily erasure, noted as the worker notes it."""
    lines = retention_apply.apply(session(), app.config, at, dry_run=False)
    session.merge(TaskRun(name=gaps.TASK, ended_at=at, due_at=at + DAY))
    session.commit()
    return lines


def left(session):
    """How many mails sent and received still say something."""
    session.rollback()
    recipients = sa.select(OutboxMessage).where(
        OutboxMessage.recipient.is_not(None), OutboxMessage.kind == outbox_actions.KIND.name
    )
    received = sa.select(IncomingMessage).where(IncomingMessage.original.is_not(None))
    return tuple(len(session.scalars(it).all()) for it in (recipients, received))


def notices_of(session):
    session.rollback()
    is_told = OutboxMessage.dedup_key.startswith(gaps.PREFIX)
    return session.scalars(sa.select(OutboxMessage.created_at).where(is_told)).all()


def test_nothing_goes_under_a_clock_that_jumped_and_came_back(app, session):
    start = now()
    erase(session, app, start)
    lines = erase(session, app, start + AHEAD)
    erase(session, app, start + AHEAD + 2 * DAY)
    erase(session, app, start + 3 * DAY)

    assert left(session) == (1, 1)
    assert notices_of(session) == [start + AHEAD]
    assert lines[0].startswith("Après un arrêt du site ou un saut de l'horloge")


def test_what_is_due_goes_three_days_after_the_notice(app, session):
    start = now()
    for at in (start, *(start + AHEAD + number * DAY for number in range(3))):
        erase(session, app, at)
    before = left(session)

    erase(session, app, start + AHEAD + 3 * DAY)

    assert (before, left(session)) == ((1, 1), (0, 0))
    assert len(notices_of(session)) == 1


def test_daily_erasures_wait_for_nothing(app, session):
    start = now()
    for number in range(32):
        erase(session, app, start + number * DAY)

    assert left(session) == (0, 0)
    assert notices_of(session) == []


def test_notice_of_a_clock_that_was_ahead_holds_up_nothing_later(app, session):
    start = now()
    erase(session, app, start)
    erase(session, app, start + AHEAD)
    for number in range(1, 32):
        erase(session, app, start + number * DAY)

    assert left(session) == (0, 0)


def test_notice_and_home_page_say_what_waits_and_why(app, session):
    erase(session, app, now() - AHEAD)
    retention_apply.apply(session(), app.config, now(), dry_run=False)
    (notice,) = gaps.notices(session(), now())
    letter = render(notices.KIND, "fr", [notice], "org@exemple.fr")
    organiser = Browser(app)
    organiser.enter("org@exemple.fr")
    page = organiser.get("/organisation/").text

    for text in (letter.text, page):
        shown = " ".join(straight(text).replace("&#39;", "'").replace("’", "'").split())
        assert "recommencera à effacer pour de bon les courriels" in shown
        assert "son horloge a sauté" in shown
        assert "du tour «" not in shown


def test_count_before_erasing_says_that_it_waits(app, session):
    erase(session, app, now())

    lines = retention_apply.apply(session(), app.config, now() + AHEAD, dry_run=True)

    assert lines[0].startswith("Après un arrêt du site")
    assert notices_of(session) == []
