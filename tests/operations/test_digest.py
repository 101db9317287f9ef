"""The daily digest: once to each organiser, counts only, and silence when nothing happened."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
import time_machine

from consultation.accounts.models import Role
from consultation.mail import rendering
from consultation.mail.models import OutboxMessage
from consultation.operations import reports
from tests.accounts.builders import make_account
from tests.factories import form_data, instrument_of, key_for, make_measure, make_round

NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)


def answer(client, session, count):
    measure = make_measure(session, "T7")
    make_round(session, opens_at=NOON - timedelta(days=2), closes_at=NOON + timedelta(days=20))
    session.commit()
    paths = instrument_of(session, measure)
    with time_machine.travel(NOON, tick=False):
        for _ in range(count):
            data = form_data(paths, capacity="citizen", suggestions="Un secret à ne pas écrire")
            client.post("/mesures/T7/contribuer", data=data | {"submission_key": key_for(paths)})


def messages(session):
    session.rollback()
    return session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()


def test_each_organiser_gets_one_digest_of_the_day_before(client, session):
    for name, role in (("a", Role.ORGANISER), ("b", Role.ORGANISER), ("c", Role.MODERATOR)):
        make_account(session, f"{name}@association.example", role)
    answer(client, session, 3)

    counts = [
        reports.enqueue_digest(session(), MORNING + timedelta(minutes=10 * n)) for n in range(3)
    ]

    assert counts == [2, 0, 0]
    assert [row.recipient for row in messages(session)] == [
        "a@association.example",
        "b@association.example",
    ]


def test_digest_tells_of_acknowledgements_that_wait_for_an_administrator(app):
    counted = reports.Digest("2026-11-24", 0, 0, 0, 0, held=2)

    letter = rendering.render(reports.DIGEST, "fr", [counted], "a@association.example")

    assert counted.is_worth_a_mail
    for text in (letter.text, letter.html):
        assert "2 accusés de réception attendent" in " ".join(text.replace("\xa0", " ").split())


def test_digest_counts_and_quotes_nothing(app, client, session):
    make_account(session, "a@association.example", Role.ORGANISER)
    answer(client, session, 3)
    counted = reports.count(session(), datetime(2026, 11, 24, tzinfo=reports.PARIS))

    letter = rendering.render(reports.DIGEST, "fr", [counted], "a@association.example")

    assert letter.subject == "3 contributions reçues hier"
    assert "le 24 novembre 2026" in letter.text.replace("\xa0", " ")
    assert "3 contributions, sur 1 formulaire" in letter.text.replace("\xa0", " ")
    assert "https://consultation.example/organisation/" in letter.text
    assert "secret" not in letter.text + letter.html


def test_quiet_day_gives_no_digest(session):
    make_account(session, "a@association.example", Role.ORGANISER)

    assert reports.enqueue_digest(session(), MORNING) == 0
    assert messages(session) == []


def test_digest_waits_for_the_morning(client, session):
    make_account(session, "a@association.example", Role.ORGANISER)
    answer(client, session, 1)

    before = reports.enqueue_digest(session(), MORNING - timedelta(hours=1))
    after = reports.enqueue_digest(session(), MORNING)

    assert (before, after) == (0, 1)
