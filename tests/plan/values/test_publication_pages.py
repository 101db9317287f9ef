"""Staff pages of publication: what waits, a second look, and the word on progress."""

import pytest

from consultation.accounts import roles
from consultation.accounts.models import Account, Role
from consultation.plan.values import publication
from tests.accounts.builders import Browser, make_account
from tests.factories import make_round
from tests.plan.forms import form_in
from tests.plan.values.builders import (
    make_measured_indicator,
    make_public_value,
    make_value,
)
from tests.reports.builders import make_draft

WAITING = "/organisation/valeurs-a-publier"
PATH = "/organisation/valeurs/T7.1"
WORD = PATH + "/mot"


@pytest.fixture
def indicator(session):
    return make_measured_indicator(session)


@pytest.fixture
def staff(app, session, indicator):
    make_account(session, "camille@exemple.fr", Role.ORGANISER)
    browser = Browser(app)
    browser.enter("camille@exemple.fr")
    return browser


@pytest.fixture
def actor(session, staff):
    return roles.actor_of(session.query(Account).one())


def public(session, indicator):
    session.rollback()
    session.expire_all()
    return publication.published(session, [indicator.id]).get(indicator.id, [])


def ticked(staff, *values):
    form = form_in(staff.get(WAITING), WAITING + "/verifier")
    return staff.post(WAITING + "/verifier", form | {"values": [it.public_id for it in values]})


def test_value_is_published_after_a_second_look(session, staff, actor, indicator):
    value = make_value(session, actor, indicator, source="Rapport annuel")
    assert "150" in staff.get(WAITING).text

    second = ticked(staff, value)
    assert "Publier 1 valeur" in second.text
    assert "Rapport annuel" in second.text
    assert public(session, indicator) == []
    done = staff.post(WAITING, form_in(second, WAITING) | {"source_rule": "aucune"})

    assert done.status_code == 303
    assert [it.value for it in public(session, indicator)] == [150.0]
    assert "Rien n’attend" in staff.get(WAITING).text
    assert "oui, depuis le" in staff.get(PATH).text


def test_nothing_ticked_says_so(session, staff, actor, indicator):
    make_value(session, actor, indicator)

    answer = ticked(staff)

    assert answer.status_code == 422
    assert "Cochez une valeur au moins." in answer.text


def test_rule_of_the_source_is_asked_for_and_the_choice_kept(app, session, staff, actor, indicator):
    value = make_value(session, actor, indicator, 4.0, source="Rapport annuel")
    second = ticked(staff, value)
    assert f"moins de {app.config['SMALL_CELL']}" in second.text

    fields = form_in(second, WAITING) | {"as_they_are": value.public_id}
    answer = staff.post(WAITING, fields)

    assert answer.status_code == 422
    assert "Dites ce que la source publie des petits nombres" in answer.text
    assert f'name="as_they_are" value="{value.public_id}" checked' in answer.text
    assert public(session, indicator) == []


def test_small_number_without_source_is_refused_with_the_way_out(session, staff, actor, indicator):
    value = make_value(session, actor, indicator, 4.0)

    fields = form_in(ticked(staff, value), WAITING) | {"as_they_are": value.public_id}
    answer = staff.post(WAITING, fields | {"source_rule": "aucune"})

    assert answer.status_code == 409
    assert "notez d’abord cette source" in answer.text
    assert public(session, indicator) == []


def test_value_corrected_meanwhile_is_not_published(session, staff, actor, indicator):
    value = make_value(session, actor, indicator)
    second = ticked(staff, value)
    staff.post(PATH + "/reprendre", form_in(staff.get(PATH), PATH + "/reprendre"))

    answer = staff.post(WAITING, form_in(second, WAITING) | {"source_rule": "aucune"})

    assert answer.status_code == 409
    assert public(session, indicator) == []


def test_who_noted_a_value_asks_another_where_two_are_needed(app, session, staff, actor, indicator):
    app.config["TWO_MODERATORS"] = True
    value = make_value(session, actor, indicator)

    fields = form_in(ticked(staff, value), WAITING) | {"source_rule": "aucune"}
    answer = staff.post(WAITING, fields)

    assert answer.status_code == 409
    assert "Il faut deux personnes" in answer.text
    assert public(session, indicator) == []


