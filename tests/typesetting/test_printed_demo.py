"""The printed documents of the demonstration, measured; of all sixty measures in the long way."""

import pytest
from lxml import html

from consultation.clock import now
from consultation.db.base import writing
from consultation.demo import fill as demo_fill
from tests.typesetting.sheet import beyond, pieces, torn
from tests.typesetting.tables import lone_rows

MEASURES, MEASURES_LONG = 2, 60


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False, "BASE_URL": "https://exemple.fr"}


@pytest.fixture
def demonstration(session, is_long):
    measures = MEASURES_LONG if is_long else MEASURES
    with writing(session):
        demo_fill.fill(session, measures=measures, responses=5 * measures, at=now())
    return [f"DEMO-{number}" for number in range(1, measures + 1)]


def measured(client, address, page, margin):
    """What leaves the margins of a PDF, words that it cuts, and pages with one row of a table."""
    made, shown = client.get(address), client.get(page)
    assert (made.status_code, made.mimetype) == (200, "application/pdf"), address
    assert shown.status_code == 200, page
    sources = list(html.document_fromstring(shown.text).itertext())
    assert len(pieces(made.data)) > 5
    left = [(it.page, it.text) for it in beyond(made.data, margin)]
    return left, torn(made.data, sources), lone_rows(made.data)


@pytest.mark.timeout(900)
def test_documents_of_the_demonstration_stay_on_their_sheets(client, demonstration):
    documents = [
        ("/bilan/1/bilan.pdf", "/bilan/1/bilan.html", 22),
        ("/document/edition-2.pdf", "/document/edition-2.html", 22),
        ("/en/bilan/1/bilan.pdf", "/en/bilan/1/bilan.html", 22),
    ]
    for code in demonstration:
        measure = f"/mesures/{code}"
        documents.append((f"{measure}/formulaire.pdf", f"{measure}/contribuer", 17))
        documents.append((f"{measure}/affiche.pdf", measure, 22))

    found = {
        address: measured(client, address, page, margin) for address, page, margin in documents
    }

    assert {address: it for address, it in found.items() if it != ([], [], [])} == {}
