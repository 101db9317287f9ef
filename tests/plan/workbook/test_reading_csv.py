"""Plan reader: measures and indicators in one table of a CSV."""

import pytest

from consultation.plan.drafts import AxisDraft
from consultation.plan.workbook.reader import read_plan
from consultation.spreadsheets.reader.problems import SheetRefused

HEADERS = (
    "Axe;Intitulé de l'axe;Mesure;Intitulé de la mesure;Résumé;Pilote;Indicateur;"
    "Intitulé de l'indicateur;Définition;Unité;Source des données;Valeur de départ;"
    "Cible à mi-parcours;Cible finale"
)
FIRST = "A;Prévenir;1;Former l'accueil;;;1.1;Services formés;;%;Bilan;10 %;;"
SECOND = ";;1;;;;1.2;Agents formés;;agents;;;;"
ALONE = "A;;2;Informer;;;;;;;;;;"


def write_csv(path, *lines, encoding="utf-8-sig"):
    path.write_bytes("\r\n".join([HEADERS, *lines, ""]).encode(encoding))
    return path


def sentences_of(path):
    with pytest.raises(SheetRefused) as refused:
        read_plan(path)
    return [problem.sentence for problem in refused.value.problems]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp1252"])
def test_measure_speaks_on_its_first_row_and_indicators_on_each(tmp_path, encoding):
    path = write_csv(tmp_path / "plan.csv", FIRST, ";;;", SECOND, ALONE, encoding=encoding)

    draft = read_plan(path)

    assert draft.axes == (AxisDraft("A", {"fr": "Prévenir"}),)
    assert [measure.title["fr"] for measure in draft.measures] == ["Former l'accueil", "Informer"]
    codes = [[it.code for it in measure.indicators] for measure in draft.measures]
    assert codes == [["1.1", "1.2"], []]


def test_csv_may_be_separated_by_commas_and_its_measures_repeated(tmp_path):
    repeated = FIRST.replace("1.1", "1.2")
    path = tmp_path / "plan.csv"
    path.write_text("\n".join([HEADERS, FIRST, repeated]).replace(";", ","), encoding="utf-8")

    draft = read_plan(path)

    assert len(draft.measures) == 1
    assert [it.code for it in draft.measures[0].indicators] == ["1.1", "1.2"]


def test_later_row_that_contradicts_its_measure_is_refused(tmp_path):
    path = write_csv(tmp_path / "plan.csv", FIRST, SECOND.replace(";1;;;", ";1;Autre titre;;DGT"))

    sentences = sentences_of(path)

    assert sentences[0].startswith(
        "« plan.csv », ligne 3, colonne « Intitulé de la mesure » : "
        "le texte n'est pas celui de la ligne 2, la première de la même mesure."
    )
    assert "ligne 3, colonne « Pilote »" in sentences[1]
    assert len(sentences) == 2


def test_indicator_needs_the_code_of_its_measure_on_its_own_row(tmp_path):
    path = write_csv(tmp_path / "plan.csv", FIRST, SECOND.replace(";1;", ";;"))

    sentences = sentences_of(path)

    assert sentences == [
        "« plan.csv », ligne 3, colonne « Mesure » : la cellule est vide. Remplissez-la."
    ]


def test_fault_seen_by_both_readings_of_a_row_is_told_once(tmp_path):
    path = write_csv(tmp_path / "plan.csv", FIRST.replace(";1;", ";1/2;"))

    sentences = sentences_of(path)

    assert len(sentences) == 1
    assert "« 1/2 »" in sentences[0]


def test_number_as_a_title_is_refused_though_a_csv_has_only_texts(tmp_path):
    path = write_csv(tmp_path / "plan.csv", FIRST.replace("Former l'accueil", "12 000"))

    sentences = sentences_of(path)

    assert "un nombre (12 000) se trouve là où un texte est attendu" in sentences[0]


def test_csv_without_its_columns_is_refused(tmp_path):
    path = tmp_path / "mesures.csv"
    path.write_text("Axe;Code;Intitulé\nA;1;Former", encoding="utf-8")

    sentences = sentences_of(path)

    assert all("colonnes trouvées : « Axe », « Code », « Intitulé »" in it for it in sentences)
    assert "« Mesure »" in sentences[0]
    assert "« Indicateur »" in sentences[1]


def test_columns_that_are_not_of_the_plan_are_named(tmp_path):
    path = tmp_path / "plan.csv"
    path.write_text(f"{HEADERS};Notes\n{FIRST};à revoir\n", encoding="utf-8")

    draft = read_plan(path)

    assert draft.unread == ("colonne « Notes »",)


def test_text_made_safe_by_our_own_csv_comes_back_as_it_was(tmp_path):
    path = write_csv(tmp_path / "plan.csv", FIRST.replace("Services formés", "'=Services formés"))

    draft = read_plan(path)

    assert draft.measures[0].indicators[0].label == {"fr": "=Services formés"}


def test_zip_of_csv_is_refused_in_words(tmp_path):
    path = tmp_path / "plan.zip"
    path.write_bytes(b"PK\x05\x06" + bytes(18))

    sentences = sentences_of(path)

    assert "« plan.zip »" in sentences[0]
