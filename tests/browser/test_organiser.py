"""From a site as it is first started to an open round of official size, by an organiser alone."""

import time

import pytest
from playwright.sync_api import expect

from consultation.accounts.models import Role
from consultation.accounts.roles import StaffActor
from consultation.clock import now
from consultation.db.base import writing
from consultation.plan.drafts import AxisDraft, IndicatorDraft, MeasureDraft, PlanDraft
from consultation.plan.workbook import writer
from consultation.questionnaires.rounds import checklist, queries
from consultation.spreadsheets.writer import Format
from consultation.work.services import Work
from tests.accounts.builders import PASSWORD, make_account

EMAIL = "lou@association.example"
MEASURES, INDICATORS = 60, 5
DESKTOP = {"width": 1280, "height": 900}


class Hands:
    """What an organiser does, counted: clicks, and fields filled."""

    def __init__(self, page):
        self.page, self.clicks, self.fields = page, 0, 0

    def follow(self, name, **options):
        self._go_on_by("link", name, options)

    def press(self, name, **options):
        self._go_on_by("button", name, options)

    def _go_on_by(self, role, name, options):
        self.clicks += 1
        with self.page.expect_navigation():
            self.page.get_by_role(role, name=name, **options).first.click()

    def tick(self, label):
        self.clicks += 1
        self.page.get_by_label(label).check()

    def fill(self, label, text):
        self.fields += 1
        self.page.get_by_label(label, exact=True).fill(text)


@pytest.fixture
def official_plan(tmp_path):
    """A workbook of the size of the official list, as an organiser would fill it in."""
    axes = tuple(AxisDraft(f"A{number}", {"fr": f"Axe {number}"}) for number in range(1, 7))
    measures = tuple(
        MeasureDraft(
            str(number),
            axes[number % 6].code,
            {"fr": f"Mesure d'essai numéro {number}"},
            indicators=tuple(
                IndicatorDraft(f"{number}.{rank}", {"fr": f"Indicateur d'essai {number}.{rank}"})
                for rank in range(1, INDICATORS + 1)
            ),
        )
        for number in range(1, MEASURES + 1)
    )
    path = tmp_path / "plan.xlsx"
    writer.write_draft(PlanDraft(axes, measures), path, Format.XLSX)
    return path


@pytest.mark.journey("organiser")
def test_from_a_first_start_to_an_open_round_without_scripts(
    browser, site, session, official_plan, record_property
):
    account = make_account(session, EMAIL, Role.ORGANISER)
    organiser = StaffActor(account, EMAIL, frozenset({Role.ORGANISER}))
    context = browser.new_context(
        base_url=site.address, viewport=DESKTOP, java_script_enabled=False, locale="fr-FR"
    )
    page = context.new_page()
    hands, started = Hands(page), time.monotonic()

    page.goto("/connexion")
    page.locator("#email").fill(EMAIL)
    page.locator("#password").fill(PASSWORD)
    hands.press("Se connecter")
    load_the_plan(hands, official_plan)
    close_the_first_round(hands)
    prepare_a_round(hands)
    adapt_the_questionnaire(hands)
    put_required_aside(session, organiser)
    open_the_round(hands)

    page.goto("/mesures/60/contribuer")
    expect(page.get_by_label("Qu’en attendez-vous d’abord")).to_have_count(INDICATORS)
    expect(page.get_by_role("heading", name="Indicateur d’essai 60.5")).to_be_visible()
    record_property("seconds", time.monotonic() - started)
    assert hands.clicks <= 25
    assert hands.fields <= 3
    context.close()


def load_the_plan(hands, official_plan):
    hands.follow("Préparer")
    hands.follow("Charger un fichier")
    hands.fields += 1
    hands.page.get_by_label("Fichier").set_input_files(official_plan)
    hands.press("Voir ce qui change")
    expect(hands.page.get_by_text("60", exact=True).first).to_be_visible()
    hands.press("Confirmer")


def close_the_first_round(hands):
    hands.follow("Tours")
    hands.follow("Tour 1 de la consultation")
    hands.follow("Fermer maintenant")
    hands.press("Fermer maintenant")


def prepare_a_round(hands):
    hands.follow("Tours")
    hands.follow("Préparer le tour suivant")
    hands.press("Préparer ce tour")


def adapt_the_questionnaire(hands):
    hands.follow("Écrire les questions")
    hands.follow("Ajouter une question")
    hands.tick("Texte long")
    hands.press("Afficher ce type")
    hands.fill("Intitulé", "Qu'en attendez-vous d'abord ?")
    hands.press("Enregistrer")


def put_required_aside(session, organiser):
    """What another person does meanwhile: the ways to alert, to restore and to enter the site."""
    session.rollback()
    with writing(session()):
        latest = queries.latest_first(session())[0]
        for name in checklist.LASTING:
            checklist.put_aside(Work(session(), organiser, now()), latest, name, "Fait à part.")


def open_the_round(hands):
    hands.follow("Tours")
    hands.follow("Tour 2 de la consultation")
    hands.follow("Ouvrir maintenant")
    hands.tick("J’ai lu les points qui restent ouverts, et je passe outre.")
    hands.press("Ouvrir maintenant")
