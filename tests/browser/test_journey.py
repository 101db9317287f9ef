"""From the home page to the workbook, as a visitor and then an organiser go."""

import re
import time

import openpyxl
import pytest
from playwright.sync_api import expect

from consultation.accounts import invitations
from consultation.clock import now
from consultation.db.base import writing
from tests.accounts.builders import set_up_in

PHONE = {"width": 390, "height": 844}
PASSWORD = "une phrase assez longue pour tenir"
TEXT = "Compter aussi les nuits refusées : « faute de place »."
START = "Compter aussi les nuits"
CODE = re.compile(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}")


def wait_for(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.1)


def choose(page, group, option):
    page.get_by_role("radiogroup", name=group).first.get_by_role("radio", name=option).check(
        force=True
    )


@pytest.mark.parametrize(
    "scripts",
    [
        pytest.param(True, id="with scripts", marks=pytest.mark.journey("respondent")),
        pytest.param(False, id="without scripts", marks=pytest.mark.once),
    ],
)
def test_from_the_home_page_to_the_workbook(browser, site, session, smtp_sink, tmp_path, scripts):
    context = browser.new_context(
        base_url=site.address, viewport=PHONE, java_script_enabled=scripts, locale="fr-FR"
    )
    page = context.new_page()
    requests = []
    page.on("request", lambda request: requests.append(request.url))

    page.goto("/")
    page.get_by_role("link", name="Choisir une mesure").click()
    page.get_by_label("Chercher une mesure ou un mot").fill("hebergement")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("link", name="Hébergement spécialisé").click()
    page.get_by_role("link", name="Donner mon avis").first.click()

    choose(page, "Que faire de cet indicateur", "Le reformuler")
    if scripts:
        page.get_by_text("Noter ou préciser").first.click()
    choose(page, "Permet-il d’évaluer", "7")
    page.get_by_label("Quelle formulation proposez-vous ?").first.fill(TEXT)
    page.get_by_label("Votre adresse électronique").fill("jeanne@exemple.fr")
    page.get_by_role("button", name="Envoyer ma contribution").click()

    expect(page).to_have_title(re.compile("^Erreur"))
    expect(page.get_by_label("Quelle formulation proposez-vous ?").first).to_have_value(TEXT)
    page.get_by_role("alert").get_by_role("link").first.click()
    page.get_by_label("À quel titre répondez-vous").select_option("citizen")
    page.get_by_role("button", name="Envoyer ma contribution").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Merci")
    code = CODE.search(page.inner_text("main"))[0]
    assert [it["name"] for it in context.cookies()] == ["displayed"]
    assert all(address.startswith(site.address) for address in requests)

    wait_for(lambda: smtp_sink.mails)
    mail = smtp_sink.mails[0]
    assert code in mail.part("plain")
    assert code in mail.part("html")
    assert "nuits refusées" not in mail.content.decode()
    link = re.search(rf"{site.address}/contributions/ouvrir/\S+", mail.part("plain"))[0]
    page.goto(link)
    page.get_by_role("button", name="Ouvrir mon espace").click()
    page.get_by_text("Relire mes réponses").click()
    expect(page.get_by_text(TEXT)).to_be_visible()
    page.get_by_role("button", name="Fermer mon espace").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("fermé")

    with writing(session()):
        invitation = invitations.first_administrator_link(session(), site.address, now())
    staff = browser.new_context(base_url=site.address, java_script_enabled=scripts).new_page()
    staff.goto(invitation)
    staff.get_by_label("Votre adresse").fill("organisation@exemple.fr")
    staff.get_by_label("Mot de passe").fill(PASSWORD)
    staff.get_by_label("Le même, encore une fois").fill(PASSWORD)
    staff.get_by_role("button", name="Ouvrir mon compte").click()
    set_up_in(staff)
    staff.get_by_role("link", name="J’ai noté mes codes").click()
    staff.get_by_role("link", name="Consulter").first.click()
    staff.get_by_role("link", name="Contributions").first.click()
    staff.get_by_role("link", name="Hébergement spécialisé").first.click()
    expect(staff.get_by_role("code").get_by_text(code)).to_be_visible()
    expect(staff.get_by_text(TEXT)).to_be_visible()

    staff.get_by_role("link", name="Accueil").first.click()
    staff.get_by_role("link", name="Relire").first.click()
    wait_for(lambda: staff.reload() and staff.get_by_role("link", name=START).count())
    staff.get_by_role("link", name=START).first.click()
    expect(staff.get_by_text(TEXT).first).to_be_visible()
    staff.get_by_role("button", name="Garder pour les classeurs").click()

    staff.get_by_role("link", name="Accueil").first.click()
    staff.get_by_role("link", name="Résultats").first.click()
    staff.get_by_role("link", name="Exporter").first.click()
    staff.get_by_role("button", name="Préparer le classeur").click()
    download = staff.get_by_role("link", name="Télécharger le classeur")
    download.wait_for(timeout=60_000)
    with staff.expect_download() as begun:
        download.click()
    file = tmp_path / begun.value.suggested_filename
    begun.value.save_as(file)

    assert "non-relu" not in file.name
    workbook = openpyxl.load_workbook(file)
    assert workbook["Lisez-moi"]["A1"].value.startswith("Tous les textes")
    texts = [cell.value for row in workbook["Textes"].iter_rows() for cell in row]
    assert TEXT in texts
    assert code in texts
    everything = [
        str(cell.value) for sheet in workbook for row in sheet.iter_rows() for cell in row
    ]
    assert not any("jeanne@exemple.fr" in value for value in everything)
    workbook.close()


@pytest.mark.once
def test_error_link_shows_its_question_below_the_bar(browser, site):
    page = browser.new_context(base_url=site.address, viewport=PHONE, locale="fr-FR").new_page()
    page.goto("/mesures/T4/contribuer")
    page.get_by_label("Que souhaitez-vous ajouter").fill("Rien de plus.")
    page.get_by_role("button", name="Envoyer ma contribution").click()

    link = page.get_by_role("alert").get_by_role("link")
    expect(link).to_have_text("Indiquez à quel titre vous répondez.")
    link.click()

    capacity = page.get_by_label("À quel titre répondez-vous")
    expect(capacity).to_be_focused()
    bar = page.locator(".toc").bounding_box()
    field = page.locator(".field", has=capacity).bounding_box()
    assert field["y"] >= bar["y"] + bar["height"]
    assert field["y"] + field["height"] <= PHONE["height"]
