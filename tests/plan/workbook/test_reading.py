"""Plan reader: a workbook is read whole, or refused with all its errors."""

import zipfile
from datetime import date

import pytest
from openpyxl import load_workbook

from consultation.plan.drafts import AxisDraft, IndicatorDraft, MeasureDraft, PlanDraft
from consultation.plan.workbook.reader import read_plan
from consultation.spreadsheets.reader.problems import SheetRefused
from tests.plan.builders import (
    INDICATOR_HEADERS,
    INDICATOR_ROW,
    MEASURE_HEADERS,
    MEASURE_ROW,
    changed,
    write_plan,
    write_sheets,
)


def problems_of(path):
    with pytest.raises(SheetRefused) as refused:
        read_plan(path)
    return refused.value.problems


def only_problem(path):
    (problem,) = problems_of(path)
    return problem


def places_of(path):
    return [(it.sheet, it.row, it.column) for it in problems_of(path)]


def test_workbook_becomes_a_draft(tmp_path):
    path = write_plan(tmp_path / "plan.xlsx")

    draft = read_plan(path)

    indicator = IndicatorDraft(
        "1.1",
        {"fr": "Services formés"},
        definition={"fr": "Au 31 décembre."},
        unit={"fr": "%"},
        data_source={"fr": "Bilan annuel"},
        baseline={"fr": "10 %"},
        midterm_target={"fr": "40 %"},
        final_target={"fr": "80 %"},
    )
    measure = MeasureDraft(
        "1",
        "A",
        {"fr": "Former l'accueil"},
        {"fr": "Une journée par service."},
        "DGT",
        indicators=(indicator,),
    )
    assert draft == PlanDraft((AxisDraft("A", {"fr": "Prévenir"}),), (measure,))
    assert draft.unread == ()


def test_names_of_sheets_and_headers_are_found_without_case_accents_or_doubled_blanks(tmp_path):
    headers = [f"  {header.upper().replace(' ', '  ')} " for header in MEASURE_HEADERS]
    bare = [header.replace("é", "e").replace("É", "E") for header in INDICATOR_HEADERS]
    sheets = {
        "INDICATEURS ": [bare, INDICATOR_ROW],
        "Notes": [["à lire"]],
        "mesures": [headers, MEASURE_ROW],
    }
    path = write_sheets(tmp_path / "plan.xlsx", **sheets)

    draft = read_plan(path)

    assert draft.measures[0].summary == {"fr": "Une journée par service."}
    assert draft.measures[0].indicators[0].label == {"fr": "Services formés"}


def test_blank_rows_and_rows_above_the_header_are_ignored(tmp_path):
    blank = [None] * len(MEASURE_HEADERS)
    rows = [blank, MEASURE_HEADERS, blank, MEASURE_ROW, ["  ", "\n"], blank]
    indicators = [INDICATOR_HEADERS, INDICATOR_ROW]
    path = write_sheets(tmp_path / "plan.xlsx", Mesures=rows, Indicateurs=indicators)

    draft = read_plan(path)

    assert [measure.code for measure in draft.measures] == ["1"]


def test_row_is_named_as_the_spreadsheet_numbers_it(tmp_path):
    blank = [None] * len(MEASURE_HEADERS)
    rows = [blank, blank, MEASURE_HEADERS, blank, changed(MEASURE_ROW, title=None)]
    indicators = [INDICATOR_HEADERS]
    path = write_sheets(tmp_path / "plan.xlsx", Mesures=rows, Indicateurs=indicators)

    problem = only_problem(path)

    assert problem.sentence == (
        "« plan.xlsx », feuille « Mesures », ligne 5, colonne « Intitulé » : "
        "la cellule est vide. Remplissez-la."
    )


def test_texts_are_cleaned_on_the_way_in(tmp_path):
    measure = changed(MEASURE_ROW, title=" Former \n  l'accueil ", summary=" Un.\r\n\r\nDeux.\x85 ")
    path = write_plan(tmp_path / "plan.xlsx", measures=[measure])

    draft = read_plan(path)

    assert draft.measures[0].title == {"fr": "Former l'accueil"}
    assert draft.measures[0].summary == {"fr": "Un.\n\nDeux."}


