"""The form on a phone: short before anything is unfolded, and nothing typed is ever lost."""

import re

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from consultation.clock import now
from consultation.db.base import writing
from consultation.questionnaires.outline import store
from consultation.questionnaires.publication import publish
from consultation.questionnaires.rounds import queries
from consultation.responses.models import Answer, Response
from tests.questionnaires.outline_builders import CONDITIONAL, DEFAULT, with_question

PHONE = {"width": 390, "height": 844}
FORM = "/mesures/T7/contribuer"
MOST_SCREENS, MOST_SCREENS_ANSWERED, MOST_SCREENS_IN_SPACE = 6.9, 7.5, 5.5
MOST_RADIOS, MOST_RADIOS_IN_SPACE = 30, 26
MOST_SHEETS = 4
SEND = re.compile("Envoyer ma contribution")
MEASURED = """() => {
  const isInSight = (control) => control.checkVisibility();
  const radios = [...document.querySelectorAll("#form [type=radio]")];
  return {
    screens: document.documentElement.scrollHeight / innerHeight,
    radios: radios.filter(isInSight).length,
    width: document.documentElement.scrollWidth,
  };
}"""


@pytest.fixture
def page(browser, site):
    context = browser.new_context(base_url=site.address, locale="fr-FR", viewport=PHONE)
    yield context.new_page()
    context.close()


@pytest.fixture
def form(page):
    page.goto(FORM)
    return page


def first_indicator(page):
    return page.locator("section[data-indicator]").first


def stance(page, answer):
    first_indicator(page).get_by_label(answer, exact=True).first.check()


def unfold(page):
    first_indicator(page).get_by_text("Noter ou préciser").click()


def rate(page, number):
    first_indicator(page).locator(".rating").first.get_by_label(number, exact=True).check()


def say_who(page):
    page.get_by_label("À quel titre répondez-vous").select_option("justice")


def test_blank_form_is_short(form):
    measured = form.evaluate(MEASURED)

    assert measured["screens"] <= MOST_SCREENS
    assert measured["radios"] <= MOST_RADIOS
    assert measured["width"] == PHONE["width"]


def test_form_of_the_space_asks_nothing_of_the_person_again(form):
    form.goto("/mesures/T4/contribuer")
    stance(form, "Le garder")
    say_who(form)
    form.get_by_role("button", name=SEND).last.click()
    form.locator("form[action*='/contributions/ouvrir/'] button").first.click()

    form.goto("/contributions/mesures/T7")

    measured = form.evaluate(MEASURED)
    assert measured["screens"] <= MOST_SCREENS_IN_SPACE
    assert measured["radios"] <= MOST_RADIOS_IN_SPACE
    expect(form.get_by_text("Vous répondez comme : Justice")).to_be_visible()
    expect(form.get_by_label("Votre organisation")).to_be_hidden()
    form.get_by_text("Vous répondez comme").click()
    expect(form.get_by_label("Votre organisation")).to_be_visible()


def test_form_with_a_stance_on_each_indicator_is_short(form):
    answers = ("Le garder", "Le reformuler", "Le remplacer", "S’en passer")
    sections = form.locator("section[data-indicator]").all()
    for section, answer in zip(sections, answers, strict=True):
        section.get_by_label(answer, exact=True).check()

    assert form.evaluate(MEASURED)["screens"] <= MOST_SCREENS_ANSWERED


def test_stance_opens_what_it_calls_for_and_the_fold_everything(form):
    why = first_indicator(form).get_by_label("Pourquoi")
    wording = first_indicator(form).get_by_label("Quelle formulation")
    source = first_indicator(form).get_by_label("Où trouver les données")
    ratings = first_indicator(form).locator(".rating")
    opened = {
        "Le garder": [why],
        "Le reformuler": [wording, source],
        "Le remplacer": [wording, source],
        "S’en passer": [why],
        "Je ne sais pas": [],
    }
    for answer, fields in opened.items():
        stance(form, answer)
        for field in (why, wording, source):
            expect(field).to_be_visible(visible=field in fields)
        expect(ratings.first).to_be_hidden()

    unfold(form)

    for field in (why, wording, source, ratings.first, ratings.last):
        expect(field).to_be_visible()


