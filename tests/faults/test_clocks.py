"""Clocks that jump, nights that are long or short: rounds end on time and mails leave once."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.clock import now
from consultation.crypto.keyring import keyring
from consultation.mail import outbox
from consultation.mail.models import MessageStatus
from consultation.questionnaires.models import Round
from consultation.questionnaires.publication import publish
from consultation.questionnaires.rounds.forms import moment_of
from consultation.responses.models import Response
from tests.factories import make_measure, make_round
from tests.mail.builders import START, deliver, enqueue, messages
from tests.responses.conftest import Form
from tests.responses.conftest import consultation_round as consultation_round
from tests.responses.conftest import form as form
from tests.responses.conftest import measure as measure

pytestmark = pytest.mark.once
SECOND, GRACE = timedelta(seconds=1), timedelta(hours=2)
NIGHTS = {
    "clocks go back": (date(2026, 10, 25), time(2, 30), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    "clocks go on": (date(2027, 3, 28), time(3, 30), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
    "leap day": (date(2028, 2, 29), time(23, 59), datetime(2028, 2, 29, 22, 59, tzinfo=UTC)),
    "year 2038": (date(2038, 1, 19), time(4, 15), datetime(2038, 1, 19, 3, 15, tzinfo=UTC)),
}
JUMPS = {"an hour": timedelta(hours=1), "a day": timedelta(days=1)}


@pytest.mark.parametrize("night", NIGHTS)
def test_round_closes_at_its_second_in_paris(client, session, night, recorded):
    day, hour, closes_at = NIGHTS[night]
    assert moment_of(day, hour, is_end=True) == closes_at
    measure = make_measure(session, "T7")
    with time_machine.travel(closes_at - timedelta(days=3), tick=False):
        make_round(session, closes_at - timedelta(days=2), closes_at)
        session.commit()
    form = Form(session, measure)

    def at(moment, ask):
        with time_machine.travel(moment, tick=False):
            return ask().status_code

    def post(sent):
        return lambda: client.post(form.path, data=sent)

    with time_machine.travel(closes_at - SECOND, tick=False):
        before, last, late = form.data(), form.data(), form.data()
    with time_machine.travel(closes_at, tick=False):
        after = form.data()

    assert at(closes_at - SECOND, post(before)) == 303
    assert at(closes_at + GRACE - SECOND, post(last)) == 303
    assert at(closes_at + GRACE, post(late)) == 403
    assert at(closes_at, post(after)) == 403
    with time_machine.travel(closes_at - SECOND, tick=False):
        assert "submission_key" in client.get(form.path).text
    with time_machine.travel(closes_at, tick=False):
        assert "submission_key" not in client.get(form.path).text
    recorded(f"R9 closing, {night}", "honoured to the second")


@pytest.mark.parametrize("jump", JUMPS)
def test_no_mail_is_lost_or_sent_twice_while_the_clock_jumps(session, app, jump, recorded):
    delivered = Counter()
    with time_machine.travel(START, tick=False) as clock:
        for number, step in enumerate([JUMPS[jump], -JUMPS[jump], -JUMPS[jump], JUMPS[jump]]):
            enqueue(session, f"CODE-{number}A", f"a{number}@exemple.fr", now())
            clock.shift(step)
            enqueue(session, f"CODE-{number}B", f"b{number}@exemple.fr", now())
            delivered.update(sent=deliver(session, app)[0])
        clock.shift(JUMPS[jump] + timedelta(hours=1))  # what was owed by a clock ahead waits for it
        delivered.update(sent=deliver(session, app)[0])

    assert outbox.counts(session)[MessageStatus.SENT] == 8
    assert delivered["sent"] == 8
    assert len({it.dedup_key for it in messages(session)}) == 8
    recorded(f"R9 mail while the clock jumps by {jump}", {"owed": 8, "lost": 0, "dup": 0})


@pytest.mark.parametrize("jump", JUMPS)
def test_responses_follow_each_other_by_number_whatever_the_clock_says(client, form, session, jump):
    keys = [form.data(suggestions=f"Texte {number}") for number in range(3)]
    at = datetime.now(UTC)

    for sent, moment in zip(keys, (at, at - JUMPS[jump], at + JUMPS[jump]), strict=True):
        with time_machine.travel(moment, tick=False):
            assert client.post(form.path, data=sent).status_code == 303

    stored = session.scalars(sa.select(Response).order_by(Response.id)).all()
    texts = [it.text for one in stored for it in one.answers if it.text]
    assert texts == ["Texte 0", "Texte 1", "Texte 2"]
    assert len({one.receipt_code for one in stored}) == 3


def test_form_of_yesterday_is_taken_though_key_form_and_cookies_have_changed(
    app, client, form, session, settings
):
    with time_machine.travel(datetime.now(UTC) - timedelta(hours=26), tick=True):
        sent = form.data()
    form.measure.title = {"fr": "Nouveau titre"}
    publish.publish(session, session.scalars(sa.select(Round)).one(), datetime.now(UTC))
    session.commit()
    secret = settings["KEYS_DIR"] / "secret_key"
    before = secret.read_text()
    secret.write_text("une-nouvelle-cle-" + "a" * 48 + "\n" + before)
    keyring.load(settings["KEYS_DIR"])

    answer = app.test_client().post(form.path, data=sent)

    secret.write_text(before)
    keyring.load(settings["KEYS_DIR"])
    assert answer.status_code == 303
    assert session.scalars(sa.select(Response)).one().questionnaire.version == 1
