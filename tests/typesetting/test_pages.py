"""Pages of the working document: what stands together, what is repeated, what leads where."""

import re
from dataclasses import replace
from io import BytesIO

import pypdf
import pytest

from consultation.clock import now
from consultation.documents import pdf
from consultation.documents.model import (
    AxisEntry,
    ChangeLine,
    ChangeList,
    Document,
    Fact,
    IndicatorEntry,
    MeasureEntry,
    Table,
    Text,
)
from tests.typesetting.sheet import beyond, pieces, torn
from tests.typesetting.tables import lone_rows

MARGIN = 22
TITLE = (
    "Une mesure dont l'intitulé officiel occupe cent vingt signes, avec ses virgules, ses accents "
)
TITLE += "et ses compléments de verbe"
LABEL = (
    "Nombre de personnes accompagnées vers un hébergement adapté au cours de l'année civile, par "
)
LABEL += "région et par dispositif, rapporté au nombre des places de la région"
LABELS = ("introduction", "contents", "changed", "nothing", "no_indicator", "not_drawn", "numbers")


def french(value):
    return Text(value, "fr")


def table_of(rows, mark=""):
    cells = [
        [french(f"Ligne {mark}{it}"), french("12 300"), french("juin 2026")] for it in range(rows)
    ]
    return Table("", ["Repère", "Valeur", "Date"], cells)


def indicator_of(code, rows=3, facts=2):
    texts = [Fact(f"Fait {it}", french(LABEL)) for it in range(facts)]
    return IndicatorEntry(code, french(LABEL), facts=texts, points=table_of(rows, f"{code}-"))


def plan_of(measures, indicators, *, of_an_axis=10, rows=3, **others):
    """A document of measures with titles of 120 characters and indicators of 160."""
    entries = [
        MeasureEntry(
            f"M{place}", french(TITLE), "", [Fact("Pilote", french(TITLE))], None,
            [indicator_of(f"M{place}.{it}", rows, facts=place % 4) for it in range(indicators)],
            [], [], "", "",
        )
        for place in range(measures)
    ]  # fmt: skip
    axes = [
        AxisEntry(f"A{start}", french(f"Axe {start}"), entries[start : start + of_an_axis])
        for start in range(0, measures, of_an_axis)
    ]
    return Document(
        "fr", french("Deuxième version"), "Édition 2", french("Plan"), "1er décembre 2026",
        "Le collectif", [], None, axes, [], {it: f"[{it}]" for it in LABELS}, "document", now(),
        keeps_rows=True, **others,
    )  # fmt: skip


def lines_by_page(made):
    pages = pypdf.PdfReader(BytesIO(made)).pages
    return [page.extract_text().replace("\u00a0", " ").splitlines() for page in pages]


def test_long_titles_and_indicators_stay_within_the_margins(is_long):
    made = pdf.written(plan_of(60 if is_long else 8, 4))

    assert beyond(made, MARGIN) == []
    assert torn(made, [TITLE, LABEL]) == []


def pages_of_rows(made):
    """The pages on which each table has rows, by what the table is of."""
    by_table = {}
    for it in pieces(made):
        if match := re.match(r"Ligne (.+)-\d+", it.text.replace("\u00ad", "")):
            by_table.setdefault(match[1], set()).add(it.page)
    return by_table


def test_table_of_three_rows_is_on_one_page():
    by_table = pages_of_rows(pdf.written(plan_of(12, 4)))

    assert len(by_table) == 48
    assert {len(pages) for pages in by_table.values()} == {1}


def test_high_table_of_three_rows_is_on_one_page():
    document = plan_of(1, 3)
    axis, (measure,) = document.axes[0], document.axes[0].measures
    high = [replace(it, points=high_table(it.code)) for it in measure.indicators]
    measure = replace(measure, indicators=high)

    by_table = pages_of_rows(
        pdf.written(replace(document, axes=[replace(axis, measures=[measure])]))
    )

    assert [len(it) for it in by_table.values()] == [1, 1, 1]


