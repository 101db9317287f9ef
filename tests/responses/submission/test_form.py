"""Public form: what is stored and refused, and that nothing typed is lost."""

import base64
import html
import json
import re
import tracemalloc
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO

import pytest
import sqlalchemy as sa
import time_machine
from pypdf import PdfReader

from consultation.clock import in_paris
from consultation.extensions import db
from consultation.mail.models import OutboxMessage
from consultation.questionnaires.models import Option, Question, Questionnaire, Round
from consultation.questionnaires.publication import publish
from consultation.responses.models import Contact, Response
from consultation.responses.submission import key as submission_key
from consultation.web.typography import moment
from tests.factories import key_for, make_measure, make_round
from tests.jobs.builders import side_by_side
from tests.pages import straight
from tests.responses.conftest import Form, hidden


def test_valid_post_stores_the_answers_and_shows_a_receipt(client, form, session):
    sent = form.data(T7_1__stance="amend", T7_1__relevance="7", T7_1__proposed_wording="Mieux : €")

    page = client.post(form.path, data=sent, follow_redirects=True)

    response = session.scalars(sa.select(Response)).one()
    answers = {row.question.code: row for row in response.answers}
    assert answers["stance"].option.code == "amend"
    assert answers["relevance"].number == 7
    assert answers["proposed_wording"].text == "Mieux : €"
    assert answers["suggestions"].text == "Élargir à l'outre-mer."
    assert response.receipt_code in page.text
    assert response.respondent.capacity == "citizen"


def test_valid_post_is_answered_by_a_redirection_that_nobody_keeps(client, form):
    answer = client.post(form.path, data=form.data())

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/recu/")
    assert answer.headers["Cache-Control"] == "no-store, private"


def test_contribution_with_an_address_queues_its_acknowledgement(client, form, session):
    client.post(form.path, data=form.data(email="jeanne@exemple.fr"))

    response = session.scalars(sa.select(Response)).one()
    message = session.scalars(sa.select(OutboxMessage)).one()
    assert message.dedup_key == f"acknowledgement:{response.receipt_code}"
    assert message.recipient == "jeanne@exemple.fr"


def test_name_and_address_are_kept_apart_and_encrypted(client, form, session):
    client.post(form.path, data=form.data(name="Ñandú Élodie", email="elodie@exemple.fr"))

    contact = session.scalars(sa.select(Contact)).one()
    raw = session.execute(sa.text("SELECT name, address FROM contact")).one()
    assert (contact.name, contact.address) == ("Ñandú Élodie", "elodie@exemple.fr")
    assert b"Elodie" not in bytes(raw.name)
    assert b"exemple" not in bytes(raw.address)


def test_consents_are_kept_as_given_with_the_notice(client, form, session):
    client.post(form.path, data=form.data(consent_anonymous="yes"))

    respondent = session.scalars(sa.select(Response)).one().respondent
    assert respondent.consent_anonymous is True
    assert (respondent.consent_contact, respondent.consent_named) == (False, False)
    assert respondent.notice_version


def test_missing_capacity_is_refused_at_the_field_and_in_the_summary(client, form, counts):
    page = client.post(form.path, data=form.data(capacity=""))

    text = html.unescape(page.text)
    assert page.status_code == 422
    assert "<title>Erreur :" in text.replace("\u00a0", " ")
    assert f'href="#{form.name("capacity")}"' in text
    assert text.count("Indiquez à quel titre vous répondez.") == 2
    assert counts()["submission"] == 0


def test_everything_typed_survives_a_refusal(client, form):
    typed = 'Un "mot" <b>&amp; deux</b>\n\n  décalé ; fin'
    sent = form.data(
        capacity="", suggestions=typed, T7_1__stance="drop", T7_2__feasibility="none", email="a@b"
    )

    page = client.post(form.path, data=sent)

    text = page.text
    assert (
        html.escape(typed, quote=True).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in text
    )
    assert "checked" in text
    assert 'value="a@b"' in text


def test_key_of_a_refused_form_is_kept_for_the_next_try(client, form):
    sent = form.data(capacity="")

    page = client.post(form.path, data=sent)

    assert hidden(page, "submission_key") == sent["submission_key"]


