"""A file given back has its faults marked in its cells, and can be read again."""

import time
from datetime import date, datetime

import openpyxl
import pytest

from consultation.plan.workbook.reader import read_plan
from consultation.spreadsheets.annotate import HEADERS, annotate
from consultation.spreadsheets.reader.problems import Problem, SheetRefused
from consultation.spreadsheets.reader.workbook import Workbook, read_workbook
from tests.plan.builders import INDICATOR_ROW, MEASURE_ROW, changed, write_plan

RED = "FFF8CFCB"


def annotated(tmp_path, workbook, *problems):
    path = tmp_path / "annotated.xlsx"
    annotate(workbook, problems, path)
    return openpyxl.load_workbook(path)


def is_red(cell):
    return cell.fill.fgColor.rgb == RED


def marked(sheet):
    return {cell.coordinate for row in sheet.iter_rows() for cell in row if is_red(cell)}


def book(*rows, name="Contacts"):
    width = max(map(len, rows))
    return Workbook("liste.xlsx", {name: [[*row, *[None] * (width - len(row))] for row in rows]})


def problem(row, column, what="la cellule est vide", remedy="Remplissez-la.", sheet="Contacts"):
    return Problem("liste.xlsx", sheet, row, column, what, remedy)


def test_each_wrong_cell_is_red_and_says_what_is_wrong_and_what_to_do(tmp_path):
    workbook = book([], ["Nom", "Âge"], ["Été", None], ["Hiver", 12.0])

    sheets = annotated(tmp_path, workbook, problem(3, "Âge"))

    sheet = sheets["Contacts"]
    assert marked(sheet) == {"B3"}
    assert sheet["B3"].comment.text == "La cellule est vide. Remplissez-la."
    assert sheet["A4"].value == "Hiver"
    assert sheet["B4"].value == 12


def test_several_faults_of_one_cell_are_said_together(tmp_path):
    workbook = book(["Nom"], ["Été"])

    sheets = annotated(tmp_path, workbook, problem(2, "Nom", "un", "A."), problem(2, "nom", "deux"))

    assert sheets["Contacts"]["A2"].comment.text == "Un. A.\n\nDeux. Remplissez-la."


def test_fault_of_a_row_marks_its_first_cell_and_one_of_the_file_none(tmp_path):
    workbook = book(["Nom", "Âge"], ["Été", 3.0])

    sheets = annotated(tmp_path, workbook, problem(2, None), problem(None, None, "rien", ""))

    assert marked(sheets["Contacts"]) == {"A2"}


def test_first_sheet_lists_every_fault(tmp_path):
    workbook = book(["Nom"], ["Été"])

    sheets = annotated(tmp_path, workbook, problem(2, "Nom"), problem(None, None, "rien", "Tout."))

    rows = list(sheets.worksheets[0].iter_rows(values_only=True))
    assert sheets.sheetnames == ["Erreurs", "Contacts"]
    assert rows[0][0] == "2 erreurs dans « liste.xlsx »"
    assert rows[3:] == [
        HEADERS,
        ("Contacts", 2, "Nom", "la cellule est vide", "Remplissez-la."),
        ("Contacts", None, None, "rien", "Tout."),
    ]


def test_cells_keep_their_types_and_nothing_becomes_a_formula(tmp_path):
    row = ["=1+1", "<r>x</r>", "<script>alert(1)</script>", 0.5, True, date(2026, 1, 2), "1.10"]
    workbook = book(["A", "B", "C", "D", "E", "F", "G"], row)

    sheets = annotated(tmp_path, workbook, *(problem(2, column) for column in "ACDFG"))

    cells = sheets["Contacts"][2]
    assert [cell.value for cell in cells] == [*row[:5], datetime(2026, 1, 2), "1.10"]  # noqa: DTZ001 - a spreadsheet has no zone
    assert [cell.data_type for cell in cells] == ["s", "s", "s", "n", "b", "d", "s"]
    assert cells[3].number_format == "@"
    assert cells[5].is_date


def test_sheet_of_any_name_finds_one_that_a_spreadsheet_takes(tmp_path):
    rows = [["Nom"], [None]]
    names = ["Erreurs", "a/b:c", "x" * 40, "x" * 41, "'"]
    workbook = Workbook("liste.ods", dict.fromkeys(names, rows))

    sheets = annotated(tmp_path, workbook, problem(2, "Nom", sheet="x" * 41))

    assert sheets.sheetnames[:3] == ["Erreurs", "Erreurs (2)", "a_b_c"]
    assert len(set(sheets.sheetnames)) == 6
    assert marked(sheets.worksheets[4]) == {"A2"}


def test_text_too_long_for_a_cell_is_cut_and_says_so(tmp_path):
    workbook = book(["Nom"], ["é" * 40_000])

    sheets = annotated(tmp_path, workbook)

    assert len(sheets["Contacts"]["A2"].value) == 32_767
    assert "coupé" in sheets["Contacts"]["A2"].comment.text


def test_plan_given_back_is_corrected_and_read_again(tmp_path):
    wrong = changed(MEASURE_ROW, title=None)
    path = write_plan(tmp_path / "plan.xlsx", [wrong], [INDICATOR_ROW])
    with pytest.raises(SheetRefused) as refused:
        read_plan(path)

    sheets = annotated(tmp_path, read_workbook(path), *refused.value.problems)
    assert marked(sheets["Mesures"]) == {"D2"}
    sheets["Mesures"]["D2"] = "Former l'accueil"
    sheets.save(tmp_path / "corrected.xlsx")

    right = read_plan(write_plan(tmp_path / "right.xlsx"))
    assert read_plan(tmp_path / "corrected.xlsx") == right


def test_file_given_back_twice_has_one_list_of_faults(tmp_path):
    annotated(tmp_path, book(["Nom"], [None]), problem(2, "Nom"))

    again = annotated(tmp_path, read_workbook(tmp_path / "annotated.xlsx"), problem(2, "Nom"))

    assert again.sheetnames == ["Erreurs", "Contacts"]


def test_csv_is_given_back_as_one_sheet_that_says_how_to_send_it_again(tmp_path):
    path = tmp_path / "plan.csv"
    path.write_text("Axe;Mesure\nA;'=1+1\n", "utf-8")
    error = Problem("plan.csv", None, 2, "Mesure", "ce code est refusé", "Changez-le.")

    sheets = annotated(tmp_path, read_workbook(path), error)

    assert sheets.sheetnames == ["Erreurs", "plan"]
    assert marked(sheets["plan"]) == {"B2"}
    cell = sheets["plan"]["B2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")  # the text itself, and no formula
    assert "enregistrez-la au format CSV" in sheets["Erreurs"]["A3"].value


def test_five_thousand_faults_take_a_few_seconds(tmp_path):
    workbook = book(["Nom"], *([f"n{number}"] for number in range(5000)))
    problems = [problem(number + 2, "Nom") for number in range(5000)]

    started = time.process_time()
    annotate(workbook, problems, tmp_path / "annotated.xlsx")

    assert time.process_time() - started < 10
