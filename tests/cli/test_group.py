"""Commands and errors are named by where they are: each has to be there."""

from importlib import import_module

import click
import pytest

from consultation.cli import group, main


def at(place):
    module, _, name = place.rpartition(".")
    return getattr(import_module(module), name)


@pytest.mark.parametrize("place", [*group.FACTS, *group.UNAVAILABLE])
def test_each_error_that_is_told_in_a_sentence_is_an_exception(place):
    assert issubclass(at(place), Exception)


@pytest.mark.parametrize("place", main.PLACES.values())
def test_each_command_is_in_its_module(place):
    assert isinstance(at(f"consultation.cli.{place}"), click.Command)
