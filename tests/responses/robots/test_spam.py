"""Spam signals are stored and marked; a crowd behind one address is not refused."""

from datetime import timedelta

import sqlalchemy as sa
import time_machine

from consultation.clock import now
from consultation.responses.models import Submission


def doubts(session):
    session.rollback()
    return session.scalars(sa.select(Submission.doubt).order_by(Submission.id)).all()


def test_filled_trap_is_stored_and_marked(client, form, session):
    page = client.post(form.path, data=form.data() | {"website": "x"}, follow_redirects=True)

    assert "est enregistrée" in page.text
    assert doubts(session) == ["trap"]


def test_form_sent_at_once_is_stored_and_marked_and_a_slow_one_is_not(client, form, session):
    quick, slow = form.data(), form.data()

    client.post(form.path, data=quick)
    with time_machine.travel(now() + timedelta(seconds=6), tick=False):
        client.post(form.path, data=slow)

    assert doubts(session) == ["quick", None]


def test_trap_is_out_of_reach_of_the_keyboard_and_of_screen_readers(client, form):
    page = client.get(form.path)

    assert '<p class="trap" aria-hidden="true">' in page.text
    assert 'name="website" tabindex="-1" autocomplete="off"' in page.text


def test_forty_people_behind_one_address_in_an_hour_are_all_taken(client, form, session):
    statuses = [client.post(form.path, data=form.data()).status_code for _ in range(40)]

    assert set(statuses) == {303}
    assert len(doubts(session)) == 40


def test_beyond_the_cap_a_form_is_shown_again_whole(client, app, form, session):
    app.config["FORM_CAP"] = 2
    for _ in range(2):
        client.post(form.path, data=form.data())

    refused = client.post(form.path, data=form.data(suggestions="Mon long texte"))
    with time_machine.travel(now() + timedelta(hours=1, minutes=1), tick=False):
        later = client.post(form.path, data=form.data())

    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "60"
    assert "Mon long texte" in refused.text
    assert later.status_code == 303
    assert len(doubts(session)) == 3
