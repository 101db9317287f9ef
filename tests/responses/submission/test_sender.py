"""Ownership of a public form while a space is open: asked, never guessed."""

import re

import pytest
import sqlalchemy as sa
import time_machine

from consultation.clock import now
from consultation.db.base import writing
from consultation.mail.models import OutboxMessage
from consultation.questionnaires.models import Round
from consultation.responses.models import Contact, Draft, Respondent, Response
from consultation.responses.space import sessions
from tests.factories import instrument_of, key_for, make_round
from tests.responses.conftest import Form, hidden
from tests.responses.two_measures import consultation_round as consultation_round
from tests.responses.two_measures import other_form as other_form
from tests.responses.two_measures import other_measure as other_measure

pytestmark = pytest.mark.database

ASKED = "Un espace est ouvert dans ce navigateur"
HERE, APART = {"intent": "send-here"}, {"intent": "send-apart"}


@pytest.fixture
def opened(client, form, other_form):
    """The browser of somebody who has answered on T7 with an address, their space open."""
    sent = form.data(email="jeanne@exemple.fr", organisation="L'Élan")
    page = client.post(form.path, data=sent, follow_redirects=True)
    client.post(re.search(r"/contributions/ouvrir/[\w.-]+", page.text)[0])
    return client


@pytest.fixture
def data(other_form):
    return other_form.data(suggestions="Sur la formation")


def send(client, form, data, **options):
    return client.post(form.path, data=data, **options)


def stored(session):
    """How many people there are, and how many responses."""
    session.rollback()
    return tuple(
        session.scalar(sa.select(sa.func.count()).select_from(model))
        for model in (Respondent, Response)
    )


def test_sending_asks_whose_it_is_and_stores_nothing(opened, other_form, data, session):
    answer = send(opened, other_form, data)

    assert answer.status_code == 409
    assert ASKED in answer.text
    assert "Sur la formation" in answer.text
    assert answer.text.index('value="send-here"') < answer.text.index('value="send-apart"')
    assert hidden(answer, "submission_key") == data["submission_key"]
    assert stored(session) == (1, 1)


def test_form_with_a_fault_shows_the_fault_before_it_asks(opened, other_form, data, session):
    page = send(opened, other_form, data | {other_form.name("capacity"): ""})

    assert page.status_code == 422
    assert ASKED not in page.text


def test_sent_here_it_joins_the_space_once_however_often_the_button_is_pressed(
    opened, other_form, data, session
):
    pages = [send(opened, other_form, data | HERE, follow_redirects=True) for _ in range(2)]

    assert all("est enregistrée" in page.text for page in pages)
    assert stored(session) == (1, 2)
    assert "Sur la formation" in opened.get("/contributions/").text


def test_sent_here_it_leaves_what_is_known_of_who_answers(opened, other_form, data, session):
    """The public form was given out blank: who leaves a field blank has taken nothing back."""
    send(opened, other_form, data | HERE)

    session.rollback()
    assert session.scalars(sa.select(Contact.address)).one() == "jeanne@exemple.fr"
    assert session.scalars(sa.select(Respondent.organisation)).one() == "L'Élan"
    recipients = session.scalars(sa.select(OutboxMessage.recipient)).all()
    assert recipients == ["jeanne@exemple.fr"] * 2


def test_sent_here_it_says_what_it_says_of_who_answers(opened, other_form, session):
    data = other_form.data(email="j.martin@exemple.fr", organisation="Le Relais")
    send(opened, other_form, data | HERE)

    session.rollback()
    assert session.scalars(sa.select(Contact.address)).one() == "j.martin@exemple.fr"
    assert session.scalars(sa.select(Respondent.organisation)).one() == "Le Relais"


def test_sent_apart_it_is_another_person_and_touches_nothing_of_the_space(
    opened, other_form, data, session
):
    page = send(opened, other_form, data | APART, follow_redirects=True)

    assert "est enregistrée" in page.text
    assert stored(session) == (2, 2)
    assert "Sur la formation" not in opened.get("/contributions/").text
    again = send(opened, other_form, data, follow_redirects=True)
    assert "est enregistrée" in again.text, "the same click again is asked nothing"
    assert stored(session) == (2, 2)


def test_sent_here_over_what_was_answered_it_shows_both_and_replaces_nothing(opened, form, session):
    data = form.data(suggestions="Un autre avis")

    answer = send(opened, form, data | HERE)

    assert answer.status_code == 409
    assert "Une autre version a été envoyée entre-temps" in answer.text
    assert 'action="/contributions/mesures/T7"' in answer.text
    assert stored(session) == (1, 1)
    path = "/contributions/mesures/T7"
    sent = data | {"submission_key": hidden(answer, "submission_key")}
    assert "est enregistrée" in opened.post(path, data=sent, follow_redirects=True).text
    assert stored(session) == (1, 2)


