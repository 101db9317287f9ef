"""Whether a response was chosen or proposed by the site: stored with it, through refusals."""

import html
import re
from datetime import UTC, datetime

import sqlalchemy as sa

from consultation.questionnaires.publication import publish
from consultation.questionnaires.rounds import queries
from consultation.responses.models import Response
from tests.factories import make_measure
from tests.pages import visible_text
from tests.responses.conftest import Form, hidden
from tests.responses.two_measures import consultation_round as consultation_round
from tests.responses.two_measures import fields
from tests.responses.two_measures import link as link
from tests.responses.two_measures import other_form as other_form
from tests.responses.two_measures import other_measure as other_measure

PROPOSED = "?proposee=1"


def proposed(session):
    session.rollback()
    return session.scalars(sa.select(Response.is_proposed).order_by(Response.id)).all()


def test_response_to_a_proposed_measure_says_so_also_after_a_refusal(
    client, session, form, other_form
):
    path = form.path + PROPOSED
    refused = client.post(path, data=form.data(capacity=""))
    assert refused.status_code == 422
    action = re.search(r'<form id="form" method="post"( action="[^"]*")?', refused.text)[1]
    assert action is None  # the browser posts to the same address again

    client.post(path, data=form.data())
    client.post(other_form.path, data=other_form.data())

    assert proposed(session) == [True, False]


def test_form_of_a_space_keeps_in_its_action_that_it_was_proposed(
    client, session, link, other_form
):
    client.post(link)
    path = f"/contributions/mesures/{other_form.measure.code}"
    page = client.get(path + PROPOSED)
    assert f'action="{path}{PROPOSED}"' in page.text

    client.post(path + PROPOSED, data=fields(other_form, page))
    correction = client.get(path)
    client.post(path, data=fields(other_form, correction, suggestions="Autre chose."))

    assert proposed(session) == [False, True, True]


def test_blank_form_of_ordinary_visitors_stays_cached_beside_a_proposed_one(client, form):
    first = client.get(form.path)
    client.get(form.path + PROPOSED)
    again = client.get(form.path)

    key = hidden(first, "submission_key")
    assert first.text.replace(key, "") == again.text.replace(hidden(again, "submission_key"), "")
    assert ("page", "fr") in client.application.extensions["consultation_shelf"].take(
        None, form.instrument.public_id
    ).cache


def test_what_was_proposed_along_comes_next_until_nothing_of_it_is_left(
    client, session, form, other_form, other_measure
):
    third = make_measure(session, "T9", title="Tout autre chose")
    publish.publish(session, queries.last(session), datetime.now(UTC))
    session.commit()
    along = f"{PROPOSED}&puis={third.code},{other_measure.code},T404"

    receipt = client.post(form.path + along, data=form.data(), follow_redirects=True)

    assert f"Mesure suivante : {third.title['fr']}" in visible_text(receipt)
    assert hidden(receipt, "puis") == f"{third.code},{other_measure.code}"
    opening = html.unescape(re.search(r'action="(/contributions/ouvrir/[^"]+)"', receipt.text)[1])
    opened = client.post(opening, data={"intent": "continue", "puis": hidden(receipt, "puis")})
    assert opened.location == (
        f"/contributions/mesures/{third.code}{PROPOSED}&puis={other_measure.code}"
    )
    page = client.get(opened.location)
    third_form = Form(session, third)
    short = client.post(opened.location, data=fields(third_form, page), follow_redirects=True)
    assert f'href="/contributions/mesures/{other_measure.code}{PROPOSED}"' in short.text


def test_capacity_given_before_is_chosen_in_the_form_that_begins(client, session, form):
    page = client.post(
        form.path + PROPOSED, data={"intent": "begin", "qualite": "support_association"}
    )
    unknown = client.post(form.path, data={"intent": "begin", "qualite": "girafe"})

    assert page.status_code == unknown.status_code == 200
    assert '<option value="support_association" selected' in page.text
    assert page.text.count(" selected") == 1
    assert "Erreur" not in page.text
    assert hidden(page, "submission_key")
    assert " selected" not in unknown.text
    assert proposed(session) == []