def test_second_click_finds_the_first_response(client, form, counts):
    sent = form.data(email="jeanne@exemple.fr")

    with time_machine.travel(datetime.now(UTC), tick=False):  # the token holds the second
        first = client.post(form.path, data=sent)
        second = client.post(form.path, data=sent)

    assert first.status_code == second.status_code == 303
    assert counts() == {"submission": 1, "response": 1, "answer": 1, "outbox_message": 1}
    receipts = {client.get(answer.headers["Location"]).text for answer in (first, second)}
    assert len(receipts) == 1


def test_another_content_under_a_used_key_stores_nothing_and_asks(client, form, counts):
    key = key_for(form.instrument)
    client.post(form.path, data=form.data(key))

    page = client.post(form.path, data=form.data(key, suggestions="Je suis une autre personne."))

    assert page.status_code == 409
    assert "Ce formulaire a déjà servi" in page.text
    assert "Je suis une autre personne." in page.text
    assert "Élargir" not in page.text
    assert hidden(page, "previous_key") == key
    assert hidden(page, "submission_key") != key
    assert counts()["response"] == 1


def test_next_person_at_the_computer_sends_a_contribution_of_their_own(client, form, session):
    key = key_for(form.instrument)
    client.post(form.path, data=form.data(key))
    page = client.post(form.path, data=form.data(key, suggestions="Une autre."))
    again = form.data(hidden(page, "submission_key"), suggestions="Une autre.")

    client.post(form.path, data={**again, "previous_key": key, "intent": "new"})

    respondents = {row.respondent_id for row in session.scalars(sa.select(Response))}
    assert len(respondents) == 2


def test_correcting_asks_for_the_personal_link_first(client, form, counts):
    key = key_for(form.instrument)
    client.post(form.path, data=form.data(key))
    sent = form.data(suggestions="Corrigé.") | {"previous_key": key, "intent": "correct"}

    page = client.post(form.path, data=sent)

    assert page.status_code == 409
    assert "Ouvrez d’abord votre espace" in page.text
    assert "Corrigé." in page.text
    assert counts()["response"] == 1


def test_correcting_from_the_open_space_makes_a_revision(client, form, session):
    key = key_for(form.instrument)
    receipt = client.post(form.path, data=form.data(key), follow_redirects=True)
    open_space(client, receipt)
    sent = form.data(suggestions="Corrigé.") | {"previous_key": key, "intent": "correct"}

    answer = client.post(form.path, data=sent)

    first, second = session.scalars(sa.select(Response).order_by(Response.revision)).all()
    assert answer.status_code == 303
    assert (first.revision, second.revision) == (1, 2)
    assert first.superseded_at is not None
    assert second.superseded_at is None
    assert first.respondent_id == second.respondent_id
    assert second.receipt_code != first.receipt_code


def test_correction_sent_twice_at_once_is_stored_once(app, form, session):
    texts = []

    def press(browser, sent):
        with app.app_context():
            texts.append(browser.post(form.path, data=sent).status_code)

    for turn in range(4):
        key = key_for(form.instrument)
        browsers = [app.test_client() for _ in range(2)]
        receipt = browsers[0].post(form.path, data=form.data(key), follow_redirects=True)
        for browser in browsers:
            open_space(browser, receipt)
        sent = form.data(suggestions="Corrigé.") | {"previous_key": key, "intent": "correct"}

        side_by_side(*(partial(press, browser, sent) for browser in browsers))

        session.rollback()
        revisions = session.scalars(sa.select(Response.revision).order_by(Response.id)).all()
        assert revisions == [1, 2] * (turn + 1)
        assert texts == [303, 303] * (turn + 1)


def test_space_does_not_correct_what_somebody_else_sent(client, form, counts):
    their_key, mine = key_for(form.instrument), key_for(form.instrument)
    client.post(form.path, data=form.data(their_key, suggestions="La leur."))
    receipt = client.post(form.path, data=form.data(mine), follow_redirects=True)
    open_space(client, receipt)
    sent = form.data(suggestions="Écrasée !") | {"previous_key": their_key, "intent": "correct"}

    page = client.post(form.path, data=sent)

    assert page.status_code == 409
    assert counts()["response"] == 2


