"""Cost of a response, in counts that are the same on every machine."""

import json
import os
import subprocess
import sys

import pytest

from consultation.i18n import SHIPPED
from tests.faults.server import ROOT

MOST_CALLS = 21_200
"""A tenth above those of a response in two languages, by `cProfile` of Python 3.11.

A later Python calls no function for a comprehension, and so makes fewer.
"""
MOST_STATEMENTS = 33
"""A tenth above those of a response, in whatever languages, on both databases."""
DEARER_IN_SEVEN = 1.1
LANGUAGES = ("fr en", " ".join(SHIPPED))


def cost(languages, url):
    """The calls and statements of one response, in a process of its own that has warmed up."""
    command = [sys.executable, "-m", "tests.benchmarks.receipt_steps", "--counts", url]
    environment = os.environ | {"CONSULTATION_LANGUAGES": languages}
    run = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(run.stdout)


@pytest.mark.cost
def test_response_makes_few_calls_and_statements_and_no_more_in_seven_languages(
    database_url, databases
):
    two, seven = (cost(languages, database_url) for languages in LANGUAGES)

    assert len(SHIPPED) == 7
    assert two["statements"] == seven["statements"] <= MOST_STATEMENTS
    assert seven["calls"] <= two["calls"] * DEARER_IN_SEVEN
    if databases.dialect.name == "sqlite":  # the driver of PostgreSQL is partly written in Python
        assert two["calls"] <= MOST_CALLS
