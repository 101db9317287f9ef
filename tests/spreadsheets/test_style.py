"""What surrounds the cells: charts, tabs, printed pages, looks of numbers."""

import re
import zipfile
from dataclasses import replace

import openpyxl
import pytest
from odf import opendocument, style
from odf.namespaces import STYLENS

from consultation.spreadsheets.style import Chart, ChartKind, Fill, Look, Series, Tone
from consultation.spreadsheets.table import Column, Table
from consultation.spreadsheets.writer import Format, write_workbook

COLUMNS = [
    Column("Mesure"),
    Column("Contributions", look=Look.COUNT),
    Column("Part", look=Look.SHARE),
    Column("Médiane", look=Look.DECIMAL),
    Column("Justice", look=Look.GAP),
]
ROWS = [("T1", 12_345, 0.6667, 8.5, 0), ("=T2", 3, 1, 7, 4)]
BARS = Chart(
    ChartKind.BARS,
    "Contributions par mesure",
    categories=0,
    series=[Series(1, Fill.ACCENT)],
    first=0,
    count=2,
    alt="Barres : l'été & <après>",
)
STACKED = replace(
    BARS,
    kind=ChartKind.STACKED,
    title="Avis",
    series=[Series(1, Fill.ACCENT), Series(4, Fill.WARM)],
)


def make_table(name="Synthèse d'été", **given):
    return Table(name, COLUMNS, lambda: ROWS, **given)


def written(tmp_path, *tables, format=Format.XLSX):
    path = tmp_path / f"classeur.{format.extension}"
    write_workbook(tables or [make_table()], path, format)
    return path


def parts_of(path, pattern):
    with zipfile.ZipFile(path) as archive:
        return [
            archive.read(name).decode()
            for name in archive.namelist()
            if re.fullmatch(pattern, name)
        ]


def test_chart_is_drawn_from_cells_under_the_rows_and_has_an_alternative_text(tmp_path):
    path = written(tmp_path, make_table(charts=[BARS], kept_columns=1))

    (drawing,) = parts_of(path, "xl/drawings/drawing.*xml")
    (chart,) = parts_of(path, "xl/charts/chart.*xml")
    place = re.search(r"<xdr:from><xdr:col>(\d+)</xdr:col>.*?<xdr:row>(\d+)</xdr:row>", drawing)
    assert (int(place[1]), int(place[2])) == (1, len(ROWS) + 2)
    assert 'descr="Barres : l\'été &amp; &lt;après&gt;"' in drawing
    assert re.findall("<c:f>(.*?)</c:f>", chart) == [
        "'Synthèse d''été'!$B$1",
        "'Synthèse d''été'!$A$2:$A$3",
        "'Synthèse d''été'!$B$2:$B$3",
    ]
    assert "T1" not in chart


@pytest.mark.parametrize("kind", [ChartKind.STACKED, ChartKind.SHARES])
def test_bars_are_labelled_as_their_cells_are_counts_as_counts_and_shares_in_percent(
    tmp_path, kind
):
    drawn = replace(BARS, kind=kind, series=[Series(1, Fill.ACCENT), Series(2, Fill.WARM)])
    path = written(tmp_path, make_table(charts=[drawn]))

    (chart,) = parts_of(path, "xl/charts/chart.*xml")
    labels = re.findall("<c:dLbls>.*?</c:dLbls>", chart)
    formats = [re.search('formatCode="(.*?)"', it).group(1) for it in labels]
    assert formats == ["#,##0;;;", "0 %;;;"]


def test_charts_of_the_same_columns_are_below_one_another_and_others_beside(tmp_path):
    charts = [BARS, replace(BARS, first=1, count=1), STACKED]

    path = written(tmp_path, make_table(charts=charts))

    (drawing,) = parts_of(path, "xl/drawings/drawing.*xml")
    places = re.findall(
        r"<xdr:from><xdr:col>(\d+)</xdr:col>.*?<xdr:row>(\d+)</xdr:row>", drawing, re.DOTALL
    )
    first, second, third = ((int(column), int(row)) for column, row in places)
    assert second[0] == first[0]
    assert second[1] >= first[1] + 380 // 20
    assert third[1] == first[1]
    assert third[0] > first[0]


def test_chart_of_missing_rows_is_refused(tmp_path):
    with pytest.raises(ValueError, match="rows that are not there"):
        written(tmp_path, make_table(charts=[replace(BARS, count=3)]))


@pytest.mark.parametrize(
    "given", [{"title": "=1+1"}, {"title": ""}, {"alt": ""}, {"count": 0}, {"series": ()}]
)
def test_chart_without_words_or_cells_cannot_be_said(given):
    with pytest.raises(ValueError, match="chart"):
        replace(BARS, **given)


def test_ods_and_csv_have_the_cells_of_a_chart_and_no_chart(tmp_path):
    table = make_table(charts=[BARS])

    ods = written(tmp_path, table, format=Format.ODS)
    with zipfile.ZipFile(ods) as archive:
        names = archive.namelist()
        assert "12345" in archive.read("content.xml").decode()
    csv = written(tmp_path, table, format=Format.CSV)

    assert not [name for name in names if "Object" in name]
    assert parts_of(csv, ".*csv")[0].splitlines()[1] == "T1;12345;0,6667;8,5;0"