def test_english_texts_stand_beside_the_french_ones(tmp_path):
    path = write_sheets(
        tmp_path / "plan.xlsx",
        Mesures=[
            [*MEASURE_HEADERS, "Intitulé (anglais)", "Intitulé de l’axe (anglais)"],
            [*MEASURE_ROW, "Train the reception", "Prevent"],
        ],
        Indicateurs=[[*INDICATOR_HEADERS, "Unité (anglais)"], [*INDICATOR_ROW, "percent"]],
    )

    draft = read_plan(path)

    assert draft.axes[0].title == {"fr": "Prévenir", "en": "Prevent"}
    assert draft.measures[0].title == {"fr": "Former l'accueil", "en": "Train the reception"}
    assert draft.measures[0].indicators[0].unit == {"fr": "%", "en": "percent"}


def test_english_text_needs_its_french_one(tmp_path):
    path = write_sheets(
        tmp_path / "plan.xlsx",
        Mesures=[
            [*MEASURE_HEADERS, "Résumé (anglais)"],
            [*changed(MEASURE_ROW, summary=None), "One day."],
        ],
        Indicateurs=[INDICATOR_HEADERS],
    )

    problem = only_problem(path)

    assert (problem.row, problem.column) == (2, "Résumé (anglais)")
    assert "sans le texte français" in problem.what


@pytest.mark.parametrize(
    ("cell", "code"),
    [(12, "12"), (12.0, "12"), (1.1, "1.1"), ("12.0", "12.0"), (" M-1_a ", "M-1_a")],
)
def test_codes_may_be_numbers(tmp_path, cell, code):
    path = write_plan(
        tmp_path / "plan.xlsx",
        measures=[changed(MEASURE_ROW, code=cell)],
        indicators=[changed(INDICATOR_ROW, measure=cell)],
    )

    draft = read_plan(path)

    assert draft.measures[0].code == code
    assert len(draft.measures[0].indicators) == 1


@pytest.mark.parametrize(
    ("cell", "text"), [(4823, "4823"), (12.5, "12,5"), (0, "0"), (-0.0, "0"), ("100 %", "100 %")]
)
def test_baseline_may_be_a_number(tmp_path, cell, text):
    path = write_plan(tmp_path / "plan.xlsx", indicators=[changed(INDICATOR_ROW, baseline=cell)])

    draft = read_plan(path)

    assert draft.measures[0].indicators[0].baseline == {"fr": text}


@pytest.mark.parametrize(("cell", "unit"), [(0.19, None), (0.19, "%"), (1, "%"), (-0.5, "points")])
def test_number_that_may_be_a_percentage_is_refused(tmp_path, cell, unit):
    row = changed(INDICATOR_ROW, final_target=cell, unit=unit)
    path = write_plan(tmp_path / "plan.xlsx", indicators=[row])

    problem = only_problem(path)

    assert (problem.row, problem.column) == (2, "Cible finale")
    assert "peut-être un pourcentage" in problem.what
    assert "« 19 % »" in problem.remedy


def test_one_is_a_target_where_the_unit_is_no_percentage(tmp_path):
    row = changed(INDICATOR_ROW, final_target=1, unit="observatoire")
    path = write_plan(tmp_path / "plan.xlsx", indicators=[row])

    draft = read_plan(path)

    assert draft.measures[0].indicators[0].final_target == {"fr": "1"}


