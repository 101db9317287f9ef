"""The space and its short receipts: what comes next, what was sent, the measures by axis."""

import html
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.clock import now
from consultation.mail.models import OutboxMessage
from consultation.plan.models import Axis
from consultation.questionnaires.publication import publish
from tests.factories import make_measure
from tests.responses.conftest import Form, hidden

SPACE = "/contributions/"
OPENED = re.compile(r"/contributions/ouvrir/[\w.-]+")


@pytest.fixture
def other(session, consultation_round, measure):
    """A second measure, of an axis of its own."""
    added = make_measure(session, "T8")
    axis = Axis(plan_id=measure.axis.plan_id, code="Z", title={"fr": "Autre axe"}, position=99)
    session.add(axis)
    added.axis = axis
    session.flush()
    publish.publish(session, consultation_round, now())
    session.commit()
    return added


@pytest.fixture
def first(client, form, other):
    """The receipt of a first contribution."""
    sent = form.data(email="jeanne@exemple.fr", T7_1__relevance="7")
    return client.post(form.path, data=sent, follow_redirects=True)


def in_space(client, session, measure, **answers):
    path = f"/contributions/mesures/{measure.code}"
    key = hidden(client.get(path), "submission_key")
    data = Form(session, measure).data(key=key, email="jeanne@exemple.fr", **answers)
    return client.post(path, data=data, follow_redirects=True)


def plain(page):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page.text)))


def test_first_receipt_names_the_next_measure_beside_another(client, first, other):
    text = plain(first)

    assert f"Mesure suivante : {other.title['fr']}" in text
    assert "Choisir une autre mesure" in text
    assert "Vos informations seront déjà remplies." in text
    chosen = client.post(OPENED.search(first.text)[0], data={"intent": "choose"})
    assert chosen.location.endswith("/contributions/#measures")


def test_second_receipt_is_short(client, first, session, other):
    client.post(OPENED.search(first.text)[0])

    page = in_space(client, session, other)

    assert "Enregistré, n°" in page.text
    assert not OPENED.search(page.text)
    assert "Votre lien personnel" not in page.text
    assert "Choisir une autre mesure" in page.text
    assert "Mesure suivante" not in page.text  # none is left
    assert 'href="/contributions/"' in page.text


def test_receipt_is_short_only_where_the_space_is_open(app, client, first, session, other):
    client.post(OPENED.search(first.text)[0])
    address = in_space(client, session, other).request.path

    page = app.test_client().get(address)

    assert page.status_code == 200
    assert "Enregistré, n°" not in page.text


def test_delayed_acknowledgement_comes_with_the_others(app, client, first, session, other):
    app.config["MAIL_SERVER"] = "127.0.0.1"
    client.post(OPENED.search(first.text)[0])
    receipt = in_space(client, session, other).request.path
    due_at = now() + timedelta(hours=2)
    session.execute(sa.update(OutboxMessage).values(next_attempt_at=due_at))
    session.commit()

    assert "dans les heures qui viennent, avec ceux de vos autres contributions" in (
        client.get(receipt).text.replace("’", "'")
    )


def test_space_folds_the_axes_in_which_nothing_was_begun(client, first, measure, other):
    client.post(OPENED.search(first.text)[0])

    page = client.get(SPACE).text

    chapters = re.findall(r'<details class="chapter"( open)?>(.*?)</details>', page, re.S)
    assert [(bool(is_open), "1 sur 1" in content) for is_open, content in chapters] == [
        (True, True), (False, False),
    ]  # fmt: skip
    order = ["Mesure suivante", "Ce que j’ai envoyé", "Toutes les mesures", "Copier, retirer"]
    assert sorted(order, key=page.index) == order
    assert page.index("Fermer mon espace") < page.index("Vous avez répondu")


def test_space_finds_measures_by_words(client, first, measure, other):
    client.post(OPENED.search(first.text)[0])

    found = client.get(SPACE, query_string={"q": "T8"}).text
    nothing = client.get(SPACE, query_string={"q": "zzz"}).text

    assert re.findall(r"<b>(\w+)</b>", found) == ["T8"]
    assert "1 mesure trouvée" in found
    assert "Aucune mesure ne contient ces mots" in nothing
    assert 'value="zzz"' in nothing


def test_space_and_copy_say_what_a_rating_is_out_of(client, first):
    client.post(OPENED.search(first.text)[0])

    assert "<dd>7 sur 9</dd>" in client.get(SPACE).text
    assert "7 sur 9" in client.get("/contributions/copie").text
    assert "7 out of 9" in client.get("/en/contributions/").text


def test_closed_space_thanks_and_invites_to_nothing(client, first, consultation_round):
    with time_machine.travel(consultation_round.closes_at + timedelta(minutes=1), tick=False):
        client.post(OPENED.search(first.text)[0])
        text = plain(client.get(SPACE))

    assert "La consultation est terminée" in text
    assert "Merci." in text
    for inviting in ("Mesure suivante", "Toutes les mesures", "Corriger", "corriger chaque"):
        assert inviting not in text


def test_receipt_of_a_closed_round_thanks_and_invites_to_nothing(
    client, form, other, consultation_round
):
    with time_machine.travel(consultation_round.closes_at - timedelta(minutes=5), tick=False):
        address = client.post(form.path, data=form.data()).location
    with time_machine.travel(consultation_round.closes_at + timedelta(minutes=5), tick=False):
        text = plain(client.get(address))

    assert "votre contribution est arrivée à temps. Merci." in text
    assert "Mesure suivante" not in text
    assert "Choisir une autre mesure" not in text
    assert "Ouvrir mon espace" in text
