"""The languages that ship beside French and English, on a site that has them all."""

import pytest

from consultation.i18n import SHIPPED
from tests.tree_copy import ROOT, run_tests


@pytest.mark.timeout(300)
def test_site_speaks_each_language_that_ships(request):
    database = request.config.getoption("database")
    said = run_tests(
        ROOT,
        "tests/web/shipped_languages.py",
        f"--database={database}",
        LANGUAGES=" ".join(SHIPPED),
    )

    assert " passed" in said
    assert "failed" not in said, said
