"""XLSX layout: tab colour, print setup and charts."""

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from textwrap import wrap
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from consultation.spreadsheets.style import Chart, ChartKind, Look, Series
from consultation.spreadsheets.table import Table

A4, A3 = 9, 8
WIDEST_ON_A4, WIDEST_ON_A3 = 260, 420
"""Characters across; a wider sheet takes the larger paper, and then several pages side by side,
each with the columns that identify the row."""

CHART_WIDTH, BARS_WIDTH, MOST_WIDTH = 760, 26, 1_900
CHART_HEIGHT, BAR_HEIGHT = 380, 26
GAP = 24
CHARACTER = 7
"""Pixels of a character of a column's width."""
LINE_HEIGHT, MOST_LINES = 15, 8
ROW_HEIGHT = 20
"""Pixels of a row of default height."""

XLSX_KINDS: Mapping[ChartKind, Mapping[str, str]] = {
    ChartKind.BARS: {"type": "column"},
    ChartKind.STACKED: {"type": "bar", "subtype": "stacked"},
    ChartKind.SHARES: {"type": "bar", "subtype": "percent_stacked"},
}
HIDING_ZEROS = "#,##0;;;"
SMALL = {"size": 9}
PALE_LINE = {"color": "#DCD8CC", "width": 0.5}


def header_height(table: Table) -> float:
    """Return the height in points that the headers need.

    LibreOffice draws charts too high above rows whose height it computes itself.
    """
    lines = max(
        sum(_lines(word_row, column.width) for word_row in column.header.split("\n"))
        for column in table.columns
    )
    return LINE_HEIGHT * min(lines, MOST_LINES) + 3


def _lines(text: str, width: int) -> int:
    """Return how many lines `text` takes in a column, its words kept whole and its letters bold."""
    return max(1, len(wrap(text, max(4, int(width * 0.85)))))


def finish(workbook: Workbook, sheet: Worksheet, table: Table, last: int) -> None:
    """Lay out a sheet whose rows are written; `last` is the number of its last row, from 0."""
    if table.tone:
        sheet.set_tab_color(table.tone.value)
    sheet.set_footer("&L&A&R&P / &N")
    if table.kind == "text":
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        if table.charts:
            sheet.set_landscape()
            sheet.fit_to_pages(1, 1)
            _draw_side_by_side(workbook, sheet, table, last)
        return
    across = sum(table.widths())
    sheet.set_landscape()
    sheet.set_paper(A4 if across <= WIDEST_ON_A4 else A3)
    sheet.fit_to_pages(ceil(across / WIDEST_ON_A3), 0)
    sheet.repeat_rows(0)
    if table.kept_columns:
        sheet.repeat_columns(0, table.kept_columns - 1)
    if table.charts:
        _draw(workbook, sheet, table, last)
    else:
        sheet.print_area(0, 0, last, len(table.columns) - 1)


def _draw(workbook: Workbook, sheet: Worksheet, table: Table, last: int) -> None:
    """Draw the charts under the rows: those of the same columns below one another."""
    across = 0
    for charts in _tracks(table):
        row = last + 2
        for chart in charts:
            if chart.first + chart.count > last:
                raise ValueError(f"sheet {table.name!r}: a chart of rows that are not there")
            options = {"x_offset": across, "object_position": 2, "description": chart.alt}
            drawn = _chart(workbook, table, chart)
            sheet.insert_chart(row, table.kept_columns, drawn, options)
            row += (_size(chart)[1] + GAP) // ROW_HEIGHT + 1
        across += max(_size(chart)[0] for chart in charts) + GAP


def _draw_side_by_side(workbook: Workbook, sheet: Worksheet, table: Table, last: int) -> None:
    """Draw the charts of a text sheet under its rows, as wide together as its columns."""
    width = sum(table.widths()) * CHARACTER // len(table.charts) - GAP
    for number, chart in enumerate(table.charts):
        drawn = _chart(workbook, table.drawn_from or table, chart)
        drawn.set_size({"width": width, "height": _size(chart)[1]})
        most = {"max": 1} if chart.kind is ChartKind.SHARES else {}
        drawn.set_x_axis({"visible": False, "major_gridlines": {"visible": False}, **most})
        across = number * (width + GAP)
        options = {"x_offset": across, "object_position": 2, "description": chart.alt}
        sheet.insert_chart(last + 2, 0, drawn, options)


def _tracks(table: Table) -> Iterable[Sequence[Chart]]:
    """Return the charts that show the same columns together, in the order they were given."""
    tracks: dict[tuple[Series, ...], list[Chart]] = {}
    for chart in table.charts:
        tracks.setdefault(tuple(chart.series), []).append(chart)
    return tracks.values()


def _size(chart: Chart) -> tuple[int, int]:
    if chart.kind is ChartKind.BARS:
        width = CHART_WIDTH // 2 + BARS_WIDTH * chart.count
        return max(CHART_WIDTH, min(width, MOST_WIDTH)), CHART_HEIGHT
    return CHART_WIDTH, 150 + BAR_HEIGHT * chart.count


def _chart(workbook: Workbook, table: Table, chart: Chart) -> Any:
    drawn = workbook.add_chart(dict(XLSX_KINDS[chart.kind]))
    for series in chart.series:
        drawn.add_series(_series(table, chart, series))
    width, height = _size(chart)
    drawn.set_size({"width": width, "height": height})
    drawn.set_title({"name": chart.title, "name_font": {"size": 12, "bold": True}})
    if chart.kind is ChartKind.BARS:
        drawn.set_legend({"none": True})
        drawn.set_x_axis({"num_font": SMALL})
        grid = {"visible": True, "line": PALE_LINE}
        drawn.set_y_axis({"num_format": "#,##0", "num_font": SMALL, "major_gridlines": grid})
        return drawn
    is_share = chart.kind is ChartKind.SHARES
    is_alone = len(chart.series) == 1
    drawn.set_legend({"none": True} if is_alone else {"position": "bottom", "font": SMALL})
    # Excel draws the first row at the bottom; reversed, the axis of the numbers goes down again.
    drawn.set_y_axis({"reverse": True, "num_font": SMALL})
    drawn.set_x_axis(
        {
            "num_format": "0 %" if is_share else "#,##0",
            "num_font": SMALL,
            "label_position": "high",
            "major_gridlines": {"visible": True, "line": PALE_LINE},
        }
    )
    return drawn


def _series(table: Table, chart: Chart, series: Series) -> dict[str, Any]:
    fill, ink = series.fill.value
    first, last = 1 + chart.first, chart.first + chart.count
    number = "0 %;;;" if table.columns[series.column].look is Look.SHARE else HIDING_ZEROS
    labels = {"value": True, "num_format": number, "font": {"size": 9, "color": ink}}
    if chart.kind is ChartKind.BARS:
        labels = {"value": True, "num_format": HIDING_ZEROS, "font": SMALL}
    return {
        "name": [table.name, 0, series.column],
        "categories": [table.name, first, chart.categories, last, chart.categories],
        "values": [table.name, first, series.column, last, series.column],
        "fill": {"color": fill},
        "gap": 45,
        "line": {"none": True},
        "data_labels": labels,
    }
