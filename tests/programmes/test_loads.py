"""Benchmarks of a site under load run to their end, and print their figures."""

import pytest

from tests.programmes.short_forms import UNDER_LOAD

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("name", UNDER_LOAD)
def test_load_runs_in_its_short_form(run_short, name):
    assert run_short(name, UNDER_LOAD[name]) == set()
