"""Files of a report: summary first, figures in an annex; those published before keep theirs."""

import json
from dataclasses import replace
from io import BytesIO

import docx
import pypdf
import pytest

from consultation.clock import now
from consultation.documents import formats
from consultation.documents.formats import DocumentFormat
from consultation.plan.values.models import Reporter
from consultation.reports import build
from consultation.reports.printed import layout
from tests.decisions.builders import make_organiser
from tests.pages import straight
from tests.plan.overview.builders import judge
from tests.plan.values.builders import make_measured_indicator, make_public_value
from tests.reports.builders import make_report
from tests.reports.verification.builders import SITE, document_of
from tests.typesetting.sheet import beyond
from tests.typesetting.tables import lone_rows

OPENING = "Le plan **avance** #peu. {{valeur:T7.1@mi-parcours:etat}} places."
TITLE = "Un intitulé officiel long, avec ses virgules, ses accents et ses compléments de verbe " * 2
HOSTILE = "#set page(width: 1pt) <script>alert(1)</script> \u202e*gras* =1+1"


@pytest.fixture
def report(app, session):
    indicator = make_measured_indicator(session)
    organiser = make_organiser(session)
    make_public_value(session, organiser, indicator, 0.0, source="Rapport annuel")
    make_public_value(session, organiser, indicator, 40.0, reported_by=Reporter.COLLECTIVE)
    return make_report(session, organiser, introduction=f"{OPENING}\n\n{HOSTILE}" + " mot" * 400)


def written_pages(document):
    made = formats.written(document, DocumentFormat.PDF)
    return [page.extract_text() for page in pypdf.PdfReader(BytesIO(made)).pages]


def test_summary_comes_first_then_contents_axes_and_annex(report):
    pages = written_pages(document_of(report.content))

    first, second, *others = pages
    assert "0 places." in first
    assert "Où en est le plan" in first
    assert "Ce qui a bougé" in first + second
    order = [
        next(place for place, page in enumerate(pages) if text in page)
        for text in ("Où en est le plan", "Sommaire", "Introduction\n", "Départ Cible")
    ]
    assert order == sorted(order)
    assert "Annexe" in others[-1] or "Rapport annuel" in others[-1]


def test_whole_introduction_follows_where_the_summary_has_its_beginning(report):
    made = document_of(report.content)

    assert made.summary.introduction.value.startswith("Le plan **avance**")
    assert HOSTILE[:20] not in made.summary.introduction.value
    assert HOSTILE in made.introduction.value
    assert "<script>alert(1)</script>" in "".join(written_pages(made))


def test_figures_of_an_indicator_are_one_table_of_the_annex(report):
    made = document_of(report.content)

    ((measure,),) = [axis.measures for axis in made.annex]
    rows = [[it.value for it in row] for row in measure.indicators[0].points.rows]
    assert [row[1] for row in rows] == ["100", "200", "0", "40"]
    overview = made.axes[0].measures[0].overview
    assert overview.rows[0][3].value == "0, l’État\n40, le collectif"


@pytest.mark.parametrize("format", [DocumentFormat.DOCX, DocumentFormat.HTML])
def test_other_formats_have_the_summary_too(report, format):
    made = formats.written(document_of(report.content), format)

    if format is DocumentFormat.HTML:
        text = made.decode()
        assert "<script>alert" not in text
    else:
        text = "\n".join(it.text for it in docx.Document(BytesIO(made)).paragraphs)
    places = [text.index(it) for it in ("Où en est le plan", "Sommaire", "Annexe")]
    assert places == sorted(places)


def test_edition_published_before_keeps_its_layout(report):
    content = {**report.content, "format": 1}

    made = document_of(content)

    others = build.Others({}, {})
    front = build.Front(1, made.made_at, "ab" * 32)
    assert made == build.document_of(content, front, others, "fr", SITE)
    assert made.summary is None


def test_report_without_a_measure_is_summed_up(report):
    content = {**report.content, "axes": [], "figures": {}, "introduction": None}

    (page, *others) = written_pages(document_of(content))

    assert "Ce bilan ne porte sur aucune mesure." in page
    assert others == []


def test_contested_measure_is_in_the_summary_with_its_square(app, session):
    indicator = make_measured_indicator(session)
    judge(session, indicator.measure, state="done", collective="not_done")
    report = make_report(session, make_organiser(session))

    summary = document_of(report.content).summary

    assert summary.squares[0].lines == [["done"], ["not_done"], [""]]
    contested = next(it for it in summary.parts if it.heading == "Ce qui est contesté")
    assert contested.listed[0].label.startswith("T7 ")


def test_summary_alone_has_its_own_name_and_no_quotation(session, report):
    alone = layout.published_document(session, report, "fr", SITE, layout.SUMMARY)

    assert alone.name == "bilan-1-resume-fr"
    assert list(alone.quotations) == []
    assert list(alone.numbers["figures"]) == ["valeur:T7.1@mi-parcours:etat"]