def test_numbers_look_as_french_readers_want_and_stay_numbers(tmp_path):
    sheet = openpyxl.load_workbook(written(tmp_path)).active

    cells = {cell.column_letter: (cell.value, cell.number_format) for cell in sheet[2]}
    assert cells["B"] == (12_345, "#,##0")
    assert cells["C"] == (0.6667, "0.0 %")
    assert cells["D"] == (8.5, "#,##0.0#")
    assert cells["E"] == (0, '#,##0;-#,##0;[Red]"0"')
    assert sheet["A3"].quotePrefix


def test_ods_shows_numbers_by_the_look_of_their_column(tmp_path):
    document = opendocument.load(str(written(tmp_path, format=Format.ODS)))

    formats = {
        element.getAttribute("name"): element.getAttrNS(STYLENS, "data-style-name")
        for element in document.automaticstyles.getElementsByType(style.Style)
    }
    (content,) = parts_of(tmp_path / "classeur.ods", "content.xml")
    assert {"count", "share", "decimal"} <= set(
        re.findall('table:default-cell-style-name="(.*?)"', content)
    )
    assert formats["share"] == "share-format"
    assert re.search('<number:percentage-style style:name="share-format"', content)
    assert re.search('<number:number number:[^>]*number:grouping="true"', content)


def test_header_and_columns_that_name_a_row_stay_in_sight(tmp_path):
    table = make_table(kept_columns=2)
    sheet = openpyxl.load_workbook(written(tmp_path, table)).active

    assert sheet.freeze_panes == "C2"
    assert (sheet.print_title_rows, sheet.print_title_cols) == ("$1:$1", "$A:$B")
    (settings,) = parts_of(written(tmp_path, table, format=Format.ODS), "settings.xml")
    assert re.search('HorizontalSplitPosition"[^>]*>2<', settings)


def test_sheet_is_printed_across_the_page_with_all_its_cells(tmp_path):
    sheet = openpyxl.load_workbook(written(tmp_path)).active

    assert sheet.page_setup.orientation == "landscape"
    # Where nothing is said, the file format means one page across.
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (None, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_area.endswith("$A$1:$E$3")
    assert sheet.page_setup.paperSize == 9


def test_ods_is_printed_as_wide_as_its_columns_too(tmp_path):
    readme = Table("Lisez-moi", (), lambda: [("Titre",)], "text")

    path = written(tmp_path, readme, make_table(), format=Format.ODS)

    (styles,), (content,) = parts_of(path, "styles.xml"), parts_of(path, "content.xml")
    assert re.findall('<table:table table:name="([^"]+)" table:style-name="([^"]+)"', content) == [
        ("Lisez-moi", "text-sheet"),
        ("Synthèse d'été", "data-sheet"),
    ]
    for kind, orientation in (("text", "portrait"), ("data", "landscape")):
        named = f'style:name="{kind}-sheet"[^>]*style:master-page-name="{kind}-page"'
        layout = f'<style:page-layout style:name="{kind}-page".*?</style:page-layout>'
        page = re.search(layout, styles, re.DOTALL)[0]
        assert re.search(named, content)
        assert f'print-orientation="{orientation}"' in page
        assert 'scale-to-X="1"' in page


def test_very_wide_sheet_is_printed_on_larger_pages_side_by_side(tmp_path):
    columns = [Column(f"Colonne {n}", 20) for n in range(50)]
    table = Table("Large", columns, lambda: [["x"] * 50], kept_columns=1)

    sheet = openpyxl.load_workbook(written(tmp_path, table)).active

    assert (sheet.page_setup.paperSize, sheet.page_setup.fitToWidth) == (8, 3)


def test_header_is_in_the_colour_of_the_site_and_high_enough(tmp_path):
    header = "Une question bien longue qui demande plusieurs lignes"
    table = Table("Avis", [Column(header, 12)], lambda: [["x"]], tone=Tone.TEXTS)

    sheet = openpyxl.load_workbook(written(tmp_path, table)).active

    cell = sheet["A1"]
    assert (cell.fill.fgColor.rgb[-6:], cell.font.color.rgb[-6:]) == ("0B5553", "FFFFFF")
    assert sheet.row_dimensions[1].height >= 5 * 15
    assert sheet.sheet_properties.tabColor.rgb[-6:] == "A64D0C"


def test_parts_of_a_text_sheet_begin_with_a_heading(tmp_path):
    rows = [("Titre",), ("Les feuilles",), ("Reçues", 12_345)]
    table = Table("Lisez-moi", (), lambda: rows, "text", headings={"Les feuilles"})

    sheet = openpyxl.load_workbook(written(tmp_path, table)).active

    assert (sheet["A2"].font.bold, sheet["A2"].font.color.rgb[-6:]) == (True, "0B5553")
    assert (sheet["B3"].number_format, sheet["B3"].alignment.horizontal) == ("#,##0", "left")