def high_table(code):
    table = table_of(3, f"{code}-")
    rows = [[*row[:2], french(f"{LABEL} " * 5)] for row in table.rows]
    return replace(table, rows=rows)


def test_no_page_has_one_row_of_a_table():
    document = plan_of(1, 0)
    axis, (measure,) = document.axes[0], document.axes[0].measures
    indicators = [indicator_of(f"M0.{rows}", rows, facts=rows % 5) for rows in range(10, 46)]
    axis = replace(axis, measures=[replace(measure, indicators=indicators)])

    made = pdf.written(replace(document, axes=[axis]))

    assert len(pypdf.PdfReader(BytesIO(made)).pages) > 15
    assert lone_rows(made) == []


def test_long_table_repeats_its_head():
    document = plan_of(1, 1, rows=100)

    pages = [page for page in lines_by_page(pdf.written(document)) if "Ligne" in " ".join(page)]

    assert len(pages) > 2
    assert all(any(line.startswith("Repère") for line in page) for page in pages)


def test_running_head_has_the_axis_on_all_of_its_pages_but_the_first():
    made = pdf.written(plan_of(12, 4, of_an_axis=6))

    heads = [page[0] for page in lines_by_page(made)]
    first = next(place for place, it in enumerate(heads) if it.startswith("A0"))
    second = next(place for place, it in enumerate(heads) if it.startswith("A6"))
    assert second > first + 2
    assert set(heads[first:second]) == {"A0 Axe 0"}
    assert set(heads[second:]) == {"A6 Axe 6"}
    assert not any(it.startswith("A") for it in heads[:first])


def test_running_head_is_one_line_of_a_long_title():
    document = plan_of(6, 4)
    axis = replace(document.axes[0], title=french(TITLE * 3))

    made = pdf.written(replace(document, axes=[axis]))

    assert lines_by_page(made)[-1][0].endswith("…")
    assert beyond(made, MARGIN) == []


def changed_plan():
    lines = [
        ChangeLine("Texte modifié", "M7.2", french("Une formulation"), "indicateur-M7.2"),
        ChangeLine("Retiré", "M3.9", french("Un indicateur"), "mesure-M3"),
        ChangeLine("Retirée", "M99", french("Une mesure"), ""),
    ]
    changed = ChangeList("Ce qui change dans cette édition", "", lines)
    return plan_of(10, 4, changed=changed)


def page_of_heading(pages, code):
    return max(
        number
        for number, page in enumerate(pages, 1)
        if any(line.startswith(f"{code} ") for line in page)
    )


def test_each_change_leads_to_its_page():
    made = pdf.written(replace(changed_plan(), introduction=french("Une phrase.")))

    pages = lines_by_page(made)
    opening = " ".join(pages[1])
    assert opening.startswith("Ce qui change dans cette édition")
    assert "[introduction]" in opening
    assert "[contents]" in opening
    listed = {line.split()[0]: line for line in pages[1]}
    assert listed["Texte"].endswith(f" {page_of_heading(pages, 'M7.2')}")
    assert listed["Retiré"].endswith(f" {page_of_heading(pages, 'M3')}")
    assert listed["Retirée"] == "Retirée · M99 Une mesure"
    links = [
        it.get_object()["/Subtype"] for it in pypdf.PdfReader(BytesIO(made)).pages[1]["/Annots"]
    ]
    assert links.count("/Link") > 2


def test_indicator_of_which_nothing_is_known_says_so():
    document = plan_of(1, 1)
    bare = IndicatorEntry("M0.0", french(LABEL))
    measure = replace(document.axes[0].measures[0], indicators=[bare])

    made = pdf.written(replace(document, axes=[replace(document.axes[0], measures=[measure])]))

    assert "[nothing]" in lines_by_page(made)[-1]


@pytest.mark.parametrize("rows", [4, 12])
def test_table_that_half_a_page_takes_is_on_one_page(rows):
    by_table = pages_of_rows(pdf.written(plan_of(6, 3, rows=rows)))

    assert {len(pages) for pages in by_table.values()} == {1}
