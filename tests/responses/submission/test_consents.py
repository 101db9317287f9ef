"""Consents that contradict each other are asked about, and nothing typed is lost."""

import html

import pytest
import sqlalchemy as sa

from consultation.db.base import writing
from consultation.questionnaires.models import Destination, QuestionKind
from consultation.questionnaires.publication import publish
from consultation.responses.models import Respondent, Response
from tests.factories import form_data, instrument_of, key_for
from tests.questionnaires.publishing_builders import (
    AT,
    edit,
    make_question,
    with_question,
    without,
)
from tests.responses.builders import identity_fields
from tests.responses.conftest import hidden

ADDRESS = "jeanne@exemple.fr"
CONTACT_ASKS, QUOTE_ASKS = "donnez votre adresse électronique", "gardez un seul de ces deux accords"
BOTH = {"consent_anonymous": "yes", "consent_named": "yes"}


def text_of(page):
    return html.unescape(page.text).replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("code", "given", "asks"),
    [
        ("consent_contact", {"consent_contact": "yes"}, CONTACT_ASKS),
        ("consent_named", BOTH, QUOTE_ASKS),
    ],
)
def test_consents_that_cannot_hold_are_refused_at_the_field_and_in_the_summary(
    client, form, counts, code, given, asks
):
    sent = form.data(name="Jeanne Zorglub", T7_1__reason="Un motif à ne pas perdre", **given)

    page = client.post(form.path, data=sent)

    text = text_of(page)
    assert page.status_code == 422
    assert f'href="#{form.name(code)}"' in text
    assert f'id="{form.name(code)}-error"' in text
    assert text.count(asks) == 2
    assert counts()["submission"] == 0
    for kept in ("Un motif à ne pas perdre", "Élargir à l'outre-mer.", 'value="Jeanne Zorglub"'):
        assert kept in text
    for consent in given:
        assert f'name="{form.name(consent)}" value="yes" checked' in text
    assert hidden(page, "submission_key") == sent["submission_key"]


@pytest.mark.parametrize(
    "given",
    [
        {"consent_contact": "yes", "email": ADDRESS},
        {"consent_anonymous": "yes"},
        {"consent_named": "yes", "name": "Jeanne Zorglub"},
        {"consent_contact": "yes", "consent_anonymous": "yes", "email": ADDRESS},
    ],
)
def test_consents_that_hold_together_are_taken(client, form, given):
    assert client.post(form.path, data=form.data(**given)).status_code == 303


def test_a_badly_written_address_is_what_is_asked_about_and_not_the_consent(client, form):
    page = client.post(form.path, data=form.data(consent_contact="yes", email="a@b"))

    assert page.status_code == 422
    assert CONTACT_ASKS not in text_of(page)


def test_a_form_with_such_consents_is_saved_all_the_same(client, form):
    answer = client.post(form.path, data=form.data(**BOTH) | {"intent": "save"})

    assert answer.status_code == 303


def test_what_one_says_of_oneself_in_the_space_is_held_to_the_same(client, form, session):
    receipt = client.post(form.path, data=form.data(email=ADDRESS), follow_redirects=True)
    client.post(html.unescape(receipt.text.split('method="post" action="')[1].split('"')[0]))
    page = client.get("/contributions/moi")
    names = {
        question.destination: question.name
        for question in instrument_of(session).questions
        if question.destination is not Destination.ANSWER
    }
    fields = identity_fields(page, capacity="justice") | {
        names[Destination.CONSENT_CONTACT]: "yes",
        names[Destination.NAME]: "Jeanne Zorglub",
    }

    refused = client.post("/contributions/moi", data=fields)

    assert refused.status_code == 422
    assert text_of(refused).count(CONTACT_ASKS) == 2
    assert 'value="Jeanne Zorglub"' in refused.text
    session.expire_all()
    assert session.scalars(sa.select(Respondent)).one().capacity == "citizen"


def test_an_outline_that_asks_in_its_own_way_is_held_to_the_same(
    client, session, measure, consultation_round, form
):
    own = make_question(
        "ecrivez_moi", "Peut-on vous écrire ?", QuestionKind.YES_NO,
        destination=Destination.CONSENT_CONTACT,
    )  # fmt: skip
    edit(session, consultation_round, lambda outline: without(outline, "consent_contact"))
    edit(session, consultation_round, lambda outline: with_question(outline, "respondent", own))
    with writing(session()):
        publish.publish_outline(session(), session.merge(consultation_round), AT)
    instrument = instrument_of(session, measure)
    sent = {"capacity": "citizen", "suggestions": "Un avis"}

    def answer(**more):
        data = form_data(instrument, **sent, **more) | {"submission_key": key_for(instrument)}
        return client.post(form.path, data=data)

    assert text_of(answer(ecrivez_moi="yes")).count(CONTACT_ASKS) == 2
    assert answer(ecrivez_moi="no").status_code == 303
    assert len(session.scalars(sa.select(Response)).all()) == 1
