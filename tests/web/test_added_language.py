"""A language is a folder of data: tried in a copy of the tree, without a line of code."""

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from tests.tree_copy import copy_tree, run_tests

TAG = "eo-001-x-simpla"
LANGUAGE = """\
name = "Esperanto"
french_name = "espéranto"
territory = "001"
direction = "rtl"
formats = "eo"
offer = "Ĉi tiu konsultado ankaŭ estas en Esperanto."
follow = "Daŭrigi en Esperanto"
"""
CATALOGUE = """\
msgid ""
msgstr ""
"Language: eo\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Aide"
msgstr "Helpo"

msgid "Bonjour,"
msgstr "Saluton,"
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tree")
    copy_tree(folder, {})
    add_language(folder)
    return folder


@pytest.mark.once
@pytest.mark.timeout(300)
@pytest.mark.parametrize("file", ["added_language", "added_language_everywhere"])
def test_language_that_nobody_ships_is_added_without_code(tree, file):
    said = run_tests(tree, f"tests/web/{file}.py", LANGUAGES=f"fr en {TAG}")

    assert " passed" in said, said
    assert "failed" not in said, said


def add_language(folder):
    """All that a language is: its data and its texts."""
    place = folder / "consultation/translations" / TAG
    (place / "LC_MESSAGES").mkdir(parents=True)
    (place / "language.toml").write_text(LANGUAGE, "utf-8")
    with (place / "LC_MESSAGES/messages.mo").open("wb") as file:
        write_mo(file, read_po(CATALOGUE.splitlines(), locale="eo"))