@pytest.mark.parametrize(
    ("name", "cell", "what"),
    [
        ("title", 12, "un nombre (12) se trouve là où un texte est attendu"),
        ("title", "12,5", "un nombre (12,5) se trouve là où un texte est attendu"),
        ("title", date(2026, 2, 1), "une date (01/02/2026) se trouve là où un texte est attendu"),
        ("title", "2026-02-01", "une date (2026-02-01) se trouve là où un texte est attendu"),
        ("summary", True, "une valeur logique (VRAI) se trouve là où un texte est attendu"),
        ("lead", 3.5, "un nombre (3.5) se trouve là où un texte est attendu"),
        ("axis_title", 1, "un nombre (1) se trouve là où un texte est attendu"),
        ("code", date(2026, 2, 1), "une date (01/02/2026) se trouve là où un code est attendu"),
        ("code", "1/2", "le code « 1/2 » ne peut pas figurer dans une adresse"),
        ("code", "É1", "le code « É1 » ne peut pas figurer dans une adresse"),
        ("code", "..", "le code « .. » ne peut pas figurer dans une adresse"),
        ("code", "a b", "le code « a b » ne peut pas figurer dans une adresse"),
        ("code", "1" * 21, "le texte compte 21 caractères, la limite est de 20"),
        ("code", None, "la cellule est vide"),
        ("axis", None, "la cellule est vide"),
        ("title", " \n ", "la cellule est vide"),
        ("title", "\u200b \u2060\u3164", "la cellule est vide"),
        ("title", "é" * 501, "le texte compte 501 caractères, la limite est de 500"),
        ("lead", "é" * 301, "le texte compte 301 caractères, la limite est de 300"),
        ("summary", "é" * 5001, "le texte compte 5001 caractères, la limite est de 5000"),
    ],
)
def test_each_fault_of_a_measure_names_its_place(tmp_path, name, cell, what):
    rows = [changed(MEASURE_ROW, code="0"), changed(MEASURE_ROW, **{name: cell})]
    path = write_plan(tmp_path / "plan.xlsx", measures=rows, indicators=[])

    problem = only_problem(path)

    names = ["axis", "axis_title", "code", "title", "summary", "lead"]
    assert problem.what == what
    assert problem.remedy
    assert (problem.file, problem.sheet, problem.row) == ("plan.xlsx", "Mesures", 3)
    assert problem.column == MEASURE_HEADERS[names.index(name)]


@pytest.mark.parametrize(
    "error", ["#REF!", "#DIV/0!", "#N/A", "#VALEUR!", "#NOM?", "#NULL!", "Err:508"]
)
def test_error_of_a_formula_as_a_text_is_refused(tmp_path, error):
    path = write_plan(tmp_path / "plan.xlsx", measures=[changed(MEASURE_ROW, summary="?")])
    workbook = load_workbook(path)
    workbook["Mesures"]["E2"].value = error
    workbook["Mesures"]["E2"].data_type = "s"
    workbook.save(path)

    problem = only_problem(path)

    assert (problem.row, problem.column) == (2, "Résumé")
    assert problem.what == f"la formule de la cellule donne une erreur ({error})"


def test_cell_of_type_error_is_refused(tmp_path):
    path = write_plan(tmp_path / "plan.xlsx", measures=[changed(MEASURE_ROW, summary="#REF!")])

    problem = only_problem(path)

    assert (problem.row, problem.column) == (2, "Résumé")


@pytest.mark.parametrize(
    ("name", "column", "cell", "what"),
    [
        ("measure", "Mesure", None, "la cellule est vide"),
        ("measure", "Mesure", "99", "aucune mesure ne porte le code « 99 »"),
        ("code", "Code", None, "la cellule est vide"),
        ("code", "Code", "1" * 31, "le texte compte 31 caractères, la limite est de 30"),
        ("label", "Intitulé", None, "la cellule est vide"),
        ("label", "Intitulé", 7, "un nombre (7) se trouve là où un texte est attendu"),
        ("unit", "Unité", 7, "un nombre (7) se trouve là où un texte est attendu"),
        (
            "baseline",
            "Valeur de départ",
            date(2026, 2, 1),
            "une date (01/02/2026) se trouve là où un texte ou un nombre est attendu",
        ),
        (
            "reason",
            "Motif du changement",
            "é" * 501,
            "le texte compte 501 caractères, la limite est de 500",
        ),
    ],
)
def test_each_fault_of_an_indicator_names_its_place(tmp_path, name, column, cell, what):
    rows = [changed(INDICATOR_ROW, code="1.0"), changed(INDICATOR_ROW, **{name: cell})]
    path = write_plan(tmp_path / "plan.xlsx", indicators=rows)

    problem = only_problem(path)

    assert problem.what == what
    assert (problem.sheet, problem.row, problem.column) == ("Indicateurs", 3, column)


