"""A report written with the keyboard: a figure is picked, and its number stands in the text."""

import re

from playwright.sync_api import expect

from consultation.clock import now
from consultation.db.base import writing
from consultation.plan import queries
from consultation.plan.measurement import values as measurements
from consultation.plan.values.models import Reporter
from consultation.reports.writing.typed_numbers import typed_numbers
from tests.browser.axe import violations
from tests.browser.test_editor import press, sign_in, tab_to
from tests.decisions.builders import make_organiser
from tests.plan.values.builders import MEASURED, make_public_value
from tests.reports.builders import make_report


def make_figure(session, value=150.0, **report):
    """Publish a value of T7.1, whose unit is « places »; return its indicator."""
    with writing(session):
        indicator = queries.stored_indicator(session, "T7.1")
        measurements.store(indicator.version, MEASURED, now())
    make_public_value(session, make_organiser(session), indicator, value, **report)
    return indicator


def opened(browser, session, site, **options):
    """The page of the report in a browser of its own."""
    options = {"base_url": site.address, "locale": "fr-FR", "reduced_motion": "reduce"} | options
    page = browser.new_context(**options).new_page()
    sign_in(page, session, site)
    page.goto("/organisation/bilan")
    return page


def test_figure_is_picked_with_the_keyboard_and_read_before_it_is_public(browser, site, session):
    make_figure(session)
    page = opened(browser, session, site)
    page.get_by_label("Titre", exact=True).fill("Le plan à mi-parcours")
    text = page.get_by_label("Introduction", exact=True)
    text.press_sequentially("Il y en a ")
    page.get_by_label("Indicateur ou mesure").select_option("T7.1")
    figure = page.get_by_role("button", name="Mettre dans le texte 150")
    expect(figure).to_be_visible()
    assert violations(page) == []
    figure.focus()
    page.keyboard.press("Enter")

    expect(text).to_have_value("Il y en a [1]")
    expect(text).to_be_focused()
    page.keyboard.type(", et 7 de plus.")
    expect(page.locator(".as-read .chip")).to_have_text("150 places")
    expect(page.locator(".as-read mark")).to_have_text("7")
    page.get_by_role("button", name="Garder et relire").click()

    expect(page.get_by_text("Il y en a 150")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Publier le bilan").click()
    page.get_by_role("link", name="Voir la page publique du bilan").click()
    expect(page.get_by_role("link", name="150").first).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="150").first.click()
    expect(page.get_by_role("heading", name="Pour le citer")).to_be_visible()
    assert violations(page) == []
    page.context.close()


def test_figures_are_ticked_and_taken_away_without_scripts(browser, site, session):
    make_figure(session)
    page = opened(browser, session, site, java_script_enabled=False)
    page.get_by_label("Titre", exact=True).fill("Le plan")
    page.get_by_label("Introduction", exact=True).fill("De [2] à [1].")
    page.get_by_label("Indicateur ou mesure").select_option("T7.1")
    press(page, page.get_by_role("button", name="Chercher"))
    for text in ("150 places", "100 places"):
        tab_to(page, page.get_by_role("checkbox", name=text))
        page.keyboard.press("Space")
    press(page, page.get_by_role("button", name="Ajouter les chiffres cochés"))
    expect(page.locator(".picked li")).to_have_count(2)
    press(page, page.get_by_role("button", name="Retirer le chiffre 1"))

    expect(page.locator(".picked li").first).to_contain_text("Ce chiffre est retiré")
    expect(page.locator(".picked li").last).to_contain_text("[2] 100 places")
    expect(page.get_by_label("Introduction", exact=True)).to_have_value("De [2] à [1].")
    page.get_by_role("button", name="Garder et relire").click()
    expect(page.locator(".why")).to_contain_text("[1] : ce numéro n’a plus de chiffre")
    page.get_by_label("Introduction", exact=True).fill("De [2] à ce jour.")
    page.get_by_role("button", name="Garder et relire").click()
    expect(page.get_by_text("De 100 places à ce jour.")).to_be_visible()
    page.context.close()


TYPED = (
    "Il y a 150 places, 30 agents et 12,5 % de plus.",
    "1. Un point de 7 lignes\n  2) Un autre de 8\n\n3. [1] sur 9 10. Fin",
    "[1] 4. agents\n{{valeur:T7.1@2025-01-31:etat}} 5, {{avis:7.2.mediane}}6",
    "[un lien](https://exemple.fr/12?a=13) vers [14](https://exemple.fr/(15)) (16)",
    "En 2026, 2027 %, le 3 juin, le 4\njuin, le 5\u00a0août, en 2024-2027 et 2025[1]",
    "M07, é12, DEMO-2.4, 3e, a@8, x=9, \u0661\u0662 places, \u00b2, [\u0663], 1\u202f500, 2 000,5",
    "\\[17] [18](19) [999] [0] [[1]](20) 1.500 1,500 \u202e21",
    "",
)


