"""The journeys of the people who run a consultation, in a browser.

`python -m tests.journeys.team` starts two sites, one empty and one filled with the demonstration,
goes through them as one person with every role, and prints for each journey its clicks, the keys
struck, the pages opened (also where one refreshes itself) and the seconds of browser.
"""

import argparse
import contextlib
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from passlib.totp import TOTP
from playwright.sync_api import expect, sync_playwright

from consultation.accounts import first_link
from consultation.plan.drafts import AxisDraft, IndicatorDraft, MeasureDraft, PlanDraft
from consultation.plan.workbook import writer
from consultation.spreadsheets.writer import Format
from tests.accounts.builders import PASSWORD
from tests.benchmarks.deployed import Deployed, demonstrate
from tests.benchmarks.sizes import sized
from tests.browser.conftest import launching
from tests.inbox.builders import make_mail

EMAIL = "lou@association.example"
DESKTOP = {"width": 1280, "height": 900}
PATIENCE = 600_000  # milliseconds, for what is made in the background, which gives way to others
MOST_TABS = 900
AXES, INDICATORS, CONTACTS, TEXTS = 6, 4, 22, sized(20, 3)
CONDITION = "Selon « D’après votre expérience, où en est cette mesure ? »"
RULE = "Cette source masque-t-elle les petits nombres ?"
PLACE_OF_OPTION = r"""(list, wanted) => [...list.options].findIndex(
  ({ value, text }) => [value, text.replace(/\s/g, " ")].includes(wanted)
) - list.selectedIndex"""


class Hands:
    """What is done on the pages, counted."""

    def __init__(self, page, site, has_scripts=True):
        self.page, self.site, self.has_scripts = page, site, has_scripts
        self.clicks = self.keys = self.pages = 0
        page.on("domcontentloaded", self._count_page)

    def _count_page(self, _):
        self.pages += 1

    def counts(self):
        return self.clicks, self.keys, self.pages

    def reach(self, wanted):
        """Bring the pointer there: it costs nothing."""

    def click(self, wanted):
        self.clicks += 1
        wanted.click()

    def go(self, wanted):
        """Click on what leads to another page, and wait for it."""
        self.reach(wanted)
        with self.page.expect_navigation():
            self.click(wanted)

    def follow(self, name, inside="body"):
        self.go(self.page.locator(inside).get_by_role("link", name=name).first)

    def press(self, name):
        self.go(self.page.get_by_role("button", name=name).first)

    def write(self, label, text):
        self.keys += len(text)
        self.page.get_by_label(label, exact=True).fill(text)

    def choose(self, label, option):
        self.clicks += 1
        self.page.get_by_label(label, exact=True).select_option(option)

    def pick(self, label):
        """Choose one of several buttons of a question."""
        self.clicks += 1
        self.page.get_by_role("radio", name=label).check(force=True)

    def attach(self, label, path):
        self.clicks += 1
        self.page.get_by_label(label).set_input_files(path)

    def strike(self, key):
        """Press a key that leads to another page."""
        self.keys += 1
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def see(self, text):
        """Wait for a text in sight, whatever else says the same in a folded part."""
        expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible()


class Keyboard(Hands):
    """The same without a mouse: Tab until it has the focus, then Enter, Space or arrows."""

    def __init__(self, page, site, has_scripts=True):
        super().__init__(page, site, has_scripts)
        # Asked for from the start: on a busy machine Enter comes before a later request is heard.
        page.on("filechooser", lambda _: None)

    def _strike(self, key):
        self.keys += 1
        self.page.keyboard.press(key)

    def reach(self, wanted):
        wanted.wait_for()
        for _ in range(MOST_TABS):
            if wanted.evaluate("it => it === document.activeElement"):
                return
            self._strike("Tab")
        raise AssertionError(f"the keyboard does not come to {wanted}")

    def click(self, wanted):
        self.reach(wanted)
        is_box = wanted.get_attribute("type") == "checkbox"
        self._strike("Space" if is_box else "Enter")

    def write(self, label, text):
        self.reach(self.page.get_by_label(label, exact=True))
        self.keys += len(text)
        self.page.keyboard.type(text)

    def choose(self, label, option):
        wanted = self.page.get_by_label(label, exact=True)
        self.reach(wanted)
        for _ in range(wanted.evaluate(PLACE_OF_OPTION, option)):
            self._strike("ArrowDown")

    def pick(self, label):
        self.reach(self.page.get_by_role("radio", name=label))
        self._strike("Space")

    def attach(self, label, path):
        self.reach(self.page.get_by_label(label))
        with self.page.expect_file_chooser() as chooser:
            self._strike("Enter")
        chooser.value.set_files(path)