def test_rating_that_has_to_be_given_is_in_sight(page, session):
    opened = queries.last(session)
    required = with_question(DEFAULT, "feasibility", is_required=True)
    with writing(session()):
        store.change(session(), opened, lambda _before: required, now())
        publish.publish_outline(session(), session.merge(opened), now())

    page.goto(FORM)

    expect(first_indicator(page).get_by_role("radiogroup", name="en pratique")).to_be_visible()
    expect(first_indicator(page).get_by_role("radiogroup", name="juger")).to_be_hidden()


def test_what_the_stance_no_longer_calls_for_stays_in_sight_and_is_sent(form, session):
    stance(form, "Le reformuler")
    unfold(form)
    rate(form, "7")
    first_indicator(form).get_by_label("Pourquoi").fill("Trop vague")
    first_indicator(form).get_by_label("Quelle formulation").fill("Mieux")
    unfold(form)

    stance(form, "Je ne sais pas")

    expect(first_indicator(form).locator("summary")).to_contain_text("pertinence 7")
    expect(first_indicator(form).get_by_label("Pourquoi")).to_be_visible()
    expect(first_indicator(form).get_by_label("Où trouver les données")).to_be_hidden()
    say_who(form)
    form.get_by_role("button", name=SEND).last.click()
    form.wait_for_url(re.compile("/recu/"))
    kept = {row.question.code: row for row in session.scalars(sa.select(Answer))}
    assert (kept["relevance"].number, kept["reason"].text) == (7, "Trop vague")
    assert kept["proposed_wording"].text == "Mieux"


def test_answer_no_longer_asked_for_says_that_it_stays_behind(page, session):
    opened = queries.last(session)
    with writing(session()):
        store.change(session(), opened, lambda _before: CONDITIONAL, now())
        publish.publish_outline(session(), session.merge(opened), now())
    page.goto(FORM)
    wording = first_indicator(page).get_by_label("Quelle formulation")
    stance(page, "Le reformuler")
    wording.fill("Mieux")

    stance(page, "Le garder")

    expect(wording).to_be_hidden()
    expect(page.get_by_text("votre réponse ne partira pas")).to_be_visible()
    stance(page, "Le remplacer")
    expect(wording).to_have_value("Mieux")
    expect(page.get_by_text("votre réponse ne partira pas")).to_be_hidden()


