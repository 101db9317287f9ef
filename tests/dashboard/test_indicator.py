"""Page of one indicator for the team: everything that each package has of it."""

import pytest
from sqlalchemy import event

from consultation.accounts.models import Role
from consultation.i18n import localized
from consultation.plan import queries
from consultation.questionnaires.models import Option
from consultation.results.tallies import maintain
from tests.decisions.builders import indicator_subject, make_decision, make_edition, make_organiser
from tests.exports.builders import form_of, question_of, respond
from tests.factories import make_measure, make_round, screen_all
from tests.institutions.data_requests.builders import make_draft as letter_for
from tests.institutions.data_requests.builders import make_request as make_data_request
from tests.moderation.builders import plain
from tests.pages import check_page, main_text
from tests.plan.pages import signed_in, text_of
from tests.plan.values.builders import make_value, publish_values
from tests.results.indicators.test_summary import rated

PAGE = "/organisation/indicateurs/T7.1"


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    make_measure(session, "T8")
    opened = make_round(session)
    session.commit()
    return opened


@pytest.fixture
def staff(app, session):
    return signed_in(app, session, "lou@exemple.fr", Role.ORGANISER)


def count(session):
    session.commit()
    screen_all(session)
    maintain.refresh(session)


def propose(session, opened, text):
    replies = {("T7.1", "stance"): "amend", ("T7.1", "proposed_wording"): text}
    return respond(session, opened, "T7", replies)


def test_page_shows_what_is_said_with_its_notes_and_groups(session, opened, staff):
    rated(session, opened, "T7.1", [8] * 8 + [7], organisation="L'Étape")
    rated(session, opened, "T7.1", [9], "feasibility")
    respond(session, opened, "T7", {("T7.1", "stance"): "keep"})
    count(session)

    page = staff.get(PAGE)
    text = main_text(page)

    check_page(text_of(page))
    assert "Jugé pertinent" in text
    assert "Pertinence 8 9 notes Suivi 9 1 note" in text
    assert "Pertinence, par organisation 8 1 note" in text
    assert "Pertinence, personnes invitées aucune note" in text
    assert "Pertinence, personnes non invitées 8 9 notes pertinent" in text
    assert "Garder 1" in text


def test_stance_added_by_organisers_is_counted_beside_the_others(session, opened, staff):
    question = question_of(form_of(session, opened, "T7"), ("T7.1", "stance"))
    question.options.append(Option(code="merge", position=6, label={"fr": "le réunir à un autre"}))
    session.flush()
    respond(session, opened, "T7", {("T7.1", "stance"): "merge"})
    count(session)

    assert "Le réunir à un autre 1" in main_text(staff.get(PAGE))


def test_two_capacities_that_contradict_each_other_are_named(session, opened, staff):
    rated(session, opened, "T7.1", [9] * 9, capacity="police")
    rated(session, opened, "T7.1", [1] * 9, capacity="justice")
    count(session)

    sentence = "« Police ou gendarmerie » plutôt pour, « Justice » plutôt contre"
    assert f"Avis opposés : {sentence}" in plain(staff.get(PAGE))


def test_wording_proposed_twice_is_there_once_with_its_count(session, opened, staff):
    for text in ("Places ouvertes", "Places  ouvertes", "Lits"):
        propose(session, opened, text)
    count(session)

    page = plain(staff.get(PAGE))

    assert "3 formulations proposées" in page
    assert "Places ouvertes 2 fois" in page.replace("  ", " ")
    assert page.count("Lits") == 1


def test_wording_held_back_by_moderation_is_counted_and_not_shown(session, opened, staff):
    propose(session, opened, "Madame Untel, 12 rue du Port")
    propose(session, opened, "Lits")
    session.commit()
    screen_all(session, flagged=("Madame Untel, 12 rue du Port",))
    maintain.refresh(session)

    page = plain(staff.get(PAGE))

    assert "Untel" not in page
    assert "2 formulations proposées" in page
    assert "Un texte attend d'être relu" in page