@dataclass
class Site:
    """A site that runs, and where the files of its people are."""

    folder: Path
    address: str
    first_link: str
    measures: int


def first_quarter_of_an_hour(hands):
    hands.page.goto(hands.site.first_link)
    hands.write("Votre adresse", EMAIL)
    hands.write("Mot de passe", PASSWORD)
    hands.write("Le même, encore une fois", PASSWORD)
    hands.press("Ouvrir mon compte")
    key = hands.page.locator("main code").first.inner_text().replace(" ", "")
    hands.write("Code à six chiffres", TOTP(key).generate().token)
    hands.press("Activer la vérification")
    hands.follow("J’ai noté mes codes")
    hands.see(re.compile("À faire|Avant d’ouvrir"))


def loading_the_list(hands):
    path = hands.site.folder / "plan.xlsx"
    writer.write_draft(plan_of(hands.site.measures), path, Format.XLSX)
    hands.follow("Préciser l’outil")
    hands.follow("Charger un fichier")
    hands.attach("Fichier", path)
    hands.press("Voir ce qui change")
    hands.press("Confirmer")
    hands.see(re.compile(f"{hands.site.measures}.mesures"))


def a_conditioned_question(hands):
    hands.follow("Préciser l’outil")
    hands.follow("Questionnaire")
    hands.follow("Ajouter une question : Où en est la mesure")
    hands.write("Intitulé", "Depuis quand ?")
    if hands.has_scripts:
        with hands.page.expect_navigation():
            hands.choose("Selon la réponse à", CONDITION)
    else:
        hands.choose("Selon la réponse à", CONDITION)
        hands.press("Montrer les réponses de cette question")
    condition = hands.page.get_by_role("group", name="Quand la poser")
    hands.click(condition.get_by_role("checkbox").first)
    hands.press("Enregistrer")
    hands.follow("Voir ce qui change")
    hands.press("Publier")
    hands.see("Rien à publier")


def contacts_and_a_message(hands):
    path = hands.site.folder / "contacts.csv"
    path.write_text("Courriel;Structure\n" + "".join(map(contact, range(CONTACTS))))
    hands.follow("Préciser l’outil")
    hands.follow("Consulter")
    hands.follow("Importer des contacts")
    hands.attach("Fichier", path)
    hands.write("Nom du nouveau groupe", "Associations")
    hands.write("D’où viennent ces adresses ?", "adhérents du collectif")
    hands.press("Voir ce qui change")
    hands.press("Confirmer")
    hands.follow("Invitations")
    hands.follow("Écrire un message")
    hands.click(hands.page.get_by_label(re.compile("^Associations")))
    hands.press("Enregistrer le brouillon")
    hands.press("Lancer l’envoi")
    hands.see(re.compile("envoi en cours|envoyé"))


def a_mail_converted(hands):
    path = hands.site.folder / "idee.eml"
    path.write_bytes(make_mail(subject="Mesure 12"))
    hands.follow("Préciser l’outil")
    hands.follow("Consulter")
    hands.follow("Courrier reçu")
    hands.follow("Ajouter des courriels")
    hands.attach("Fichiers", path)
    hands.press("Ajouter ces courriels")
    hands.follow("Courrier reçu")
    hands.follow("Mesure 12", "main")
    hands.press(re.compile("^Convertir en"))
    hands.see("Devenu")


