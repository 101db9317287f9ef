"""Languages: French without a translation is marked on English pages (RGAA 8.7)."""

from html.parser import HTMLParser

import pytest
import sqlalchemy as sa

from consultation.plan.models import IndicatorVersion
from tests.factories import make_measure, make_round

TITLE, AXIS, LABEL = "Héberger en sécurité", "Protéger les personnes", "Places réservées"
VOID = {"input", "br", "meta", "link", "img", "hr", "path", "use", "rect", "circle"}
UNMARKED = {"title", "desc"}  # they hold no element, and stand beside what is marked


class Languages(HTMLParser):
    """Collects each text of a page with the language that it is said to be in."""

    def __init__(self, page):
        super().__init__()
        self.open, self.languages = [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            inherited = self.open[-1][1] if self.open else None
            self.open.append((tag, dict(attributes).get("lang", inherited)))

    def handle_endtag(self, tag):
        if tag in [name for name, _ in self.open]:
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data):
        if data.strip() and self.open and self.open[-1][0] not in UNMARKED:
            self.languages.append((data, self.open[-1][1]))

    def of(self, text):
        return {language for data, language in self.languages if text in data}


@pytest.fixture
def french_plan(session):
    measure = make_measure(session, "T7")
    measure.title, measure.axis.title = {"fr": TITLE}, {"fr": AXIS}
    for version in session.scalars(sa.select(IndicatorVersion)):
        version.label, version.definition = {"fr": LABEL}, {"fr": "Au 31 décembre."}
    make_round(session)
    session.commit()


PAGES = ["/mesures", "/mesures/T7", "/mesures/T7/contribuer"]


@pytest.mark.parametrize("path", PAGES)
def test_what_the_plan_says_in_french_only_is_marked_on_english_pages(client, french_plan, path):
    english = Languages(client.get(f"/en{path}").text)
    french = client.get(path).text

    by_text = {text: english.of(text) for text in (TITLE, AXIS, LABEL)}
    assert by_text[TITLE] == {"fr"}
    assert any(by_text.values())
    assert all(languages <= {"fr"} for languages in by_text.values())
    assert '<span lang="fr">' not in french


def test_what_is_translated_is_not_marked(client, session):
    measure = make_measure(session, "T7")
    measure.title = {"fr": TITLE, "en": "Shelter in safety"}
    session.commit()

    english = Languages(client.get("/en/mesures/T7").text)

    assert english.of("Shelter in safety") == {"en"}
    assert english.of(TITLE) == set()


def test_marked_title_is_escaped_all_the_same(client, session):
    measure = make_measure(session, "T7")
    measure.title = {"fr": '<b onclick="x">Gras</b> & co'}
    session.commit()

    page = client.get("/en/mesures/T7").text

    assert "<b onclick" not in page
    assert "&lt;b onclick=" in page


@pytest.mark.parametrize("prefix", ["/ar", "/pt-br", "/facile"])
def test_address_in_a_language_that_the_site_no_longer_has_leads_to_the_french_page(client, prefix):
    """A personal link that was mailed in it still opens."""
    answer = client.get(f"{prefix}/mesures?q=logement")

    assert answer.status_code == 302
    assert answer.location == "/mesures?q=logement"
    assert client.post(f"{prefix}/mesures").status_code == client.post("/mesures").status_code
    assert client.get(f"{prefix}/nulle-part", follow_redirects=True).status_code == 404


def test_address_that_begins_like_a_language_is_another(client):
    assert client.get("/arbre").status_code == 404