def test_only_the_latest_wordings_are_read(session, opened, staff):
    for number in range(33):
        propose(session, opened, f"Formulation {number}")
    count(session)

    page = plain(staff.get(PAGE))

    assert "33 formulations proposées" in page
    assert "Formulation 32" in page
    assert "Formulation 2 " not in page
    assert "3 textes plus anciens sont dans le classeur" in page


def test_decisions_and_versions_follow_what_is_said(session, opened, staff):
    organiser = make_organiser(session)
    before = localized(queries.stored_indicator(session, "T7.1").version.label, "fr")
    rated(session, opened, "T7.1", [8])
    count(session)
    decision = make_decision(session, organiser, indicator_subject(session), label="Lits ouverts")
    undecided = main_text(staff.get(PAGE))
    make_edition(session, organiser, decision)
    count(session)

    page = main_text(staff.get(PAGE))

    assert "pas encore publié" in undecided
    assert "édition 1, publiée le" in page
    assert "2 versions du libellé" in page
    assert "Version 2, du" in page
    assert f"un autre texte que celui d'aujourd'hui : « {before} »" in page


def test_values_and_letters_are_there_once_the_plan_is_evaluated(session, opened, staff):
    without = main_text(staff.get(PAGE))
    organiser = make_organiser(session)
    indicator = queries.stored_indicator(session, "T7.1")
    first = make_value(session, organiser, indicator, source="Premier rapport")
    make_value(session, organiser, indicator, source="Second rapport")
    publish_values(session, organiser, first)
    make_data_request(session, organiser, letter_for(session))

    page = main_text(staff.get(PAGE))

    assert "Ce qui est mesuré" not in without
    assert "2 valeurs, dont 1 publique" in page
    assert "Premier rapport oui" in page
    assert "Second rapport non" in page
    assert "Direction des places" in page
    assert "À envoyer" in page


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [("T7.1", None, "T7.2"), ("T7.2", "T7.1", "T8.1"), ("T8.2", "T8.1", None)],
)
def test_neighbours_are_those_of_the_plan(opened, staff, code, before, after):
    page = text_of(staff.get(f"/organisation/indicateurs/{code}"))

    for relation, neighbour in (("prev", before), ("next", after)):
        link = f'rel="{relation}" href="/organisation/indicateurs/{neighbour}"'
        assert (link in page) is (neighbour is not None), relation


def test_page_without_a_round_or_of_a_retired_indicator_says_so(session, staff):
    make_measure(session, "T7").indicators[0].retired_at = make_round(session).opens_at
    session.commit()

    page = main_text(staff.get(PAGE))

    assert "retiré du plan depuis le" in page
    assert "Personne ne s'est encore exprimé" in page or "Aucun formulaire" in page
    assert "Décider" not in page
    assert 'aria-label="Indicateurs voisins"' not in text_of(staff.get(PAGE))


@pytest.mark.parametrize("code", ["T7.9", "t7.1", "T7", "'\"<b>"])
def test_there_is_no_page_of_another_code(opened, staff, code):
    assert staff.get(f"/organisation/indicateurs/{code}").status_code == 404


def test_who_only_moderates_does_not_see_it(app, session, opened):
    moderator = signed_in(app, session, "ada@exemple.fr", Role.MODERATOR)

    assert moderator.get(PAGE).status_code == 403


def test_page_asks_the_same_number_of_queries_whatever_there_is(session, opened, staff):
    statements = []
    event.listen(
        session.get_bind(), "before_cursor_execute", lambda *given: statements.append(given[2])
    )
    staff.get(PAGE)

    def count_queries():
        statements.clear()
        assert staff.get(PAGE).status_code == 200
        return len([it for it in statements if it.startswith("SELECT")])

    propose(session, opened, "Un texte")
    count(session)
    before = count_queries()
    rated(session, opened, "T7.1", [8] * 10)
    for number in range(5):
        propose(session, opened, f"Autre {number}")
    count(session)

    assert count_queries() <= before