def forged_key(questionnaire):
    """A key that names a form, as itsdangerous writes it, signed by nobody."""
    content = json.dumps(["x", questionnaire]).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=") + ".aaaaaa.bbbb"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "x",
        "IjEi.aaaaaa.bbbb",
        "\u0660",
        "a" * 5000,
        *map(forged_key, ("zq", "\x00", "\ud800", 7)),
    ],
)
def test_missing_or_forged_key_comes_back_filled_for_one_confirming_click(
    client, form, counts, key
):
    sent = form.data()

    page = client.post(form.path, data=sent | {"submission_key": key})
    confirmed = client.post(
        form.path, data=sent | {"submission_key": hidden(page, "submission_key")}
    )

    assert page.status_code == 400
    assert "confirmez" in page.text
    assert "Élargir" in page.text
    assert confirmed.status_code == 303
    assert counts()["response"] == 1


def test_forged_key_that_unpacks_to_gigabytes_is_not_unpacked(client, form):
    content = json.dumps(["x", form.instrument.public_id, "0" * 50_000_000]).encode()
    packed = "." + base64.urlsafe_b64encode(zlib.compress(content)).decode().rstrip("=")

    tracemalloc.start()
    page = client.post(form.path, data=form.data(f"{packed}.aaaaaa.bbbb"))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert "confirmez" in page.text
    assert "Élargir" in page.text
    assert peak < 20_000_000


@pytest.mark.parametrize("holder", [{}, {"holder": 7}, {"holder": 7, "seen": 0}])
@pytest.mark.parametrize("since", [{}, {"since": datetime(2026, 5, 1, 12, tzinfo=UTC)}])
def test_key_names_its_form_even_where_we_can_not_vouch_for_it(app, form, holder, since):
    key = submission_key.mint(form.instrument.public_id, **holder, **since)

    assert submission_key.read(f"{key}x") is None
    assert submission_key.claimed_questionnaire(f"{key}x") == form.instrument.public_id


def test_key_of_another_measure_does_not_store_here(client, form, session, counts):
    other = make_measure(session, "T8", "Autre")
    publish.publish(session, session.scalars(sa.select(Round)).one(), datetime.now(UTC))
    session.commit()
    key = key_for(Form(session, other).instrument)

    page = client.post(form.path, data=form.data() | {"submission_key": key})

    assert page.status_code == 404
    assert counts()["response"] == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://ailleurs.example"},
    ],
)
def test_post_from_another_site_asks_for_a_confirming_click(client, form, counts, headers):
    sent = form.data()

    page = client.post(form.path, data=sent, headers=headers)

    assert page.status_code == 400
    assert hidden(page, "submission_key") == sent["submission_key"]
    assert counts()["response"] == 0


def test_form_opened_26_hours_ago_is_taken(client, form, counts):
    with time_machine.travel(datetime.now(UTC) - timedelta(hours=26), tick=True):
        sent = form.data()

    answer = client.post(form.path, data=sent)

    assert answer.status_code == 303
    assert counts()["response"] == 1


def test_form_opened_before_closing_is_taken_during_two_hours(client, form, session, counts):
    closing = session.scalars(sa.select(Round)).one().closes_at
    with time_machine.travel(closing - timedelta(minutes=1), tick=False):
        in_time, too_late = form.data(), form.data()

    with time_machine.travel(closing + timedelta(minutes=119), tick=False):
        accepted = client.post(form.path, data=in_time)
    with time_machine.travel(closing + timedelta(minutes=121), tick=False):
        refused = client.post(form.path, data=too_late)

    assert accepted.status_code == 303
    assert refused.status_code == 403
    assert "Élargir" in refused.text
    assert "n’a pas été enregistré" in refused.text
    assert counts()["response"] == 1


