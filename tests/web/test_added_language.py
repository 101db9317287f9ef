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


@pytest.mark.once
@pytest.mark.timeout(300)
def test_language_that_nobody_ships_is_added_without_code(tmp_path):
    folder = f"consultation/translations/{TAG}"
    copy_tree(tmp_path, {})
    (tmp_path / folder / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / folder / "language.toml").write_text(LANGUAGE, "utf-8")
    compile_catalogue(tmp_path / folder / "LC_MESSAGES" / "messages.mo")

    said = run_tests(tmp_path, "tests/web/added_language.py", LANGUAGES=f"fr en {TAG}")

    assert " passed" in said
    assert "failed" not in said, said


def compile_catalogue(path):
    with path.open("wb") as file:
        write_mo(file, read_po(CATALOGUE.splitlines(), locale="eo"))