def twenty_texts(hands):
    hands.follow("Relire")
    before = published(hands)
    hands.follow("Commencer à relire")
    for _ in range(TEXTS):
        publish(hands)
    hands.press("Annuler")
    publish(hands)
    hands.follow("Relire")
    assert published(hands) == before + TEXTS


def published(hands):
    """How many texts the page of moderation says are published."""
    label = hands.page.get_by_role("link", name=re.compile("^Publiés")).inner_text()
    return int(re.sub(r"\D", "", label))


def publish(hands):
    """Publish the first text from here on that waits for nobody who reads its language."""
    while not hands.page.locator("[data-key~=p]").count():
        gesture(hands, "n")
    gesture(hands, "p")


def gesture(hands, key):
    if hands.has_scripts:
        hands.strike(key)
    else:
        hands.go(hands.page.locator(f"[data-key~={key}]"))


def coverage_overview_publication(hands):
    hands.follow("Consulter")
    hands.follow("Couverture")
    hands.go(hands.page.locator(".coverage td a").first)
    hands.follow("Résultats")
    hands.follow("Ce que disent les notes")
    hands.follow("Rendre public")
    hands.follow(re.compile("Aperçu de DEMO-4$"))
    hands.press("Publier ces chiffres")
    hands.see("Les chiffres sont publiés.")


def a_decision(hands):
    hands.follow("Décider")
    hands.go(hands.page.locator("main tbody th a:not([aria-label])").first)
    hands.follow(re.compile("^Suivant"))
    hands.pick(re.compile("^Garder"))
    hands.write("Pourquoi", "Les avis le demandent.")
    hands.press(re.compile("^Décider$"))
    hands.see("C’est décidé pour")


def an_edition(hands):
    """The decision of the journey before, published; people are told of it elsewhere."""
    hands.follow("Publier l’édition")
    hands.write("Titre", "Édition d’essai")
    hands.press("Voir ce que l’édition change")
    hands.press(re.compile("^Publier l’édition"))
    hands.see("Voir le document de cette édition")


def values_published_and_a_letter(hands):
    hands.follow("Évaluer le plan")
    hands.follow("Publier les valeurs")
    hands.write("Mots ou code", "DEMO-2.3")
    hands.press("Filtrer")
    hands.click(hands.page.locator("main").get_by_role("checkbox").first)
    hands.press("Relire les valeurs cochées")
    if hands.page.get_by_label(RULE, exact=True).count():
        hands.write(RULE, "aucune")
    hands.press(re.compile("^Publier"))
    hands.see("1 valeur est publique.")
    hands.follow("Réunir les chiffres")
    hands.follow("Demandes de chiffres")
    hands.follow(re.compile("^Demander"), "main")
    hands.write("À qui", "Ministère de la Justice")
    hands.write("Codes des indicateurs", "DEMO-1.2")
    hands.choose("Échéance", "mi\u2011parcours")
    hands.write("Document cherché", "Le tableau de suivi du plan")
    hands.press("Écrire la lettre")
    hands.see("Ministère de la Justice")


def a_report(hands):
    hands.follow("Évaluer le plan")
    hands.follow("Bilan")
    hands.write("Titre", "Le plan à mi-parcours")
    hands.write("Introduction", "Le plan avance, et tout n’est pas encore mesuré.")
    hands.press("Garder et relire")
    hands.press(re.compile("^Publier le bilan"))
    hands.see("Voir la page publique du bilan")


def a_workbook(hands):
    hands.follow("Résultats")
    hands.follow("Exporter")
    hands.press("Préparer le classeur")
    link = hands.page.get_by_role("link", name="Télécharger").first
    expect(link).to_be_visible(timeout=PATIENCE)
    with hands.page.expect_download() as download:
        hands.click(link)
    assert download.value.path().stat().st_size


