"""Benchmarks run to their end, and print their figures."""

import pytest

from tests.programmes.short_forms import BENCHMARKS

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_benchmark_runs_in_its_short_form(run_short, name):
    assert run_short(name, BENCHMARKS[name]) == set()
