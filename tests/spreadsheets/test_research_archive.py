"""Whatever text there is comes back equal from Parquet and from SPSS."""

import math

import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from consultation.spreadsheets.research_archive import Copies, write_spss
from consultation.spreadsheets.table import Column, Table
from tests.spreadsheets.test_texts import LOOKS_LIKE_ANOTHER_TYPE, TEXTS


@pytest.fixture(scope="session")
def copied(tmp_path_factory):
    """Return a function that copies a table as the package does, and gives its two files."""

    def copied(columns, rows):
        folder = tmp_path_factory.mktemp("copies")
        table = Table("Feuille", columns, lambda: [list(row) for row in rows])
        copies = Copies(table, folder)
        list(copies.passed(table.checked_rows()))
        copies.close([])
        write_spss(table, copies.parquet, folder / "Feuille.sav")
        return copies.parquet, folder / "Feuille.sav"

    return copied


@settings(max_examples=30)
@given(st.lists(TEXTS.filter(bool), min_size=1, max_size=30))
def test_any_text_survives_parquet_and_spss(copied, texts):
    columns = [Column("Texte", code="text", kind="texte")]

    tables, spss = copied(columns, [[text] for text in texts])

    assert parquet.read_table(tables)["text"].to_pylist() == texts
    frame, _about = pyreadstat.read_sav(str(spss))
    # SPSS fills texts with blanks, and so knows none at their end.
    assert [text.rstrip(" ") for text in frame["text"]] == [text.rstrip(" ") for text in texts]


@settings(max_examples=30)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30))
def test_any_number_survives_parquet_and_spss(copied, numbers):
    tables, spss = copied(
        [Column("Nombre", code="number", kind="nombre")], [[number] for number in numbers]
    )

    assert parquet.read_table(tables)["number"].to_pylist() == numbers
    frame, _about = pyreadstat.read_sav(str(spss))
    for read, number in zip(frame["number"], numbers, strict=True):
        assert read == number or (math.isnan(read) and abs(number) > 1e300)


@pytest.mark.parametrize("text", LOOKS_LIKE_ANOTHER_TYPE)
def test_hostile_labels_stay_words_in_spss(copied, text):
    columns = [Column(f"=1+1 {text}", code="text", kind="liste", labels={text: f"@{text}"})]

    _tables, spss = copied(columns, [[text]])

    _frame, about = pyreadstat.read_sav(str(spss))
    assert about.column_labels == [f"=1+1 {text}"]
    assert about.variable_value_labels == {"text": {text: f"@{text}"}}
