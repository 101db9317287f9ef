"""Consents that contradict each other are asked about, and nothing typed is lost."""

import html

import pytest
import sqlalchemy as sa

from consultation.db.base import writing
from consultation.questionnaires.models import Destination, QuestionKind
from consultation.questionnaires.publication import publish
from consultation.responses.models import Respondent, Response
from tests.factories import form_data, instrument_of, key_for
from tests.pages import straight
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
CONTACT_ASKS = "Écrivez votre adresse pour que le collectif puisse vous écrire"
NAME_ASKS = "Écrivez votre nom ou celui de votre organisation"
QUOTE_ASKS = "gardez un seul de ces deux accords"


def text_of(page):
    return straight(html.unescape(page.text))


@pytest.mark.parametrize(
    ("code", "given", "kept", "asks"),
    [
        ("email", {"consent_contact": "yes"}, ("consent_contact", "yes"), CONTACT_ASKS),
        ("name", {"consent_quotation": "named"}, ("consent_quotation", "named"), NAME_ASKS),
        (
            "name",
            {"consent_quotation": "named", "name": "\u200b\u3164", "organisation": "\u2060"},
            ("consent_quotation", "named"),
            NAME_ASKS,
        ),
    ],
)
def test_consents_that_cannot_hold_are_refused_where_something_lacks_and_in_the_summary(
    client, form, counts, code, given, kept, asks
):
    sent = form.data(T7_1__reason="Un motif à ne pas perdre", territory="bretagne", **given)

    page = client.post(form.path, data=sent)

    text = text_of(page)
    assert page.status_code == 422
    assert f'href="#{form.name(code)}"' in text
    assert f'id="{form.name(code)}-error"' in text
    assert text.count(asks) == 2
    assert counts()["submission"] == 0
    for typed in (
        "Un motif à ne pas perdre",
        "Élargir à l'outre-mer.",
        'value="bretagne" selected',
    ):
        assert typed in text
    consent, answer = kept
    assert f'name="{form.name(consent)}" value="{answer}" checked' in text
    assert hidden(page, "submission_key") == sent["submission_key"]


@pytest.mark.parametrize(
    "given",
    [
        {"consent_contact": "yes", "email": ADDRESS},
        {"consent_anonymous": "yes"},
        {"consent_named": "yes", "name": "Jeanne Zorglub"},
        {"consent_named": "yes", "organisation": "Une association"},
        {"consent_contact": "yes", "consent_anonymous": "yes", "email": ADDRESS},
    ],
)
def test_consents_that_hold_together_are_taken(client, form, given):
    assert client.post(form.path, data=form.data(**given)).status_code == 303


@pytest.mark.parametrize(
    ("answer", "agreed"),
    [({}, (False, False)), ({"consent_quotation": "no"}, (False, False)),
     ({"consent_quotation": "anonymous"}, (True, False)),
     ({"consent_quotation": "named"}, (False, True))],
)  # fmt: skip
def test_one_answer_says_whether_and_how_one_may_be_quoted(client, form, session, answer, agreed):
    client.post(form.path, data=form.data(organisation="Une association", **answer))

    who = session.scalars(sa.select(Respondent)).one()
    assert (who.consent_anonymous, who.consent_named) == agreed


def test_form_that_asks_for_each_consent_apart_refuses_both(
    client, session, measure, consultation_round, form
):
    own = [
        make_question(code, code, QuestionKind.YES_NO, destination=Destination(code))
        for code in ("consent_anonymous", "consent_named")
    ]
    edit(session, consultation_round, lambda outline: without(outline, "consent_quotation"))
    for question in own:
        edit(
            session,
            consultation_round,
            lambda outline, it=question: with_question(outline, "respondent", it),
        )
    with writing(session()):
        publish.publish_outline(session(), session.merge(consultation_round), AT)
    instrument = instrument_of(session, measure)
    both = {"consent_anonymous": "yes", "consent_named": "yes"}
    data = form_data(instrument, capacity="citizen", suggestions="Un avis", **both)

    page = client.post(form.path, data=data | {"submission_key": key_for(instrument)})

    assert page.status_code == 422
    assert text_of(page).count(QUOTE_ASKS) == 2


def test_badly_written_address_is_what_is_asked_about_and_not_the_consent(client, form):
    page = client.post(form.path, data=form.data(consent_contact="yes", email="a@b"))

    assert page.status_code == 422
    assert CONTACT_ASKS not in text_of(page)


def test_form_with_such_consents_is_saved_all_the_same(client, form):
    answer = client.post(form.path, data=form.data(consent_contact="yes") | {"intent": "save"})

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


def test_outline_that_asks_in_its_own_way_is_held_to_the_same(
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