def test_full_name_of_a_figure_is_read_without_its_braces(browser, site, session):
    make_figure(session)
    page = opened(browser, session, site)

    page.get_by_label("Introduction", exact=True).fill("De {{valeur:T7.1@mi-parcours}} à 12.")

    expect(page.locator(".as-read")).to_have_text("De valeur:T7.1@mi-parcours à 12.")
    expect(page.locator(".as-read .chip")).to_have_text("valeur:T7.1@mi-parcours")
    expect(page.locator(".as-read mark")).to_have_text("12")
    page.context.close()


def test_numbers_are_marked_as_the_server_marks_them(browser, site, session):
    make_figure(session)
    page = opened(browser, session, site)
    page.get_by_label("Indicateur ou mesure").select_option("T7.1")
    page.get_by_role("button", name="Mettre dans le texte 150").click()

    marked = {text: page.evaluate(MARKS_OF, text) for text in TYPED}
    expected = {text: typed_numbers(text, ["150 places"]) for text in TYPED}

    assert marked == {text: [it.number for it in numbers] for text, numbers in expected.items()}
    page.get_by_label("Introduction", exact=True).fill("De [1] à 150.")
    page.get_by_role("button", name="Retirer le chiffre 1").click()
    expect(page.locator(".as-read .wrong")).to_have_text("[1]")
    expect(page.locator(".as-read mark")).to_have_text("150")
    assert violations(page) == []
    page.context.close()


MARKS_OF = """async (text) => {
    const field = document.getElementById("introduction");
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((done) => setTimeout(done, 300));
    return [...document.querySelectorAll(".as-read mark")].map((it) => it.textContent);
}"""
"""What is marked in the introduction, once the script has looked at it."""

HOSTILE = (
    "\"'><script>document.title = 1</script><img src=x onerror='document.title = 2'> [12]\n&lt;"
)


def test_hostile_words_of_a_figure_are_read_as_words(browser, site, session):
    by_others = {"reported_by": Reporter.ASSOCIATION, "reporter": HOSTILE}
    indicator = make_figure(session, **by_others)
    with writing(session):
        indicator.version.unit = {"fr": HOSTILE}
    page = opened(browser, session, site)
    page.get_by_label("Indicateur ou mesure").select_option("T7.1")
    page.get_by_label("Selon").select_option("association")
    page.get_by_role("button", name="Mettre dans le texte 150").click()
    page.get_by_role("button", name="Mettre dans le texte 150").last.click()
    page.keyboard.type(" et 12 et 13.")

    expect(page.get_by_label("Introduction", exact=True)).to_have_value("[1][1] et 12 et 13.")
    expect(page.locator(".as-read mark")).to_have_text("13")
    for place in (".as-read .chip", ".picked b", "#proposes b"):
        text = page.locator(place).first.text_content()
        assert " ".join(text.split()).replace("’", "'") == " ".join(f"150 {HOSTILE}".split())
    page.get_by_role("button", name="Ajouter les chiffres cochés").click()
    expect(page.locator(".picked li")).to_have_count(1)
    expect(page).to_have_title(re.compile("Bilan"))
    page.context.close()


def test_file_is_verified_on_the_public_page(browser, site, session, tmp_path):
    with writing(session):
        indicator = queries.stored_indicator(session, "T7.1")
        measurements.store(indicator.version, MEASURED, now())
    organiser = make_organiser(session)
    make_public_value(session, organiser, indicator, 150.0)
    make_report(session, organiser, introduction="Ils sont {{valeur:T7.1@mi-parcours}}.")
    context = browser.new_context(base_url=site.address, locale="fr-FR", reduced_motion="reduce")
    page, path = context.new_page(), tmp_path / "bilan.html"
    path.write_bytes(context.request.get("/bilan/1/bilan.html").body())

    page.goto("/bilan")
    page.get_by_text("Vérifier et citer").click()
    page.get_by_role("link", name="Vérifier un document").click()
    page.get_by_role("button", name="Vérifier").click()
    expect(page.get_by_text("Choisissez d’abord le fichier")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("Le fichier du bilan").set_input_files(path)
    page.get_by_role("button", name="Vérifier").click()
    expect(page.get_by_text("celui que le site a donné")).to_be_visible()
    assert violations(page) == []
    path.write_text(path.read_text("utf-8").replace("Ils sont 150", "Ils sont 950"), "utf-8")
    page.get_by_label("Un autre fichier").set_input_files(path)
    page.get_by_role("button", name="Vérifier").click()

    expect(page.get_by_text("n’est pas ce que le site a écrit")).to_be_visible()
    expect(page.get_by_text("valeur:T7.1@mi-parcours, ").first).to_be_visible()
    assert violations(page) == []
    context.close()