@pytest.mark.parametrize(("minutes", "status", "stored"), [(119, 303, 2), (121, 403, 1)])
def test_what_is_asked_after_the_closing_is_answered_for_as_long_as_the_form_is_taken(
    client, form, session, counts, minutes, status, stored
):
    closing = session.scalars(sa.select(Round)).one().closes_at
    with time_machine.travel(closing - timedelta(minutes=1), tick=False):
        sent = form.data()
        client.post(form.path, data=sent)
    with time_machine.travel(closing + timedelta(minutes=60), tick=False):
        page = client.post(form.path, data=form.data(sent["submission_key"], suggestions="Autre"))

    with time_machine.travel(closing + timedelta(minutes=minutes), tick=False):
        new = form.data(hidden(page, "submission_key"), suggestions="Autre") | {"intent": "new"}
        answer = client.post(form.path, data=new)

    assert (page.status_code, answer.status_code) == (409, status)
    until = straight(moment(closing + timedelta(hours=2)))
    assert f"s'envoie encore jusqu'au {until} (heure de Paris)" in straight(page.text)
    assert "Ouvert jusqu'au" not in straight(page.text)
    assert "s'envoie encore" not in straight(answer.text)
    assert "Autre" in answer.text or status == 303
    assert counts()["response"] == stored


def test_what_is_asked_in_an_open_round_is_a_form_given_out_at_that_moment(client, form):
    with time_machine.travel(datetime.now(UTC) - timedelta(hours=26), tick=True):
        sent = form.data()
        client.post(form.path, data=sent)

    page = client.post(form.path, data=form.data(sent["submission_key"], suggestions="Autre"))

    given_out = submission_key.read(hidden(page, "submission_key")).issued_at
    assert datetime.now(UTC) - given_out < timedelta(minutes=1)


@pytest.mark.parametrize("is_ours", [True, False])
def test_only_a_key_of_ours_says_that_a_form_was_given_out_in_time(
    client, form, session, counts, is_ours
):
    closing = session.scalars(sa.select(Round)).one().closes_at
    with time_machine.travel(closing - timedelta(minutes=1), tick=False):
        in_time = form.data()
    key = in_time["submission_key"]
    sent = in_time | {"submission_key": key if is_ours else f"{key}x", "intent": "save"}
    elsewhere = {"headers": {"Sec-Fetch-Site": "cross-site"}}

    with time_machine.travel(closing + timedelta(minutes=60), tick=False):
        answer = client.post(form.path, data=sent, **elsewhere)
        confirmed = client.post(form.path, data=form.data(hidden(answer, "submission_key")))

    assert answer.status_code == 400
    assert confirmed.status_code == (303 if is_ours else 403)
    assert counts()["response"] == (1 if is_ours else 0)


def test_form_opened_after_closing_is_refused_with_its_text(client, form, session, counts):
    closing = session.scalars(sa.select(Round)).one().closes_at

    with time_machine.travel(closing + timedelta(minutes=10), tick=False):
        page = client.post(form.path, data=form.data())

    assert page.status_code == 403
    assert "Élargir" in page.text
    assert counts()["response"] == 0


def test_closed_round_says_since_when(client, form, session):
    closing = session.scalars(sa.select(Round)).one().closes_at

    with time_machine.travel(closing + timedelta(days=1), tick=False):
        page = client.get(form.path)

    assert "La consultation est terminée" in page.text
    assert str(in_paris(closing).year) in page.text


def test_round_to_come_says_when_it_opens(client, session, measure):
    opens = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
    make_round(session, opens, opens + timedelta(days=30))
    session.commit()

    page = client.get(f"/mesures/{measure.code}/contribuer")

    assert "1er" in page.text
    assert "mars 2027" in page.text
    assert "9\u00a0h\u00a000" in page.text


def test_without_any_round_the_form_says_so(client, measure, session):
    session.commit()

    page = client.get(f"/mesures/{measure.code}/contribuer")

    assert "pas encore ouverte" in page.text


def test_response_points_to_the_version_that_was_shown(client, form, session):
    sent = form.data()
    form.measure.title = {"fr": "Nouveau titre"}
    publish.publish(session, session.scalars(sa.select(Round)).one(), datetime.now(UTC))
    session.commit()

    client.post(form.path, data=sent)

    response = session.scalars(sa.select(Response)).one()
    assert response.questionnaire.version == 1
    assert response.questionnaire.title["fr"] == "Hébergement spécialisé"


