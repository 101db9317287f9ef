"""Benchmarks of files and mails run to their end, and print their figures."""

import pytest

from tests.programmes.short_forms import OF_FILES

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("name", OF_FILES)
def test_benchmark_of_files_runs_in_its_short_form(run_short, name):
    assert run_short(name, OF_FILES[name]) == set()