def test_all_faults_are_told_at_once_in_the_order_of_the_file(tmp_path):
    measures = [changed(MEASURE_ROW, title=None), changed(MEASURE_ROW, code="1", lead=5)]
    indicators = [changed(INDICATOR_ROW, measure="9", label=3), INDICATOR_ROW]
    path = write_plan(tmp_path / "plan.xlsx", measures, indicators)

    places = places_of(path)

    assert places == [
        ("Mesures", 2, "Intitulé"),
        ("Mesures", 3, "Pilote"),
        ("Mesures", 3, "Code"),
        ("Indicateurs", 2, "Intitulé"),
        ("Indicateurs", 2, "Mesure"),
        ("Indicateurs", 3, "Code"),
    ]


def test_duplicate_code_names_both_rows(tmp_path):
    rows = [changed(MEASURE_ROW, code="a"), changed(MEASURE_ROW, code="A")]
    path = write_plan(tmp_path / "plan.xlsx", measures=rows, indicators=[])

    problem = only_problem(path)

    assert (problem.row, problem.what) == (3, "le code « A » est déjà celui de la ligne 2")


def test_no_measure_has_the_code_of_the_tool_as_a_whole(tmp_path):
    path = write_plan(tmp_path / "plan.xlsx", [changed(MEASURE_ROW, code="Outil")], indicators=[])

    problem = only_problem(path)

    assert problem.what == "le code « Outil » est celui de l'ensemble des indicateurs"


def test_code_shortened_by_a_spreadsheet_is_explained(tmp_path):
    rows = [changed(INDICATOR_ROW, code=code) for code in (1.1, 1.10)]
    path = write_plan(tmp_path / "plan.xlsx", indicators=rows)

    problem = only_problem(path)

    assert "« 1.10 » devient « 1.1 »" in problem.remedy


def test_indicators_of_a_measure_with_a_fault_are_not_faulty_for_it(tmp_path):
    measures = [changed(MEASURE_ROW, code="1/2"), changed(MEASURE_ROW, code="2", title=None)]
    indicators = [
        changed(INDICATOR_ROW, measure="2", code="2.1"),
        changed(INDICATOR_ROW, measure="1/2"),
    ]
    path = write_plan(tmp_path / "plan.xlsx", measures, indicators)

    places = places_of(path)

    assert places == [
        ("Mesures", 2, "Code"),
        ("Mesures", 3, "Intitulé"),
        ("Indicateurs", 3, "Mesure"),
    ]


def test_axis_may_be_titled_once(tmp_path):
    rows = [
        changed(MEASURE_ROW, axis="a", axis_title=None),
        changed(MEASURE_ROW, code="2"),
        changed(MEASURE_ROW, code="3"),
    ]
    path = write_plan(tmp_path / "plan.xlsx", measures=rows)

    draft = read_plan(path)

    assert draft.axes == (AxisDraft("a", {"fr": "Prévenir"}),)
    assert {measure.axis for measure in draft.measures} == {"a"}


def test_axis_needs_a_title_somewhere(tmp_path):
    rows = [
        changed(MEASURE_ROW, axis_title=None),
        changed(MEASURE_ROW, code="2", axis_title=None),
    ]
    path = write_plan(tmp_path / "plan.xlsx", measures=rows)

    problem = only_problem(path)

    assert (problem.row, problem.what) == (2, "l'axe « A » n'a d'intitulé sur aucune ligne")


def test_axis_has_one_title(tmp_path):
    rows = [MEASURE_ROW, changed(MEASURE_ROW, code="2", axis_title="Punir")]
    path = write_plan(tmp_path / "plan.xlsx", measures=rows)

    problem = only_problem(path)

    assert problem.row == 3
    assert problem.what == "l'axe « A » a un autre intitulé sur la ligne 2"