def test_tool_as_a_whole_asks_about_the_document_where_there_is_one(
    app, client, session, consultation_round
):
    instrument = _tool(session)
    key = {"submission_key": key_for(instrument), "intent": "show"}
    typed = {q.name: "Bien." for q in instrument.questions if q.code == "tool_useful"}

    without = client.get("/outil/contribuer")
    with_text = client.post("/outil/contribuer", data=typed | key)
    consultation_round.document_url = "https://exemple.fr/document"
    session.commit()
    with_document = client.get("/outil/contribuer")

    assert "Le document de travail" not in without.text
    assert "Que manque-t-il" in without.text
    assert "Bien." in with_text.text
    assert with_document.text.count("Le document de travail") == 2


def test_tool_as_a_whole_takes_reactions_too(client, session, consultation_round):
    form = Form.__new__(Form)
    form.instrument, form.path = _tool(session), "/outil/contribuer"

    answer = client.post(
        form.path,
        data={
            **{q.name: "citizen" for q in form.instrument.questions if q.code == "capacity"},
            **{q.name: "Bien." for q in form.instrument.questions if q.code == "tool_useful"},
            "submission_key": key_for(form.instrument),
        },
    )

    assert answer.status_code == 303
    assert session.scalars(sa.select(Response)).one().questionnaire.measure_id is None


def test_english_is_answered_in_english(client, form, session):
    page = client.get("/en" + form.path)
    answer = client.post("/en" + form.path, data=form.data(email="jane@example.org"))

    assert 'lang="en"' in page.text
    assert "Only one question is required" in page.text
    assert answer.headers["Location"].startswith("/en/recu/")
    assert session.scalars(sa.select(Response)).one().respondent.locale == "en"
    assert session.scalars(sa.select(OutboxMessage)).one().locale == "en"


@pytest.mark.parametrize("code", ["inconnue", "T7 ", "../T7", "%00", "T7/x"])
def test_unknown_measure_is_a_page_that_helps(client, form, code):
    page = client.get(f"/mesures/{code}/contribuer")

    assert page.status_code == 404
    assert 'href="/mesures"' in page.text


def test_public_pages_set_no_cookie(client, form):
    pages = [client.get(form.path), client.post(form.path, data=form.data(), follow_redirects=True)]

    assert all("Set-Cookie" not in page.headers for page in pages)


def test_form_is_not_kept_by_anybody(client, form):
    assert client.get(form.path).headers["Cache-Control"] == "no-store, private"


def _tool(session):
    from tests.factories import instrument_of

    return instrument_of(session, None)


def open_space(client, receipt):

    path = re.search(r"(/contributions/ouvrir/[\w.-]+)", receipt.text)[1]
    assert client.post(path).status_code == 303
    db.session.rollback()


def test_two_rounds_do_not_mix(client, form, session):
    sent = form.data()
    first = session.scalars(sa.select(Round)).one()
    first.closes_at = datetime.now(UTC) - timedelta(days=1)
    make_round(session, datetime.now(UTC) - timedelta(hours=1), code="tour-2")
    session.commit()

    page = client.post(form.path, data=sent)

    assert page.status_code == 403
    assert "Élargir" in page.text
    assert "La consultation est terminée" in page.text


def test_field_not_asked_for_changes_nothing(client, session, form):
    forged = {"revision": "9", "receipt_code": "MINE", "respondent_id": "1", "withdrawn_at": "now"}

    client.post(form.path, data={**form.data(), **forged, "submitted_at": "1990-01-01"})

    stored = session.scalars(sa.select(Response)).one()
    assert (stored.revision, stored.withdrawn_at) == (1, None)
    assert stored.receipt_code != "MINE"
    assert stored.submitted_at.year > 1990


@pytest.mark.parametrize("title", [{"fr": "Titre"}, {"fr": "Titre", "en": "Title"}])
def test_form_says_at_its_head_that_a_part_of_it_is_french(client, session, form, title):
    session.get_one(Questionnaire, form.instrument.id).title = title
    session.commit()

    page, french = client.get(f"/en{form.path}").text, client.get(form.path).text

    sentence = "Part of this form is only in French."
    assert (sentence in page) == ("en" not in title)
    assert sentence not in french


