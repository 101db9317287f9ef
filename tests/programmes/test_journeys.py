"""Journeys in a browser run to their end, and print what they took."""

import pytest

from tests.programmes.short_forms import JOURNEYS

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("name", JOURNEYS)
def test_journey_runs_in_its_short_form(run_short, name):
    assert run_short(name, JOURNEYS[name]) == set()
