"""No name holds a word that the field does not use, none of a test begins with an article."""

import re

import pytest

from tests import glossary


@pytest.mark.parametrize("folder", glossary.FOLDERS)
def test_names_hold_no_forbidden_word(folder):
    wrong = [f"{hit.path}:{hit.line}: {hit.name}" for hit in glossary.hits(glossary.ROOT / folder)]

    assert wrong == []


def test_every_exception_is_needed():
    names = {
        name
        for folder in glossary.FOLDERS
        for file in (glossary.ROOT / folder).rglob("*")
        for _line, name in glossary._names(file)
    }

    assert set(glossary.ALLOWED) - names == set()


def test_names_of_tests_begin_with_no_article():
    """But with the noun of the code: no article stands before it."""
    names = {
        name: path.relative_to(glossary.ROOT)
        for path in (glossary.ROOT / "tests").rglob("*.py")
        for name in re.findall(r"def (test_(?:an?|the)_\w+)", path.read_text("utf-8"))
    }

    assert names == {}


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("found", "found"), ("_found", "found"), ("round_found", ""), ("faults_of", "faults"),
        ("hold_row", ""), ("is_overtaken", "overtaken"), ("SignInForm", ""), ("WorkerSign", "sign"),
        ("outline", ""), ("sign_out", ""), ("StandingLabel", "standing"), ("grown", ""),
    ],
)  # fmt: skip
def test_word_is_found_as_a_part_of_a_name(name, word):
    assert glossary._word_in(name) == word