def test_french_hint_on_a_foreign_form_is_marked_as_french(client, session, form):
    question = next(it for it in form.instrument.questions if it.hint)
    session.get_one(Question, question.id).hint = {"fr": "Une précision."}
    session.commit()

    page, french = client.get(f"/en{form.path}").text, client.get(form.path).text

    assert '-hint" lang="fr">Une précision' in page
    assert '-hint">Une précision' in french


def test_form_whose_required_question_lacks_a_language_leads_to_the_french_one(
    client, session, form
):
    capacity = next(it for it in form.instrument.questions if it.is_required)
    option = session.get_one(Option, capacity.options[0].id)
    option.label = {"fr": "Une qualité"}
    session.commit()

    foreign, french = client.get(f"/en{form.path}"), client.get(form.path)

    assert "This form is not translated yet" in foreign.text
    assert f'href="{form.path}" hreflang="fr"' in foreign.text
    assert 'name="submission_key"' not in foreign.text
    assert 'name="submission_key"' in french.text


def test_form_is_offered_in_the_languages_of_its_round(client, session, form, consultation_round):
    assert ' hreflang="en"' not in client.get(form.path).text  # a button keeps what is typed
    assert f'formaction="/en{form.path}"' in client.get(form.path).text

    consultation_round.languages = ["fr"]
    session.commit()
    french, foreign = client.get(form.path), client.get(f"/en{form.path}")

    assert "formaction=" not in french.text.split("</header>")[0]
    assert "This form is not translated yet" not in foreign.text
    assert 'name="submission_key"' not in foreign.text
    assert f'href="{form.path}" hreflang="fr"' in foreign.text
    assert ' hreflang="en"' in client.get("/mesures").text


def test_language_that_a_form_is_not_whole_in_is_offered_by_no_switch(client, session, form):
    capacity = next(it for it in form.instrument.questions if it.is_required)
    session.get_one(Question, capacity.id).label = {"fr": "Qui êtes-vous ?"}
    session.commit()

    posted = client.post(form.path, data=form.data(capacity=""))

    assert posted.status_code == 422
    for page in (client.get(form.path), posted):
        assert f"/en{form.path}" not in page.text.split("</header>")[0]


def test_what_is_sent_in_a_language_that_is_not_offered_is_received(
    client, session, form, consultation_round
):
    data = form.data()
    consultation_round.languages = ["fr"]
    session.commit()

    sent = client.post(f"/en{form.path}", data=data)

    assert sent.status_code == 303
    assert session.scalars(sa.select(Response)).one().respondent.locale == "en"


def test_blank_form_is_printed_in_french_where_it_is_not_offered(
    client, session, form, consultation_round
):
    address = "/en/mesures/T7/formulaire.pdf"
    assert _language_of(client.get(address)) == "en"

    consultation_round.languages = ["fr"]
    session.commit()

    assert _language_of(client.get(address)) == "fr"


def _language_of(printed):
    return str(PdfReader(BytesIO(printed.data)).trailer["/Root"]["/Lang"])[:2]


def test_form_lacks_a_language_where_a_row_or_an_end_of_a_scale_does(form):
    asked = form.instrument.questions[0]
    bare = {"fr": "Un bout"}

    def lacking(**settings):
        questions = (replace(asked, settings=settings),)
        sections = (replace(form.instrument.sections[0], questions=questions),)
        return replace(form.instrument, sections=sections).lacking

    assert lacking() == frozenset()
    assert lacking(rows=[{"code": "a", "label": bare}]) == lacking(high=bare) == {"en"}


def test_languages_that_a_form_can_not_be_answered_in(form):
    capacity = next(it for it in form.instrument.questions if it.is_required)
    optional = next(it for it in form.instrument.questions if not it.is_required and it.hint)

    def unanswerable(question, **changed):
        questions = (replace(question, **changed),)
        sections = (replace(form.instrument.sections[0], questions=questions),)
        return replace(form.instrument, sections=sections).unanswerable

    bare = {"fr": "Quoi ?"}
    assert unanswerable(capacity) == frozenset()
    assert unanswerable(capacity, label=bare) == {"en"}
    assert unanswerable(capacity, settings={"rows": [{"code": "a", "label": bare}]}) == {"en"}
    assert unanswerable(capacity, hint=bare) == frozenset()
    assert unanswerable(optional, label=bare) == frozenset()
