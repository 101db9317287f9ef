"""The columns of a matrix and of a ranking: a row each, and a place each."""

import pytest

from tests.exports.builders import respond
from tests.exports.reading import cells_of, make, records_of
from tests.factories import make_measure, make_round
from tests.questionnaires.outline_builders import with_grids


@pytest.fixture
def path(session, tmp_path):
    make_measure(session, "T7")
    opened = make_round(session, outline=with_grids())
    answers = {"followed": {"delai": "oui", "cout": "non"}, "first": ["accueil", "donnees"]}
    respond(session, opened, "T7", answers)
    respond(session, opened, "T7", {"followed": {"cout": "oui"}})
    session.commit()
    return make(session, opened, tmp_path).path


def test_row_has_its_label_and_its_code_and_an_option_its_place(path):
    first, second = records_of(path, "Contributions")

    matrix, ranking = "Est-ce suivi ? – ", "Par quoi commencer ? : place de "
    assert [first[f"{matrix}Le délai"], first[f"{matrix}Le coût"]] == ["Oui", "Non"]
    assert first[f"{matrix}Le coût (code)"] == "non"
    places = [first[f"{ranking}« {it} »"] for it in ("Accueil", "Donnees", "Formation")]
    assert places == [1, 2, None]
    assert [second[f"{matrix}Le délai"], second[f"{matrix}Le coût"]] == [None, "Oui"]
    assert second[f"{ranking}« Accueil »"] is None


def test_codebook_explains_each_of_them(path):
    header, *rows = cells_of(path, "Dictionnaire")["Dictionnaire"]
    explained = {row[2]: dict(zip(header, row, strict=True)) for row in rows}

    row, place = explained["followed_cout"], explained["first_donnees"]
    assert row["Nature"] == "liste (une réponse par ligne)"
    assert row["Réponses proposées"] == "oui = Oui ; non = Non"
    assert place["Nature"] == "nombre (classement)"
    assert place["Question ou définition"] == "Par quoi commencer ?"