def a_setting_and_a_backup(hands):
    hands.follow("Administrer")
    hands.follow("Réglages")
    hands.write("Personne référente en cas de danger", "la permanence")
    hands.press("Enregistrer")
    hands.follow("État du site")
    hands.press("Sauvegarder maintenant")
    hands.see("La sauvegarde est demandée")
    backups = hands.page.get_by_role("table", name="Les dernières sauvegardes")
    expect(backups).to_be_visible(timeout=PATIENCE)


def five_hundred_contributions(hands):
    hands.follow("Consulter")
    hands.follow("Contributions")
    hands.write("Mots des textes", "départements")
    hands.choose("Qualité", "justice")
    hands.press("Filtrer")
    hands.follow("Organisation")
    hands.go(hands.page.locator("main tbody th a").first)


EMPTY_SITE = (
    first_quarter_of_an_hour,
    loading_the_list,
    a_conditioned_question,
    contacts_and_a_message,
    a_mail_converted,
    a_setting_and_a_backup,
)
DEMONSTRATION = (
    twenty_texts,
    coverage_overview_publication,
    a_decision,
    an_edition,
    values_published_and_a_letter,
    a_report,
    a_workbook,
    five_hundred_contributions,
)


def plan_of(measures):
    """A plan of the size of the official one, with as many indicators a measure."""
    axes = tuple(AxisDraft(f"A{number}", {"fr": f"Axe {number}"}) for number in range(AXES))
    return PlanDraft(axes, tuple(measure(number) for number in range(1, measures + 1)))


def measure(number):
    indicators = tuple(
        IndicatorDraft(f"{number}.{rank}", {"fr": f"Indicateur d'essai {number}.{rank}"})
        for rank in range(1, INDICATORS + 1)
    )
    title = {"fr": f"Mesure d'essai numéro {number}"}
    return MeasureDraft(str(number), f"A{number % AXES}", title, indicators=indicators)


def contact(number):
    return f"contact{number}@association.example;Association {number}\n"


def run(browser, site, journeys, hands_of, has_scripts):
    """Yield the name of each journey with its counts and seconds."""
    page = browser.new_page(
        base_url=site.address, locale="fr-FR", viewport=DESKTOP, java_script_enabled=has_scripts
    )
    for number, journey in enumerate(journeys):
        if number:
            page.goto("/organisation/")
        hands, began = hands_of(page, site, has_scripts), time.monotonic()
        journey(hands)
        yield journey.__name__, *hands.counts(), time.monotonic() - began
    page.context.close()


@contextlib.contextmanager
def started(folder, name, measures, responses=0):
    """A site on a free port, filled with the demonstration where it has responses."""
    home = folder / name
    home.mkdir()
    if responses:
        demonstrate(home, measures, responses)
    server = Deployed(home)
    try:
        server.start()
        link = (home / first_link.NAME).read_text().strip()
        yield Site(folder, f"http://127.0.0.1:{server.port}", link, measures)
    finally:
        server.close()


def main(measures, responses, keyboard, no_scripts):
    way = Keyboard if keyboard else Hands, not no_scripts
    with (
        tempfile.TemporaryDirectory() as folder,
        started(Path(folder), "empty", measures) as empty,
        started(Path(folder), "demonstration", measures, responses) as filled,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(**launching({}))
        for row in run(browser, empty, EMPTY_SITE, *way):
            show(*row)
        _, *rows = run(browser, filled, (first_quarter_of_an_hour, *DEMONSTRATION), *way)
        for row in rows:
            show(*row)


def show(name, clicks, keys, pages, seconds):
    label = name.replace("_", " ")
    sys.stdout.write(
        f"{label:32}{clicks:4} clicks {keys:4} keys {pages:4} pages {seconds:6.1f} s\n"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measures", type=int, default=60)
    parser.add_argument("--responses", type=int, default=500)
    parser.add_argument("--keyboard", action="store_true", help="without a mouse")
    parser.add_argument("--no-scripts", action="store_true", help="without JavaScript")
    main(**vars(parser.parse_args()))
