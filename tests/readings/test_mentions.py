"""The mention of who read a page, on a site that has all languages that ship."""

import pytest

from consultation.i18n import SHIPPED
from tests.tree_copy import ROOT, run_tests


@pytest.mark.timeout(300)
def test_pages_say_who_read_them_as_they_are(request):
    database = request.config.getoption("database")
    said = run_tests(
        ROOT, "tests/readings/mentions.py", f"--database={database}", LANGUAGES=" ".join(SHIPPED)
    )

    assert " passed" in said, said
    assert "failed" not in said, said


def test_language_without_readers_has_no_such_page(app, session):
    from tests.questionnaires.publishing_builders import browser

    lou = browser(app, session)

    assert lou.get("/organisation/site/langues/en/relectures").status_code == 404
    assert "relectures" not in lou.get("/organisation/site/langues").text
