"""A matrix and a ranking, answered with the keyboard alone and without scripts."""

import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import writing
from consultation.questionnaires.models import Option
from consultation.questionnaires.outline import store
from consultation.questionnaires.publication import publish
from consultation.questionnaires.rounds import queries
from consultation.responses.models import Answer
from tests.browser.test_reading_conditions import press_tab_to
from tests.questionnaires.outline_builders import with_grids

FORM = "/mesures/T4/contribuer"


def ask_grids(session):
    """Ask the matrix and the ranking on the form of every measure."""
    with writing(session):
        changed = session.merge(queries.last(session))
        store.change(session, changed, lambda outline: with_grids(outline), now())
    with writing(session):
        publish.publish_outline(session, queries.last(session), now())


def test_matrix_and_ranking_are_answered_with_the_keyboard_alone(browser, site, session):
    ask_grids(session())
    context = browser.new_context(base_url=site.address, locale="fr-FR", java_script_enabled=False)
    page = context.new_page()
    page.goto(FORM)

    press_tab_to(page, "Oui")
    page.keyboard.press("Space")
    press_tab_to(page, "Oui")
    page.keyboard.press("ArrowRight")
    for option in ("Donnees", "Formation"):
        press_tab_to(page, option)
        page.keyboard.press("2" if option == "Donnees" else "1")
    press_tab_to(page, "répond")
    page.keyboard.type("Citoyen")
    press_tab_to(page, "Envoyer ma contribution")
    page.keyboard.press("Enter")
    page.wait_for_url("**/recu/**")
    context.close()

    stored = session.execute(
        sa.select(Answer.row_code, Option.code, Answer.rank)
        .join(Option, Option.id == Answer.option_id)
        .where(Option.code.in_(("oui", "non", "donnees", "formation", "accueil")))
    )
    assert {tuple(row) for row in stored} == {
        ("delai", "oui", None), ("cout", "non", None), ("", "donnees", 2), ("", "formation", 1),
    }  # fmt: skip
