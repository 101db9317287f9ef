"""Template of the plan file."""

import pytest
from openpyxl import load_workbook

from consultation.plan.apply import apply
from consultation.plan.workbook.columns import INDICATOR_COLUMNS, MEASURE_COLUMNS
from consultation.plan.workbook.reader import read_plan
from consultation.plan.workbook.writer import draft_of, tables, write_draft, write_template
from consultation.spreadsheets.reader.problems import SheetRefused
from consultation.spreadsheets.reader.workbook import read_workbook
from consultation.spreadsheets.writer import Format, write_workbook
from tests.plan.builders import (
    AT,
    INDICATOR_HEADERS,
    INDICATOR_ROW,
    MEASURE_HEADERS,
    MEASURE_ROW,
    changed,
    make_draft,
    make_indicator_draft,
    make_measure_draft,
)


def filled(tmp_path, fill):
    """The template in XLSX, with what `fill` does to its workbook."""
    path = tmp_path / "modele.xlsx"
    write_template(path, Format.XLSX)
    workbook = load_workbook(path)
    fill(workbook)
    workbook.save(path)
    return path


def add_a_measure(workbook):
    workbook["Mesures"].append(MEASURE_ROW)
    workbook["Indicateurs"].append(INDICATOR_ROW)


def test_template_filled_in_is_read_without_its_examples(tmp_path):
    path = filled(tmp_path, add_a_measure)

    draft = read_plan(path)

    assert [measure.code for measure in draft.measures] == ["1"]
    assert [axis.code for axis in draft.axes] == ["A"]
    assert [it.code for it in draft.measures[0].indicators] == ["1.1"]


@pytest.mark.parametrize("format", list(Format))
def test_untouched_template_holds_no_measure(tmp_path, format):
    path = tmp_path / f"modele.{format}"
    write_template(path, format)

    with pytest.raises(SheetRefused) as refused:
        read_plan(path)

    assert [problem.what for problem in refused.value.problems] == ["aucune mesure n'est remplie"]


def test_csv_template_filled_in_is_read_without_its_examples(tmp_path):
    path = tmp_path / "modele.csv"
    write_template(path, Format.CSV)
    with path.open("a", encoding="utf-8") as stream:
        stream.write("A;Prévenir;1;Former l'accueil" + ";" * 21 + "\r\n")

    draft = read_plan(path)

    assert [measure.title for measure in draft.measures] == [{"fr": "Former l'accueil"}]


def test_overwritten_example_is_refused_rather_than_lost(tmp_path):
    def write_over(workbook):
        add_a_measure(workbook)
        workbook["Mesures"]["D2"].value = "Notre mesure"

    path = filled(tmp_path, write_over)

    with pytest.raises(SheetRefused) as refused:
        read_plan(path)

    (problem,) = refused.value.problems
    assert (problem.sheet, problem.row, problem.column) == ("Mesures", 2, "Code")
    assert "ligne d'exemple a été modifiée" in problem.what


def test_example_is_untouched_when_the_english_columns_are_deleted(tmp_path):
    def delete_english(workbook):
        add_a_measure(workbook)
        workbook["Mesures"].delete_cols(len(MEASURE_HEADERS) + 1, 10)
        workbook["Indicateurs"].delete_cols(len(INDICATOR_HEADERS) + 1, 10)

    path = filled(tmp_path, delete_english)

    draft = read_plan(path)

    assert [measure.code for measure in draft.measures] == ["1"]


def test_template_explains_itself_and_notes_each_header(tmp_path):
    path = tmp_path / "modele.xlsx"

    write_template(path, Format.XLSX)

    workbook = load_workbook(path)
    explained = "\n".join(
        str(cell.value) for row in workbook["Explications"] for cell in row if cell.value
    )
    assert workbook.sheetnames[:3] == ["Explications", "Mesures", "Indicateurs"]
    assert "EXEMPLE" in explained
    assert "CSV" in explained
    assert "--dry-run" in explained
    assert "« Charger un fichier »" in explained
    for sheet, columns in (("Mesures", MEASURE_COLUMNS), ("Indicateurs", INDICATOR_COLUMNS)):
        headers = workbook[sheet][1]
        assert [cell.value for cell in headers] == [column.header for column in columns]
        assert all(cell.comment.text for cell in headers)


def test_codes_of_the_measures_are_offered_and_typed_codes_stay_texts(tmp_path):
    path = tmp_path / "modele.xlsx"

    write_template(path, Format.XLSX)

    sheet = load_workbook(path)["Indicateurs"]
    rules = {str(it.sqref)[0]: it for it in sheet.data_validations.dataValidation}
    rule = rules.pop("A")
    assert len(rules) == 2  # the kinds and the directions of typed values
    assert rule.formula1 == "'Mesures'!$C$2:$C$501"
    assert rule.errorStyle == "warning"
    columns = [it for it in sheet.column_dimensions.values() if it.number_format == "@"]
    texts = {number for it in columns for number in range(it.min, it.max + 1)}
    assert {1, 2, 7, 8, 9} <= texts


def test_file_in_the_way_is_replaced_whole_and_kept_private(tmp_path):
    path = tmp_path / "modele.csv"
    path.write_text("ancien")

    write_template(path, Format.CSV)

    assert "EXEMPLE-1" in path.read_text(encoding="utf-8-sig")
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_export_holds_what_is_in_force_and_no_reason(session, tmp_path):
    first = make_indicator_draft("1.1", reason="Précision demandée")
    apply(session, make_draft(make_measure_draft("1", first), make_measure_draft("2")), AT)
    apply(session, make_draft(make_measure_draft("1", first)), AT)
    path = tmp_path / "plan.xlsx"

    write_workbook(tables(draft_of(session)), path, Format.XLSX)

    sheets = read_workbook(path).sheets
    assert [row[2] for row in sheets["Mesures"]] == ["Code", "1"]
    assert [row[9] for row in sheets["Indicateurs"]] == ["Motif du changement", None]


def test_plan_in_force_can_be_written_as_csv_and_read(session, tmp_path):
    apply(session, make_draft(make_measure_draft("1", make_indicator_draft())), AT)
    path = tmp_path / "plan.csv"

    write_draft(draft_of(session), path, Format.CSV)

    assert read_plan(path) == draft_of(session)


def test_measure_may_follow_the_examples_in_any_order_of_columns(tmp_path):
    def fill(workbook):
        sheet = workbook["Mesures"]
        for row in sheet.iter_rows(max_col=2):
            row[0].value, row[1].value = row[1].value, row[0].value
        sheet.append([MEASURE_ROW[1], MEASURE_ROW[0], *changed(MEASURE_ROW, code="7")[2:]])

    path = filled(tmp_path, fill)

    draft = read_plan(path)

    assert [(it.code, it.axis) for it in draft.measures] == [("7", "A")]