def test_missing_sheet_is_told_with_those_found(tmp_path):
    path = write_sheets(tmp_path / "plan.xlsx", Feuil1=[MEASURE_HEADERS, MEASURE_ROW], Divers=[])

    sentences = [problem.sentence for problem in problems_of(path)]

    assert sentences[0] == (
        "« plan.xlsx » : la feuille « Mesures » manque ; feuilles trouvées : « Feuil1 », "
        "« Divers ». Le classeur doit avoir une feuille « Mesures » et une feuille "
        "« Indicateurs » : renommez les vôtres ainsi."
    )
    assert "la feuille « Indicateurs » manque" in sentences[1]


def test_duplicate_sheet_is_refused(tmp_path):
    rows = [MEASURE_HEADERS, MEASURE_ROW]
    sheets = {"Mesures": rows, "mésures": rows, "Indicateurs": [INDICATOR_HEADERS]}
    path = write_sheets(tmp_path / "plan.xlsx", **sheets)

    problem = only_problem(path)

    assert "la feuille « Mesures » est en double" in problem.what


def test_missing_column_is_told_with_those_found(tmp_path):
    headers = ["Axe", "Intitulé de l'axe", "Numéro", "Titre", "Résumé", "Pilote"]
    indicators = [INDICATOR_HEADERS, INDICATOR_ROW]
    path = write_sheets(
        tmp_path / "plan.xlsx", Mesures=[headers, MEASURE_ROW], Indicateurs=indicators
    )

    problem = only_problem(path)

    assert (problem.sheet, problem.row, problem.column) == ("Mesures", 1, None)
    assert "il manque les colonnes « Code », « Intitulé » ;" in problem.what
    assert "« Numéro », « Titre »" in problem.what


def test_duplicate_column_is_refused(tmp_path):
    path = write_sheets(
        tmp_path / "plan.xlsx",
        Mesures=[[*MEASURE_HEADERS, "CODE"], [*MEASURE_ROW, "2"]],
        Indicateurs=[INDICATOR_HEADERS],
    )

    problem = only_problem(path)

    assert problem.what == "une colonne figure « Code » deux fois"


def test_empty_sheet_is_told_as_such(tmp_path):
    path = write_sheets(
        tmp_path / "plan.xlsx", Mesures=[MEASURE_HEADERS, MEASURE_ROW], Indicateurs=[]
    )

    problem = only_problem(path)

    assert problem.sheet == "Indicateurs"
    assert "rien trouvé" in problem.what


def test_plan_without_any_measure_is_refused(tmp_path):
    path = write_plan(tmp_path / "plan.xlsx", measures=[], indicators=[])

    problem = only_problem(path)

    assert problem.what == "aucune mesure n'est remplie"


def test_columns_of_their_own_are_left_and_named(tmp_path):
    path = write_sheets(
        tmp_path / "plan.xlsx",
        Mesures=[["Suivi par", *MEASURE_HEADERS], ["nous", *MEASURE_ROW], ["une note"]],
        Indicateurs=[INDICATOR_HEADERS[:-1], INDICATOR_ROW[:-1]],
    )

    draft = read_plan(path)

    assert draft.unread == ("feuille « Mesures », colonne « Suivi par »",)
    assert draft.measures[0].indicators[0].reason is None


def test_damaged_file_is_refused(tmp_path):
    path = write_plan(tmp_path / "plan.xlsx")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])

    problem = only_problem(path)

    assert problem.sentence == problem.what
    assert "« plan.xlsx »" in problem.sentence
    assert (problem.sheet, problem.row, problem.column) == (None, None, None)


def test_protected_file_is_refused(tmp_path):
    path = tmp_path / "plan.xlsx"
    stream = "EncryptedPackage".encode("utf-16-le")
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512 + stream)

    problem = only_problem(path)

    assert "mot de passe" in problem.sentence


def test_file_over_ten_megabytes_is_refused(tmp_path):
    path = write_plan(tmp_path / "plan.xlsx")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/media/image.png", bytes(10 * 1024 * 1024))

    problem = only_problem(path)

    assert "10 Mo" in problem.sentence


def test_missing_file_is_refused(tmp_path):
    problem = only_problem(tmp_path / "plan.xlsx")

    assert "introuvable" in problem.sentence
