"""Staff pages of indicators kept in one act: previewed, confirmed, refused, taken back."""

import re

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Role
from consultation.decisions.models import IndicatorDecision
from consultation.i18n import localized
from consultation.results.tallies import maintain
from tests.accounts.builders import Browser, make_account
from tests.decisions.builders import indicator_subject, make_decision, make_organiser
from tests.exports.builders import respond
from tests.factories import make_indicator
from tests.pages import straight
from tests.plan.forms import form_in, kept_texts

BOARD = "/organisation/preciser"
PATH = f"{BOARD}/lot"
HOSTILE = "<script>alert(1)</script> « \u202e » {{ 7 * 7 }}"


def form_of(page):
    """The form of the preview as it is displayed, with every box that is ticked."""
    ticked = re.findall(r'name="indicateur" value="([^"]*)"[^>]* checked', page.text)
    return form_in(page, PATH) | {"indicateur": ticked}


@pytest.fixture
def staff(app, session, opened):
    make_account(session, "camille@exemple.fr", Role.ORGANISER)
    staff = Browser(app)
    staff.enter("camille@exemple.fr")
    return staff


@pytest.fixture
def voted(app, session, opened):
    """T7.1 and T4.1 are kept by all who say what to do with them."""
    for _ in range(app.config["SMALL_CELL"]):
        respond(session, opened, "T7", {("T7.1", "stance"): "keep"})
        respond(session, opened, "T4", {("T4.1", "stance"): "keep"})
    session.commit()
    maintain.refresh(session)
    return opened


def decided(session):
    session.rollback()
    rows = session.scalars(sa.select(IndicatorDecision).order_by(IndicatorDecision.id))
    return [(row.indicator.code, row.outcome.value) for row in rows]


def test_preview_names_each_indicator_and_decides_nothing(session, staff, voted):
    assert "2 indicateurs que personne ne conteste" in straight(staff.get(BOARD).text)

    page = staff.get(PATH)

    assert form_of(page)["indicateur"] == ["T4.1", "T7.1"]
    assert "Places réservées (T7.1)" in page.text
    assert 'href="/organisation/indicateurs/T7.1"' in page.text
    assert "5 avis pour le garder" in straight(page.text)
    assert decided(session) == []


def test_ticked_indicators_are_kept_and_taken_back(session, staff, voted):
    form = form_of(staff.get(PATH)) | {"indicateur": ["T7.1"]}
    answer = staff.post(PATH, form)
    assert answer.location == f"{BOARD}?etat=decide"
    assert decided(session) == [("T7.1", "kept")]

    staff.post(PATH, form_of(staff.get(PATH)))
    assert "en une fois" not in staff.get(answer.location).text, "one is no lot"


def test_lot_is_taken_back_from_the_list_of_what_is_decided(session, staff, voted):
    answer = staff.post(f"{PATH}?tour=tour-1", form_of(staff.get(PATH)))
    assert answer.location == f"{BOARD}?tour=tour-1&etat=decide"
    page = staff.get(answer.location)
    assert "2 indicateurs gardés tels quels en une fois" in straight(page.text)

    lot = form_in(page, f"{PATH}/annuler?tour=tour-1&etat=decide")
    undone = staff.post(f"{PATH}/annuler", lot)

    assert undone.status_code == 303
    assert "2 indicateurs sont de nouveau à décider" in straight(staff.get(undone.location).text)
    assert "À décider (3)" in staff.get(BOARD).text
    again = staff.post(f"{PATH}/annuler", lot)
    assert "plus rien à annuler" in staff.get(again.location).text


@pytest.mark.parametrize("lot", ["", "hier", "2026-01-01", HOSTILE])
def test_moment_that_is_none_takes_nothing_back(staff, voted, lot):
    answer = staff.post(f"{PATH}/annuler", {"lot": lot})

    assert "plus rien à annuler" in staff.get(answer.location).text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"indicateur": []}, "Cochez au moins un indicateur."),
        ({"reason": " "}, "Écrivez pourquoi"),
        ({"reason": "x" * 2001}, "2000 au plus"),
    ],
)
def test_refusal_keeps_what_was_typed_and_ticked(session, staff, voted, fields, sentence):
    form = form_of(staff.get(PATH)) | {"reason": "À garder", "indicateur": ["T4.1"]}
    answer = staff.post(PATH, form | fields)

    assert answer.status_code == 422
    assert straight(sentence) in straight(answer.text)
    again = form_of(answer)
    assert again["reason"].strip() == (form | fields)["reason"].strip()
    assert again["indicateur"] == (form | fields)["indicateur"]
    assert decided(session) == []


def test_indicator_decided_by_another_meanwhile_is_named_and_nothing_is_lost(session, staff, voted):
    form = form_of(staff.get(PATH)) | {"reason": "Mes mots"}
    make_decision(session, make_organiser(session, "sacha"), indicator_subject(session))
    answer = staff.post(PATH, form | {"indicateur": ["T7.1", "T4.1", HOSTILE]})

    assert answer.status_code == 409
    assert "Ces indicateurs n'y sont plus" in straight(answer.text)
    assert "<script>alert" not in answer.text
    assert decided(session) == [("T7.1", "kept")]
    again = form_of(answer)
    assert (again["indicateur"], again["reason"].strip()) == (["T4.1"], "Mes mots")
    assert staff.post(PATH, again).status_code == 303

    last = staff.post(PATH, form)
    assert last.status_code == 409
    assert "Mes mots" in kept_texts(last)


def test_hostile_names_are_displayed_as_text(session, staff, voted):
    subject = indicator_subject(session)
    make_indicator(session, subject.measure, "T7.9", position=9, label=HOSTILE)
    session.commit()
    for path in (BOARD, PATH):
        page = staff.get(path).text
        assert "<script>alert" not in page
        assert localized(subject.measure.title, "fr") in page


def test_round_without_responses_has_nothing_to_keep(staff):
    assert "personne ne conteste" not in staff.get(BOARD).text
    assert "Aucun pour le moment" in staff.get(PATH).text
    answer = staff.post(PATH, {"indicateur": "T7.1", "reason": "Parce que."})
    assert answer.status_code == 409
    refused = staff.post(PATH, {"reason": "Parce que."})
    assert refused.status_code == 422
    assert "Parce que." in kept_texts(refused)


def test_nothing_is_kept_while_a_round_is_tried_out(session, staff, voted):
    form = form_of(staff.get(PATH))
    voted.is_trial = True
    session.commit()

    assert staff.post(PATH, form).status_code == 409
    assert decided(session) == []
