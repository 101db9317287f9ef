"""Conflicts between two tabs: one response stays, the other is offered and never stored over it."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.clock import now
from consultation.responses.models import Draft, Respondent, Response, Submission
from consultation.responses.submission import key as submission_key
from tests.jobs.builders import side_by_side
from tests.responses.conftest import Form
from tests.responses.two_measures import consultation_round as consultation_round
from tests.responses.two_measures import fields
from tests.responses.two_measures import other_measure as other_measure

pytestmark = pytest.mark.database

SPACE_FORM = "/contributions/mesures/T8"


@pytest.fixture
def tab_form(session, other_measure, consultation_round):
    return Form(session, other_measure)


@pytest.fixture
def link(client, form, tab_form):
    """The path of the link of somebody who answered on T7; their space is open."""
    page = client.post(form.path, data=form.data(), follow_redirects=True)
    path = re.search(r"(/contributions/ouvrir/[\w.-]+)", page.text)[1]
    client.post(path)
    return path


def send(client, form, page, **answers):
    return client.post(SPACE_FORM, data=fields(form, page, **answers), follow_redirects=True)


def on_t8(session):
    """What was sent on the measure of the tabs, as revision, whether it stands, and its text."""
    session.rollback()
    session.expire_all()
    rows = session.scalars(sa.select(Response).order_by(Response.id)).all()[1:]
    return [
        (
            row.revision,
            row.superseded_at is None,
            next(answer.text for answer in row.answers if answer.text),
        )
        for row in rows
    ]


def test_second_tab_is_offered_as_a_correction_and_stores_nothing(client, link, tab_form, session):
    first, second = client.get(SPACE_FORM), client.get(SPACE_FORM)
    send(client, tab_form, first, suggestions="Du premier onglet")

    offered = send(client, tab_form, second, suggestions="Du second onglet", T8_1__stance="drop")

    assert offered.status_code == 409
    assert "Une autre version a été envoyée entre-temps" in offered.text
    assert re.search(r"le \d.* à \d+\xa0h\xa0\d\d", offered.text)
    assert "Du premier onglet" in offered.text
    assert offered.text.count("Du second onglet") == 2
    assert "<bdi>(rien)</bdi>" in offered.text
    assert "Remplacer par cette version" in offered.text
    assert "Garder l’autre" in offered.text
    assert on_t8(session) == [(1, True, "Du premier onglet")]
    assert session.scalar(sa.select(sa.func.count()).select_from(Submission)) == 2


def test_replacing_stores_a_correction_once(client, link, tab_form, session):
    first, second = client.get(SPACE_FORM), client.get(SPACE_FORM)
    send(client, tab_form, first, suggestions="Du premier onglet")
    offered = send(client, tab_form, second, suggestions="Du second onglet")

    receipts = [send(client, tab_form, offered, suggestions="Du second onglet") for _ in range(2)]

    assert all("est enregistrée" in receipt.text for receipt in receipts)
    assert on_t8(session) == [(1, False, "Du premier onglet"), (2, True, "Du second onglet")]


def test_correction_from_one_tab_is_not_undone_by_an_older_one(client, link, tab_form, session):
    send(client, tab_form, client.get(SPACE_FORM), suggestions="Première idée")
    left_open, used = client.get(SPACE_FORM), client.get(SPACE_FORM)
    send(client, tab_form, used, suggestions="Seconde idée")

    offered = send(client, tab_form, left_open, suggestions="Première idée, relue")

    assert offered.status_code == 409
    assert on_t8(session) == [(1, False, "Première idée"), (2, True, "Seconde idée")]


def test_third_tab_that_comes_between_is_offered_against_the_newest(
    client, link, tab_form, session
):
    tabs = [client.get(SPACE_FORM) for _ in range(3)]
    send(client, tab_form, tabs[0], suggestions="Un")
    offered = send(client, tab_form, tabs[1], suggestions="Deux")
    third = send(client, tab_form, tabs[2], suggestions="Trois")
    send(client, tab_form, third, suggestions="Trois")

    again = send(client, tab_form, offered, suggestions="Deux")

    assert again.status_code == 409
    assert "Trois" in again.text
    assert on_t8(session)[-1] == (2, True, "Trois")


def test_same_words_in_two_tabs_are_one_response_with_one_receipt(client, link, tab_form, session):
    first, second = client.get(SPACE_FORM), client.get(SPACE_FORM)

    pages = [send(client, tab_form, tab, suggestions="Pareil") for tab in (first, second)]

    assert on_t8(session) == [(1, True, "Pareil")]
    codes = {re.search(r'receipt-code">([\w-]+)', page.text)[1] for page in pages}
    assert len(codes) == 1


def test_withdrawn_words_are_offered_again_and_not_thought_sent(client, link, tab_form, session):
    first, second = client.get(SPACE_FORM), client.get(SPACE_FORM)
    send(client, tab_form, first, suggestions="Pareil")
    sent = session.scalars(sa.select(Response).order_by(Response.id)).all()[-1]
    client.post(f"/contributions/retirer/{sent.public_id}")

    offered = send(client, tab_form, second, suggestions="Pareil")

    assert offered.status_code == 409
    assert "Votre contribution a été retirée" in offered.text
    assert "Envoyer cette version" in offered.text
    assert "Ne rien envoyer" in offered.text


@pytest.mark.parametrize("intent", [{}, {"intent": "correct"}])
@pytest.mark.parametrize("how", ["withdrawn", "replaced"])
def test_public_form_of_what_stands_no_more_is_offered_in_the_open_space(
    client, form, tab_form, session, intent, how
):
    data = form.data(suggestions="Premier")
    page = client.post(form.path, data=data, follow_redirects=True)
    client.post(re.search(r"(/contributions/ouvrir/[\w.-]+)", page.text)[1])
    if how == "withdrawn":
        client.post("/contributions/retirer")
    else:
        there = fields(form, client.get("/contributions/mesures/T7"), suggestions="Deuxième")
        client.post("/contributions/mesures/T7", data=there)
    sent = data | {form.name("suggestions"): "Troisième", "previous_key": data["submission_key"]}

    offered = client.post(form.path, data=sent | intent)
    again = fields(form, offered, suggestions="Troisième")
    done = client.post("/contributions/mesures/T7", data=again, follow_redirects=True)

    is_withdrawn = how == "withdrawn"
    assert offered.status_code == 409
    assert ("Votre contribution a été retirée" in offered.text) == is_withdrawn
    assert ("Une autre version a été envoyée entre-temps" in offered.text) != is_withdrawn
    assert "est enregistrée" in done.text
    standing = session.scalars(sa.select(Response).where(Response.superseded_at.is_(None))).one()
    assert (standing.revision, standing.withdrawn_at) == (2 if is_withdrawn else 3, None)


def test_whoever_sits_there_once_the_space_is_closed_is_shown_nothing_of_the_other(
    client, link, tab_form, session
):
    first, second = client.get(SPACE_FORM), client.get(SPACE_FORM)
    send(client, tab_form, first, suggestions="Du premier onglet")
    client.post("/contributions/fermer")

    refused = send(client, tab_form, second, suggestions="Du second onglet")

    assert refused.status_code == 409
    assert "Votre espace s’est refermé" in refused.text
    assert "Du premier onglet" not in refused.text
    assert on_t8(session) == [(1, True, "Du premier onglet")]


def test_form_sent_again_after_a_newer_one_gives_its_own_receipt(client, link, tab_form, session):
    first = client.get(SPACE_FORM)
    mine = send(client, tab_form, first, suggestions="Une fois")
    send(client, tab_form, client.get(SPACE_FORM), suggestions="Corrigé")

    again = send(client, tab_form, first, suggestions="Une fois")

    code = re.search(r'receipt-code">([\w-]+)', mine.text)[1]
    assert code in again.text
    assert len(on_t8(session)) == 2


def test_going_back_and_editing_a_replaced_form_is_offered_too(client, link, tab_form, session):
    first = client.get(SPACE_FORM)
    send(client, tab_form, first, suggestions="Une fois")
    send(client, tab_form, client.get(SPACE_FORM), suggestions="Corrigé ailleurs")

    offered = send(client, tab_form, first, suggestions="Retouché")

    assert offered.status_code == 409
    assert "Corrigé ailleurs" in offered.text
    assert on_t8(session)[-1] == (2, True, "Corrigé ailleurs")


def test_saving_an_older_tab_shows_what_was_sent_meanwhile(client, link, tab_form, session):
    first, second = client.get(SPACE_FORM), client.get(SPACE_FORM)
    send(client, tab_form, first, suggestions="Envoyé")
    late = fields(tab_form, second, suggestions="Pas fini") | {"intent": "save"}

    by_itself = client.post(SPACE_FORM, data=late, headers={"Accept": "application/json"})
    offered = client.post(SPACE_FORM, data=late)
    kept = fields(tab_form, offered, suggestions="Pas fini") | {"intent": "save"}
    saved = client.post(SPACE_FORM, data=kept, follow_redirects=True)

    assert by_itself.status_code == 409
    assert "Envoyé" in offered.text
    assert saved.status_code == 200
    assert "Pas fini" in session.scalars(sa.select(Draft)).one().fields
    assert on_t8(session) == [(1, True, "Envoyé")]


def test_earlier_key_says_nothing_of_it_and_still_revises(client, link, tab_form, session):
    respondent_id = session.scalars(sa.select(Respondent.id)).one()
    old = [submission_key.mint(tab_form.instrument.public_id, respondent_id) for _ in range(2)]

    for key, text in zip(old, ("Un", "Deux"), strict=True):
        client.post(SPACE_FORM, data=tab_form.data(key=key, suggestions=text))

    assert on_t8(session) == [(1, False, "Un"), (2, True, "Deux")]


def test_two_tabs_sent_at_once_leave_one_response_and_offer_the_other(app, link, tab_form, session):
    for turn in range(4):
        tabs = [app.test_client() for _ in range(2)]
        for tab in tabs:
            tab.post(link)
        pages = [tab.get(SPACE_FORM) for tab in tabs]
        answers = {}

        def press(number, tabs=tabs, pages=pages, answers=answers, turn=turn):
            with app.app_context():
                text = f"Tour {turn}, onglet {number}"
                answers[number] = send(tabs[number], tab_form, pages[number], suggestions=text)

        side_by_side(lambda: press(0), lambda: press(1))

        (won,) = [number for number, answer in answers.items() if "est enregistrée" in answer.text]
        lost = answers[1 - won]
        assert lost.status_code == 409
        assert f"Tour {turn}, onglet {won}" in lost.text
        stored = on_t8(session)
        assert len(stored) == turn + 1
        current = [text for _, is_current, text in stored if is_current]
        assert current == [f"Tour {turn}, onglet {won}"]


@pytest.mark.parametrize(("minutes", "is_taken"), [(90, True), (150, False)])
def test_what_is_offered_after_the_closing_is_taken_for_as_long_as_the_form_is(
    client, link, tab_form, session, consultation_round, minutes, is_taken
):
    first, second = client.get(SPACE_FORM), client.get(SPACE_FORM)
    consultation_round.closes_at = closing = now() + timedelta(minutes=1)
    session.commit()
    send(client, tab_form, first, suggestions="Du premier onglet")

    with time_machine.travel(closing + timedelta(minutes=60), tick=False):
        offered = send(client, tab_form, second, suggestions="Du second onglet")
    with time_machine.travel(closing + timedelta(minutes=minutes), tick=False):
        client.post(link)
        answer = send(client, tab_form, offered, suggestions="Du second onglet")

    assert offered.status_code == 409
    assert answer.status_code == (200 if is_taken else 403)
    assert on_t8(session)[-1][2] == ("Du second onglet" if is_taken else "Du premier onglet")


def test_closed_round_stores_and_offers_nothing_of_an_older_tab(
    client, link, tab_form, session, consultation_round
):
    first, second = client.get(SPACE_FORM), client.get(SPACE_FORM)
    send(client, tab_form, first, suggestions="À temps")
    consultation_round.closes_at = now() - timedelta(hours=3)
    session.commit()

    refused = send(client, tab_form, second, suggestions="Trop tard, mais gardé")

    assert refused.status_code == 403
    assert "Trop tard, mais gardé" in refused.text
    assert "Remplacer par cette version" not in refused.text