def test_indicator_that_moved_is_in_the_summary_with_its_values(report):
    moved = document_of(report.content).summary.parts[0]

    assert [(it.label[:4], straight(it.text.value)) for it in moved.listed] == [
        ("T7.1", "Départ : 100. Dernière valeur : 0 ; 40.")
    ]


@pytest.mark.once
def test_page_of_the_annex_is_headed_by_the_axis_that_goes_on_there(report):
    made = document_of(report.content)
    (axis,) = made.annex
    indicators = [replace(axis.measures[0].indicators[0], code=f"T7.{it}") for it in range(30)]
    axes = [
        replace(axis, code=code, measures=[replace(axis.measures[0], indicators=indicators)])
        for code in ("I", "II")
    ]

    pages = [it.splitlines() for it in written_pages(replace(made, annex=axes))]

    begin = next(place for place, page in enumerate(pages) if page[0].startswith("Annexe"))
    annex = pages[begin:]
    second = next(place for place, page in enumerate(annex) if "II " in {it[:3] for it in page})
    heads = [page[0].split()[0] for page in annex]
    assert second > 2
    assert heads[1 : second + 1] == ["I"] * second
    assert set(heads[second + 1 :]) == {"II"}


@pytest.mark.once
def test_short_table_of_the_annex_is_not_divided(report):
    made = document_of(report.content)
    (axis,) = made.annex
    shown = axis.measures[0].indicators[0]
    begin, *_others, end = shown.points.rows

    def numbered(number):
        rows = [begin] * (1 + number % 5) + [end]
        rows = [[replace(it, value=f"{it.value} n{number}.") for it in row] for row in rows]
        return replace(shown, points=replace(shown.points, rows=rows))

    annex = [
        replace(
            axis, measures=[replace(axis.measures[0], indicators=list(map(numbered, range(16))))]
        )
    ]

    pages = written_pages(replace(made, annex=annex))

    for number in range(16):
        assert sum(f" n{number}." in page for page in pages) == 1


def multiplied(content, measures, indicators):
    """The content of a report on copies of its measure, disputed, of six axes; in long texts."""
    (axis,) = content["axes"]
    (measure,) = axis["measures"]
    shown = measure["indicators"][0] | {"label": {"fr": TITLE}}
    axes = [axis | {"code": f"AXE-{it}", "title": {"fr": TITLE}, "measures": []} for it in range(6)]
    figures = {}
    for number in range(1, measures + 1):
        code = f"MESURE-{number}"
        own = [shown | {"code": f"{code}.{it}"} for it in range(1, indicators + 1)]
        copied = measure | {"code": code, "title": {"fr": TITLE}, "indicators": own}
        axes[number % 6]["measures"].append(copied)
        for it in (code, *(it["code"] for it in own)):
            figures |= figures_of_copy(content, "T7" if it == code else "T7.1", it, number)
    introduction = {"fr": "\n\n".join([TITLE * 2] * 4)}
    return {**content, "axes": axes, "figures": figures, "introduction": introduction}


def figures_of_copy(content, code, copy, number):
    copies = {}
    for id, figure in content["figures"].items():
        if figure["code"] == code:
            figure = json.loads(json.dumps(figure).replace(id, id.replace(code, copy)))
            if figure["kind"] == "valeur" and number % 2:
                figure["facts"]["value"] += 150
            copies[id.replace(code, copy)] = figure | {"code": copy}
    return copies


@pytest.mark.once
@pytest.mark.parametrize(("measures", "indicators"), [(60, 4), (10, 3)])
def test_summary_of_a_whole_plan_has_two_pages(app, session, measures, indicators):
    indicator = make_measured_indicator(session)
    organiser = make_organiser(session)
    make_public_value(session, organiser, indicator, 40.0, source="Rapport annuel")
    judge(session, indicator.measure, state="done", collective="not_done")
    content = multiplied(make_report(session, organiser).content, measures, indicators)
    front, others = build.Front(1, now(), "ab" * 32), build.Others({}, {})

    alone = layout.document_of(content, front, others, "fr", SITE, None, layout.SUMMARY)
    made = formats.written(alone, DocumentFormat.PDF)

    assert len(alone.summary.parts) == 2
    assert len(alone.summary.parts[0].listed) >= 5
    assert len(pypdf.PdfReader(BytesIO(made)).pages) == 2
    assert beyond(made, 22) == []


@pytest.mark.once
def test_no_page_has_one_row_of_a_table_of_the_annex(report):
    made = document_of(report.content)
    (axis,) = made.annex
    shown = axis.measures[0].indicators[0]
    tables = [
        replace(shown, points=replace(shown.points, rows=[shown.points.rows[0]] * rows))
        for rows in range(10, 34)
    ]
    annex = [replace(axis, measures=[replace(axis.measures[0], indicators=tables)])]

    assert lone_rows(formats.written(replace(made, annex=annex), DocumentFormat.PDF)) == []