def test_nothing_is_published_in_a_trial_and_the_choice_is_kept(session, staff, actor, indicator):
    value = make_value(session, actor, indicator)
    make_round(session).is_trial = True
    session.commit()

    fields = form_in(ticked(staff, value), WAITING) | {"source_rule": "aucune"}
    answer = staff.post(WAITING, fields)

    assert answer.status_code == 409
    assert "Un essai s’efface en entier" in answer.text
    assert form_in(answer, WAITING)["source_rule"] == "aucune"
    assert public(session, indicator) == []


def test_value_is_taken_out_of_the_public_once(session, staff, actor, indicator):
    make_public_value(session, actor, indicator)
    assert len(public(session, indicator)) == 1

    fields = form_in(staff.get(PATH), PATH + "/ne-plus-publier")
    first, second = (staff.post(PATH + "/ne-plus-publier", fields) for _ in range(2))

    assert (first.status_code, second.status_code) == (303, 409)
    assert public(session, indicator) == []


def test_waiting_values_are_searched(session, staff, actor, indicator):
    make_value(session, actor, indicator)

    assert "T7.1" in staff.get(WAITING + "?q=t7.1").text
    assert "Aucune valeur pour ces mots" in staff.get(WAITING + "?q=rien").text


def test_all_values_of_a_page_are_looked_at_again_by_one_button(session, staff, actor, indicator):
    make_value(session, actor, indicator)
    make_value(session, actor, indicator, source="Un autre rapport")
    form = form_in(staff.get(WAITING + "?q=t7.1"), WAITING + "/verifier?q=t7.1")

    page = staff.post(WAITING + "/verifier?q=t7.1", form | {"toutes": "y"})
    none = staff.post(WAITING + "/verifier?q=rien", form | {"toutes": "y"})

    assert page.text.count('name="values"') == 2
    assert none.status_code == 422


@pytest.mark.parametrize("is_open", [True, False])
def test_values_and_a_report_are_published_with_a_word_on_an_open_round(
    session, staff, actor, indicator, is_open
):
    if is_open:
        make_round(session)
        session.commit()
    value = make_value(session, actor, indicator)
    make_draft(session, actor)
    said = "Le tour est ouvert jusqu"

    pages = [ticked(staff, value).text, staff.get("/organisation/bilan/relire").text]

    assert [said in page for page in pages] == [is_open, is_open]


def test_word_is_said_with_its_reason_and_given_back(session, staff, actor, indicator):
    make_value(session, actor, indicator, 250.0)
    assert "Atteint" in staff.get(PATH).text
    said = {"progress": "late", "reason": "Une région seulement"}

    assert staff.post(WORD, form_in(staff.get(PATH), WORD) | said).status_code == 303
    page = staff.get(PATH).text
    assert "En retard" in page
    assert "Une région seulement" in page
    assert "En retard" in staff.get("/organisation/valeurs").text

    staff.post(WORD, form_in(staff.get(PATH), WORD) | {"progress": "", "reason": ""})
    assert "Une région seulement" not in staff.get(PATH).text


def test_word_without_a_reason_is_refused(staff, actor):
    answer = staff.post(WORD, form_in(staff.get(PATH), WORD) | {"progress": "late", "reason": ""})

    assert answer.status_code == 422
    assert "Dites pourquoi" in answer.text
    assert '<option selected value="late">' in answer.text


def test_word_said_meanwhile_is_shown_before_another_is_kept(session, staff, actor, indicator):
    opened = form_in(staff.get(PATH), WORD)
    staff.post(WORD, opened | {"progress": "late", "reason": "Une région seulement"})

    answer = staff.post(WORD, opened | {"progress": "reached", "reason": "Deux régions"})

    assert answer.status_code == 409
    assert "Une région seulement" in answer.text
    assert "Deux régions" in answer.text
