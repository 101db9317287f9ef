"""A report written with the keyboard: a figure is picked, and its number stands in the text."""

from playwright.sync_api import expect

from consultation.clock import now
from consultation.db.base import writing
from consultation.plan import queries
from consultation.plan.measurement import values as measurements
from tests.browser.axe import violations
from tests.browser.test_editor import sign_in
from tests.decisions.builders import make_organiser
from tests.plan.values.builders import MEASURED, make_public_value
from tests.reports.builders import make_report


def test_figure_is_picked_with_the_keyboard_and_read_before_it_is_public(browser, site, session):
    with writing(session):
        indicator = queries.stored_indicator(session, "T7.1")
        measurements.store(indicator.version, MEASURED, now())
    make_public_value(session, make_organiser(session), indicator, 150.0)
    context = browser.new_context(base_url=site.address, locale="fr-FR", reduced_motion="reduce")
    page = context.new_page()
    sign_in(page, session, site)
    page.goto("/organisation/bilan")
    page.get_by_label("Titre", exact=True).fill("Le plan à mi-parcours")
    text = page.get_by_label("Introduction", exact=True)
    text.press_sequentially("Il y en a ")
    page.get_by_label("Indicateur ou mesure").select_option("T7.1")
    figure = page.locator(".offered").get_by_role("button", name="150")
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
    context.close()


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
