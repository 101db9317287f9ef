"""Circulars: one mail to each of many, once, whoever else is at work."""

import contextlib
import threading
import time

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Account
from consultation.clock import now
from consultation.db.base import writing
from consultation.mail import circulars, suppression
from consultation.mail.circulars import Mail
from consultation.mail.models import MessageStatus, OutboxMessage, SuppressionReason
from consultation.mail.outbox import Caps
from consultation.responses.submission.acknowledgement import KIND
from consultation.work.services import Work
from tests.accounts.builders import make_account
from tests.invitations.builders import ORGANISER
from tests.jobs.builders import beside, side_by_side
from tests.mail.builders import make_acknowledgement

pytestmark = pytest.mark.database

ADDRESSES = ["anne@exemple.fr", "paul@exemple.fr", "zoe@exemple.fr"]


def mail_to(address, _at=None, key="d'un jour"):
    parameters = make_acknowledgement()
    return Mail(circulars.key_of(KIND, key, address), address, "fr", parameters)


def due():
    """Accounts that were not written to: any table has rows to write to."""
    is_written = circulars.is_written(KIND, "d'un jour", Account.email)
    return sa.select(Account.email).where(~is_written).order_by(Account.id)


def make_accounts(session):
    for address in ADDRESSES:
        make_account(session, address)
    session.commit()


def stored(session):
    session.rollback()
    rows = session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id))
    return [(row.recipient, row.status) for row in rows.all()]


def queued(*addresses):
    return [(address, MessageStatus.QUEUED) for address in addresses]


def test_circular_is_enqueued_to_each_once(session):
    make_accounts(session)

    counts = [circulars.enqueue_each(session, KIND, due(), mail_to) for _ in range(2)]

    assert counts == [3, 0]
    assert stored(session) == queued(*ADDRESSES)


def test_circular_to_a_suppressed_address_is_stored_and_counts_for_none(session):
    make_accounts(session)
    with writing(session):
        suppression.suppress_address(session, ADDRESSES[1], SuppressionReason.NOT_ME, now())

    counts = [circulars.enqueue_each(session, KIND, due(), mail_to) for _ in range(2)]

    assert counts == [2, 0]
    assert [status for _, status in stored(session)].count(MessageStatus.SUPPRESSED) == 1


def test_circular_keeps_what_was_enqueued_before_a_failure(session):
    make_accounts(session)

    def mail_of(address, at):
        if address == ADDRESSES[1]:
            raise ZeroDivisionError
        return mail_to(address)

    with contextlib.suppress(ZeroDivisionError):
        circulars.enqueue_each(session, KIND, due(), mail_of)

    assert stored(session) == queued(ADDRESSES[0])


def test_circular_leaves_out_whom_the_feature_finds_not_due_any_more(session):
    make_accounts(session)

    def mail_of(address, at):
        return None if address == ADDRESSES[0] else mail_to(address)

    assert circulars.enqueue_each(session, KIND, due(), mail_of) == 2
    assert stored(session) == queued(*ADDRESSES[1:])


def test_circular_under_caps_counts_among_the_mails_of_the_day(session):
    make_accounts(session)

    assert circulars.enqueue_each(session, KIND, due(), mail_to, Caps(0)) == 0
    assert {status for _, status in stored(session)} == {MessageStatus.SUPPRESSED}


def test_circular_about_an_event_is_enqueued_once_though_recipients_join(session):
    def enqueue(*addresses):
        prefix = circulars.key_of(KIND, "d'un jour", "")
        mails = map(mail_to, addresses)
        return circulars.enqueue_once(session, KIND, prefix, lambda: mails, now())

    assert (enqueue(), enqueue(*ADDRESSES[:2]), enqueue(*ADDRESSES)) == (0, 2, 0)
    assert stored(session) == queued(*ADDRESSES[:2])


def test_circular_about_an_event_of_two_workers_is_enqueued_once(session, app):
    is_begun = threading.Event()

    def slowly():
        is_begun.set()
        time.sleep(0.3)  # the other worker has found none, and waits
        return map(mail_to, ADDRESSES)

    def enqueue(own, mails):
        prefix = circulars.key_of(KIND, "d'un jour", "")
        circulars.enqueue_once(own, KIND, prefix, mails, now())

    def enqueue_beside(own):
        is_begun.wait()
        enqueue(own, lambda: map(mail_to, ADDRESSES))

    side_by_side(beside(app, lambda own: enqueue(own, slowly)), beside(app, enqueue_beside))

    assert stored(session) == queued(*ADDRESSES)


def test_circular_about_another_event_is_another(session):
    for day in ("lundi", "mardi"):
        circulars.enqueue_once(
            session,
            KIND,
            circulars.key_of(KIND, day, ""),
            lambda day=day: [mail_to(ADDRESSES[0], key=day)],
            now(),
        )

    assert len(stored(session)) == 2


def test_circular_of_two_workers_is_enqueued_once(session, app):
    make_accounts(session)

    def mail_of(own, address, at):
        account = own.scalar(sa.select(Account).where(Account.email == address).with_for_update())
        still = due().where(Account.id == account.id)
        return mail_to(address) if own.scalar(still) else None

    work = beside(
        app,
        lambda own: circulars.enqueue_each(
            own, KIND, due(), lambda address, at: mail_of(own, address, at)
        ),
    )
    side_by_side(work, work)

    assert stored(session) == queued(*ADDRESSES)


def test_key_is_the_same_in_a_query_as_in_a_row(session):
    column = circulars.key_column(KIND, 7, sa.literal("tour-1"), sa.literal(12))

    assert session.scalar(sa.select(column)) == circulars.key_of(KIND, 7, "tour-1", 12)
    assert circulars.key_of(KIND, 7, "tour-1", 12) == "acknowledgement:7:tour-1:12"


def test_circular_is_tried_out_on_the_actor_in_each_of_its_languages(session):
    work = Work(session, ORGANISER, now())
    parameters = {locale: make_acknowledgement() for locale in ("fr", "en")}
    with writing(session):
        count = circulars.try_out(work, KIND, parameters)

    rows = session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert count == 2
    assert [(row.locale, row.recipient) for row in rows] == [
        ("fr", ORGANISER.email),
        ("en", ORGANISER.email),
    ]
    assert {row.dedup_key.partition(":")[0] for row in rows} == {"acknowledgement_test"}