def test_what_is_sent_apart_and_was_sent_before_is_asked_about_once(
    opened, other_form, data, session
):
    """Two questions, each answered once: whose it is, then whether it is to be stored again."""
    send(opened, other_form, other_form.data(suggestions="Sur la formation " * 4) | APART)
    again = other_form.data(suggestions="Sur la formation " * 4)

    answer = send(opened, other_form, again | APART)
    button = re.search(r'name="intent" value="(anyway[^"]*)"', answer.text)[1]
    sent = send(opened, other_form, again | {"intent": button}, follow_redirects=True)

    assert "Avez-vous déjà envoyé ce texte" in answer.text
    assert "est enregistrée" in sent.text
    assert stored(session) == (3, 3)


@pytest.mark.parametrize("intent", ["send-here", "save-here"])
def test_space_closed_meanwhile_is_not_taken_for_none(opened, other_form, data, session, intent):
    opened.post("/contributions/fermer")

    page = send(opened, other_form, data | {"intent": intent})

    assert page.status_code == 409
    assert "Votre espace s’est refermé" in page.text
    assert "Sur la formation" in page.text
    assert stored(session) == (1, 1)
    session.rollback()
    assert session.scalars(sa.select(Draft)).all() == []


def test_space_of_an_earlier_round_asks_nothing(opened, other_form, session, consultation_round):
    session.rollback()
    consultation_round.closes_at = now()
    session.commit()
    later = make_round(session, code="2027")
    session.commit()
    form = Form(session, other_form.measure)
    assert session.get(Round, later.id).is_open(now())

    page = send(opened, form, form.data(), follow_redirects=True)

    assert "est enregistrée" in page.text
    assert stored(session) == (2, 2)


def test_new_contribution_of_a_used_form_is_asked_about_as_well(opened, form, session, client):
    opened.post("/contributions/fermer")
    key = key_for(instrument_of(session, form.measure))
    send(client, form, form.data(key=key))
    session.rollback()
    with writing(session()):
        first = session.scalars(sa.select(Respondent).order_by(Respondent.id)).first()
        token = sessions.open_space(session(), first.id, now())
    client.set_cookie("__Host-space", token, secure=True)
    different = send(client, form, form.data(key=key, suggestions="Autre chose"))
    assert "Ce formulaire a déjà servi" in different.text
    new = form.data(key=hidden(different, "submission_key"), suggestions="Autre chose")

    answer = send(client, form, new | {"intent": "new"})

    assert ASKED in answer.text
    assert stored(session) == (2, 2)


@pytest.mark.every_case
@pytest.mark.parametrize(
    "path", ["/", "/mesures", "/mesures/T8", "/mesures/T8/contribuer", "/rien"]
)
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_header_leads_to_the_open_space_and_nobody_keeps_the_page(app, opened, prefix, path):
    own, strangers = opened.get(prefix + path), app.test_client().get(prefix + path)

    entry = f'<a href="{prefix}/contributions/">'
    assert entry in own.text
    assert own.headers["Cache-Control"] == "no-store, private"
    assert entry not in strangers.text


def test_header_says_nothing_of_a_space_that_was_closed_or_long_unused(opened):
    with time_machine.travel(now() + sessions.IDLE, tick=False):
        assert '<a href="/contributions/">' not in opened.get("/mesures").text
    token = opened.get_cookie("__Host-space").value
    opened.get("/quitter")
    opened.set_cookie("__Host-space", token, secure=True)  # as one that was not taken away
    assert '<a href="/contributions/">' not in opened.get("/mesures").text


def test_receipt_of_one_visitor_is_not_headed_by_the_space_of_another(app, opened, form):
    stranger = app.test_client()
    opened.get("/mesures")
    own = send(opened, form, form.data() | APART, follow_redirects=True)

    other = send(stranger, form, form.data(), follow_redirects=True)

    assert '<a href="/contributions/">' in own.text
    assert '<a href="/contributions/">' not in other.text


def test_measure_is_answered_in_the_space_first_and_apart_second(app, opened):
    page = opened.get("/mesures/T8")

    here, separate = 'href="/contributions/mesures/T8"', 'href="/mesures/T8/contribuer?a-part=1"'
    assert page.text.index(here) < page.text.index(separate)
    assert here not in app.test_client().get("/mesures/T8").text
    assert 'href="/contributions/outil"' in opened.get("/mesures").text


def test_who_has_chosen_to_answer_apart_is_not_asked_again(opened, other_form, session):
    page = opened.get(f"{other_form.path}?a-part=1")
    assert 'name="intent" value="send-apart"' in page.text
    assert 'name="intent" value="save-apart"' in page.text
    data = other_form.data(key=hidden(page, "submission_key"))

    refused = send(opened, other_form, data | APART | {other_form.name("capacity"): ""})
    sent = send(opened, other_form, data | APART, follow_redirects=True)

    assert 'name="intent" value="send-apart"' in refused.text
    assert "est enregistrée" in sent.text
    assert stored(session) == (2, 2)


def test_blank_public_form_leads_to_the_one_of_the_space(opened, other_form):
    assert 'href="/contributions/mesures/T8"' in opened.get(other_form.path).text
    assert 'href="/contributions/mesures/T8"' not in opened.get(f"{other_form.path}?a-part=1").text