def test_without_scripts_everything_stands_open(browser, site):
    context = browser.new_context(
        base_url=site.address, locale="fr-FR", viewport=PHONE, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(FORM)

    for name in ("Pourquoi", "Quelle formulation", "Où trouver les données"):
        expect(first_indicator(page).get_by_label(name)).to_be_visible()
    expect(first_indicator(page).locator(".facts")).to_be_visible()
    context.close()


def test_error_is_in_sight_whatever_the_stance(form):
    stance(form, "Le garder")
    first_indicator(form).get_by_label("Pourquoi").fill("x" * 5001)
    expect(form.get_by_text("1 caractères de trop").first).to_be_visible()
    stance(form, "Je ne sais pas")
    say_who(form)

    form.get_by_role("button", name=SEND).last.click()

    form.locator("#errors").wait_for()
    expect(first_indicator(form).get_by_label("Pourquoi")).to_be_visible()
    form.locator("#errors a").first.click()
    expect(first_indicator(form).get_by_label("Pourquoi")).to_be_focused()


def test_progress_counts_the_indicators_and_what_is_required(form):
    progress = form.locator("[data-progress]")
    expect(progress).to_have_text("0 étape sur 5")

    stance(form, "Le garder")

    expect(progress).to_have_text("1 étape sur 5")
    assert form.locator("[data-done]").evaluate("bar => bar.value / bar.max") == 0.2
    form.get_by_label("Votre nom").fill("Une voix")
    expect(progress).to_have_text("1 étape sur 5")
    say_who(form)
    expect(progress).to_have_text("2 étapes sur 5")


def test_count_of_a_text_too_long_is_in_sight_where_one_types(form):
    stance(form, "Le garder")
    why = first_indicator(form).get_by_label("Pourquoi")
    why.fill("Un long texte qui grandit. " * 200)
    why.evaluate("area => scrollTo(0, area.getBoundingClientRect().bottom + scrollY - 400)")

    expect(form.get_by_text("400 caractères de trop").first).to_be_in_viewport(ratio=1)


def test_what_leads_to_somebody_is_removed_and_put_back(form):
    stance(form, "Le garder")
    why = first_indicator(form).get_by_label("Pourquoi")
    why.fill("Appelez le 06 12 34 56 78 ou marie@exemple.fr, 12 rue des Lilas à Lyon.")
    form.get_by_role("button", name="Retirer").click()

    expect(why).to_have_value("Appelez le … ou …, ….")
    form.get_by_role("button", name="Remettre").click()
    expect(why).to_have_value(re.compile("06 12 34 56 78"))


def test_other_language_keeps_what_was_typed(form):
    stance(form, "Le garder")
    first_indicator(form).get_by_label("Pourquoi").fill("Un motif")

    form.get_by_text("Menu", exact=True).click()
    form.get_by_role("button", name="English").click()

    expect(form.locator("html")).to_have_attribute("lang", "en")
    expect(first_indicator(form).get_by_label("Why?")).to_have_value("Un motif")
    form.get_by_text("Menu", exact=True).click()
    form.get_by_role("button", name="Français").click()
    expect(first_indicator(form).get_by_label("Pourquoi")).to_have_value("Un motif")


def test_form_is_read_again_changed_and_sent(form, session):
    stance(form, "Le garder")
    say_who(form)
    form.get_by_role("button", name="Relire avant l’envoi").click()
    expect(form.get_by_role("heading", level=1)).to_have_text("Relisez, puis envoyez")
    form.get_by_role("button", name="Modifier mes réponses").click()
    stance(form, "Le remplacer")

    form.get_by_role("button", name="Relire avant l’envoi").click()
    expect(form.get_by_text("Le remplacer")).to_be_visible()
    form.get_by_role("button", name=SEND).click()

    form.wait_for_url(re.compile("/recu/"))
    (chosen,) = [row for row in session.scalars(sa.select(Answer)) if row.option_id]
    assert chosen.option.code == "replace"


def test_form_of_four_indicators_prints_on_four_sheets(form):
    printed = form.pdf(format="A4")

    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= MOST_SHEETS


# What a tab keeps.


TICK = "cet appareil est à moi"
STORED = "() => Object.keys(sessionStorage).length"


def type_and_keep(page):
    page.get_by_label(TICK).check()
    stance(page, "Le garder")
    first_indicator(page).get_by_label("Pourquoi").fill("Un motif")
    page.wait_for_function(STORED)


def test_tab_keeps_nothing_unasked(form):
    stance(form, "Le garder")
    first_indicator(form).get_by_label("Pourquoi").fill("Un motif")
    form.on("dialog", lambda dialog: dialog.accept())
    form.wait_for_timeout(600)

    assert form.evaluate(STORED) == 0
    form.goto(FORM)
    expect(first_indicator(form).get_by_label("Pourquoi")).to_have_value("")


def test_reload_brings_back_what_the_tab_was_asked_to_keep(form):
    type_and_keep(form)

    form.reload()

    expect(first_indicator(form).get_by_label("Pourquoi")).to_have_value("Un motif")
    expect(first_indicator(form).get_by_label("Le garder")).to_be_checked()
    form.get_by_label(TICK).uncheck()
    assert form.evaluate(STORED) == 0


def test_what_a_tab_keeps_goes_when_the_form_is_sent(form, session):
    type_and_keep(form)
    say_who(form)

    form.get_by_role("button", name=SEND).last.click()

    form.wait_for_url(re.compile("/recu/"))
    assert form.evaluate(STORED) == 0
    assert session.scalar(sa.select(sa.func.count()).select_from(Response)) == 1


def test_what_a_tab_keeps_goes_by_the_quick_exit_from_any_page(form, site):
    type_and_keep(form)
    form.goto("/mesures")
    assert form.evaluate(STORED) == 1
    form.route("**/*", lambda route: route.fulfill(body="ailleurs"))

    form.get_by_role("link", name="Quitter").click()
    form.wait_for_timeout(300)
    form.unroute("**/*")

    form.goto(FORM)
    assert form.evaluate("Object.keys(sessionStorage)") == ["left"]  # when it was left


def test_what_a_tab_keeps_ends_after_two_hours(form):
    type_and_keep(form)
    form.goto("/mesures")
    form.evaluate("""() => {
      const kept = JSON.parse(sessionStorage.getItem("kept"));
      sessionStorage.setItem("kept", JSON.stringify({ ...kept, at: kept.at - 7_201_000 }));
    }""")

    form.goto("/mesures")

    assert form.evaluate(STORED) == 0
