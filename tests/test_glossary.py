"""No name holds a word that the field does not use, and no exception is listed in vain."""

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
