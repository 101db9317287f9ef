"""Forms of a space: more responses of one respondent, and their revisions."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.clock import now
from consultation.mail.models import OutboxMessage
from consultation.moderation.models import ModeratedText, TextState
from consultation.responses.models import PersonalLink, Respondent, Response
from tests.factories import key_for, publish_again, screen_all
from tests.responses.conftest import Form, hidden
from tests.responses.two_measures import consultation_round as consultation_round
from tests.responses.two_measures import other_measure as other_measure

SPACE_FORM = "/contributions/mesures/T7"


@pytest.fixture
def link(client, other_measure, form):
    """The path of the link of somebody who answered on T7, with an address."""
    sent = form.data(suggestions="Mon avis", email="jeanne@exemple.fr", organisation="L'Élan")
    page = client.post(form.path, data=sent, follow_redirects=True)
    return re.search(r"(/contributions/ouvrir/[\w.-]+)", page.text)[1]


def responses(session):
    session.rollback()
    return session.scalars(sa.select(Response).order_by(Response.id)).all()


def send(client, form, page, path=SPACE_FORM, **answers):
    data = form.data(key=hidden(page, "submission_key"), **answers)
    return client.post(path, data=data, follow_redirects=True)


def test_opening_the_link_is_noted_once(client, link, session):
    at = now()
    for days in (1, 2):
        with time_machine.travel(at + timedelta(days=days), tick=False):
            client.post(link)

    opened_at = session.scalars(
        sa.select(PersonalLink.opened_at).where(PersonalLink.holder == "respondent")
    ).one()
    assert opened_at == at + timedelta(days=1)


def test_form_opens_with_what_was_answered_and_who_answered(client, link, form):
    client.post(link)

    page = client.get(SPACE_FORM)

    assert "Mon avis" in page.text
    assert 'value="jeanne@exemple.fr"' in page.text
    assert "L&#39;Élan" in page.text
    assert page.headers["Cache-Control"] == "no-store, private"


def test_form_of_the_space_revises_the_response_on_that_measure(client, link, form, session):
    client.post(link)

    sent = send(client, form, client.get(SPACE_FORM), suggestions="Mon avis, corrigé")

    first, second = responses(session)
    assert sent.status_code == 200
    assert (first.superseded_at is None, second.superseded_at) == (False, None)
    assert (second.respondent_id, second.revision) == (first.respondent_id, 2)


def test_form_revised_in_another_language_is_acknowledged_in_that_one(client, link, form, session):
    client.post(link)

    page = client.get(f"/en{SPACE_FORM}")
    send(client, form, page, f"/en{SPACE_FORM}", suggestions="My opinion", email="j@exemple.fr")

    assert len(responses(session)) == 2
    queued = session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert [message.locale for message in queued] == ["fr", "en"]
    assert "/en/contributions/ouvrir/" in queued[1].parameters
    assert session.scalars(sa.select(Respondent.locale)).one() == "en"


def test_mail_to_an_ended_space_is_in_the_language_of_its_respondent(
    client, link, other_measure, session
):
    client.post(link)
    path = "/en/contributions/mesures/T8"
    page = client.get(path)
    client.post("/contributions/fermer")

    send(client, Form(session, other_measure), page, path, suggestions="Too late")

    session.rollback()
    queued = session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert [message.locale for message in queued] == ["fr", "fr"]
    assert "/en/contributions/ouvrir/" not in queued[1].parameters


def test_form_on_another_measure_joins_the_same_respondent(client, link, session, other_measure):
    client.post(link)
    other = Form(session, other_measure)

    page = client.get("/contributions/mesures/T8")
    send(client, other, page, "/contributions/mesures/T8", suggestions="Et ceci")
    space = client.get("/contributions/")

    first, second = responses(session)
    assert second.respondent_id == first.respondent_id
    assert (second.revision, first.superseded_at) == (1, None)
    assert session.scalar(sa.select(sa.func.count()).select_from(Respondent)) == 1
    assert "Et ceci" in space.text
    assert space.text.count('class="state sent">envoyée') == 2


def test_form_sent_twice_gives_one_revision(client, link, form, session):
    client.post(link)
    page = client.get(SPACE_FORM)

    for _ in range(3):
        send(client, form, page, suggestions="Mon avis, corrigé")

    assert len(responses(session)) == 2


def test_form_whose_space_was_closed_is_shown_again_whole(client, link, form, session):
    client.post(link)
    page = client.get(SPACE_FORM)
    client.post("/contributions/fermer")

    refused = send(client, form, page, suggestions="Longuement mûri")
    client.post(link)
    accepted = send(client, form, refused, suggestions="Longuement mûri")

    assert refused.status_code == 409
    assert "Votre espace s’est refermé" in refused.text
    assert "Longuement mûri" in refused.text
    assert "est enregistrée" in accepted.text
    assert len(responses(session)) == 2


def test_form_whose_space_has_ended_is_still_sent_and_shows_one_receipt(
    client, link, other_measure, session
):
    client.post(link)
    path = "/contributions/mesures/T8"
    form = Form(session, other_measure)
    page = client.get(path)
    client.post("/contributions/fermer")

    sent = send(client, form, page, path, suggestions="Fini trop tard", organisation="Autre")
    again = send(client, form, page, path, suggestions="Fini trop tard", organisation="Autre")

    first, second = responses(session)
    assert "est enregistrée" in sent.text
    assert second.receipt_code in sent.text
    assert second.receipt_code in again.text
    assert "/contributions/ouvrir/" not in sent.text
    assert second.respondent_id == first.respondent_id
    assert session.scalars(sa.select(Respondent)).one().organisation == "L'Élan"


@pytest.mark.parametrize("gave_an_address", [True, False])
def test_link_of_an_ended_space_goes_to_nobody_but_its_respondent(
    app, client, form, other_measure, session, gave_an_address
):
    """Who sits there now may be somebody else: what they type as an address gets no link."""
    app.config["MAIL_SERVER"] = "127.0.0.1"
    address = {"email": "jeanne@exemple.fr"} if gave_an_address else {}
    answered = client.post(form.path, data=form.data(**address), follow_redirects=True)
    client.post(re.search(r"(/contributions/ouvrir/[\w.-]+)", answered.text)[1])
    path = "/contributions/mesures/T8"
    page = client.get(path)
    client.post("/contributions/fermer")

    sent = send(client, Form(session, other_measure), page, path, email="intrus@exemple.fr")

    assert len(responses(session)) == 2
    queued = session.scalars(sa.select(OutboxMessage.recipient)).all()
    assert queued == (["jeanne@exemple.fr"] * 2 if gave_an_address else [])
    assert ("part à l’adresse que vous aviez donnée" in sent.text) is gave_an_address
    assert ("Aucun courriel ne partira cette fois" in sent.text) is not gave_an_address
    assert "Vous n’avez pas laissé d’adresse" not in sent.text


def test_form_of_another_s_space_changes_nothing_of_theirs(client, app, link, form, session):
    client.post(link)
    page = client.get(SPACE_FORM)
    stranger = app.test_client()
    own = stranger.post(form.path, data=form.data(suggestions="Autre"), follow_redirects=True)
    stranger.post(re.search(r"(/contributions/ouvrir/[\w.-]+)", own.text)[1])

    refused = send(stranger, form, page, suggestions="Intrus")

    assert refused.status_code == 409
    assert "Mon avis" not in refused.text
    assert [response.superseded_at for response in responses(session)] == [None, None]


def test_key_of_the_public_form_asks_to_confirm_in_the_space(client, link, form, session):
    client.post(link)

    data = form.data(key=key_for(form.instrument), suggestions="D'un autre onglet")
    answer = client.post(SPACE_FORM, data=data)
    confirmed = send(client, form, answer, suggestions="D'un autre onglet")

    assert answer.status_code == 400
    assert "est enregistrée" in confirmed.text
    assert responses(session)[1].revision == 2


def test_without_an_open_space_there_is_no_form(client, form):
    page = client.get(SPACE_FORM)

    assert page.status_code == 403
    assert "Votre espace est fermé" in page.text
    assert client.get("/contributions/mesures/INCONNU").status_code == 404


def test_answers_to_an_earlier_version_open_in_the_new_one(client, link, form, session):
    publish_again(session, form.measure)
    client.post(link)

    page = client.get(SPACE_FORM)
    new = Form(session, form.measure)
    send(client, new, page, suggestions="Mon avis sur la nouvelle version")

    first, second = responses(session)
    assert "Mon avis" in page.text
    assert second.questionnaire_id != first.questionnaire_id
    assert (first.superseded_at is not None, second.revision) == (True, 2)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (None, "n’a pas encore été relu"),
        (TextState.WAITING, "n’a pas encore été relu"),
        (TextState.PUBLISHED, "peut être publié tel quel"),
        (TextState.WITHHELD, "ne sera pas publié"),
    ],
)
def test_space_says_what_became_of_each_text(client, link, session, state, sentence):
    if state is not None:
        screen_all(session)
        session.scalars(sa.select(ModeratedText)).one().state = state
        session.commit()

    client.post(link)
    space = client.get("/contributions/")

    assert sentence in space.text
