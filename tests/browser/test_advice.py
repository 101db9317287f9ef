"""Advice on easy texts: while somebody types, it is that of the page once the text is saved."""

import pytest
from playwright.sync_api import expect

from consultation.readability.rules import advice, rules_of
from consultation.web.typography import typeset
from tests.browser.axe import violations
from tests.browser.conftest import open_first_round
from tests.browser.test_editor import sign_in
from tests.faults.server import Server

EASY = "fr-x-facile"


@pytest.fixture
def site(app, tmp_path, keys_dir, database_url):
    """A site with easier French."""
    open_first_round(app)
    home = tmp_path / "site"
    home.mkdir()
    server = Server(
        home, database_url=database_url, KEYS_DIR=keys_dir, EXPORTS_DIR=tmp_path / "exports",
        LANGUAGES=f"fr {EASY}",
    )  # fmt: skip
    server.start()
    server.address = f"http://127.0.0.1:{server.port}"
    yield server
    server.close()


def test_advice_follows_what_is_typed_and_is_that_of_the_page(browser, site, session):
    context = browser.new_context(base_url=site.address, locale="fr-FR", reduced_motion="reduce")
    page = context.new_page()
    sign_in(page, session, site)
    page.goto("/organisation/site/hebergeur")
    page.get_by_label("Montrer les traductions et les codes").check()
    area = page.get_by_label("En français facile", exact=True)
    lines = page.locator("[data-advice] li")

    for typed in (
        "Une maison à Lille.",
        "L’État, la DGCS et deux juges travaillent, ainsi\u00a0que trois élus, à cette page ici.",
        "Voici [la CNIL](https://www.cnil.fr/DEUX). C’est la commission. Écrivez à la DGCS.\nDEUX",
        "",
    ):
        area.fill(typed)
        expect(lines).to_have_text([typeset(it) for it in advice(typed, rules_of(EASY))])

    assert violations(page) == []
    context.close()
