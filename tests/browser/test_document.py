"""The public page of the working document: accessible, with and without what changed."""

import pytest

from tests.browser.test_accessibility import page as page
from tests.browser.test_accessibility import violations
from tests.decisions.builders import make_organiser
from tests.documents.builders import two_editions


@pytest.mark.looks
def test_pages_of_the_document_have_no_violation(page, session, site):
    empty = violations_of(page, "/document")
    two_editions(session, make_organiser(session, "editrice"))

    pages = [violations_of(page, it) for it in ("/document", "/en/document?edition=2&depuis=0")]

    assert [empty, *pages] == [[], [], []]


def violations_of(page, address):
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    return violations(page)


@pytest.mark.looks
def test_file_in_html_is_accessible_without_the_site(page, session, site, tmp_path):
    two_editions(session, make_organiser(session, "editrice"))
    page.goto("/document")
    with page.expect_download() as download:
        page.get_by_role("link", name="HTML, une page à garder").click()
    path = tmp_path / "document.html"
    download.value.save_as(path)

    page.goto(path.as_uri())

    assert page.title() == "Deuxième version"
    assert violations(page) == []
