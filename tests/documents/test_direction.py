"""Documents of a language that is read from the right to the left."""

import json
from dataclasses import replace
from io import BytesIO

import docx
import pytest
from docx.oxml.ns import qn

from consultation.documents import docx as document_docx
from consultation.documents import pdf
from consultation.documents.docx_parts import by_direction
from consultation.documents.model import Text
from consultation.i18n import LANGUAGES, SHIPPED
from consultation.typesetting.font_coverage import FONT
from consultation.typesetting.subprocess import typeset
from tests.needing import fonts
from tests.typesetting.sheet import pieces
from tests.typesetting.test_pages import plan_of

pytestmark = pytest.mark.once
LABEL = "عدد الأماكن المفتوحة"
MIDDLE = 297


@pytest.fixture
def arabic(monkeypatch):
    """A document of a site in Arabic."""
    monkeypatch.setitem(LANGUAGES, "ar", SHIPPED["ar"])
    document = plan_of(1, 1)
    axis, (measure,) = document.axes[0], document.axes[0].measures
    text = Text(LABEL, "ar")
    measure = replace(measure, code="MESURE-1", title=text)
    axes = [replace(axis, title=text, measures=[measure])]
    return replace(document, language="ar", title=text, axes=axes)


def runs_of(paragraph):
    return [(it.text, it._r.find(f".//{qn('w:rtl')}") is not None) for it in paragraph.runs]


def test_language_says_its_direction_to_typst(tmp_path):
    source = tmp_path / "page.typ"
    source.write_text(
        '#import "language.typ": in-language\n#set text(..in-language("xx"), font: sys.inputs.font)'
        "\n#set document(title: [x])\nabc"
    )
    (tmp_path / "language.typ").write_text(pdf.TEMPLATE.with_name("language.typ").read_text())

    def left_of(direction):
        inputs = {"font": FONT, "directions": json.dumps({"xx": direction})}
        (piece, *_others) = pieces(typeset(source, format="pdf", sys_inputs=inputs))
        return piece.left

    assert left_of("ltr") < 100
    assert left_of("rtl") > 400


def test_pdf_begins_at_the_right(arabic):
    fonts()
    made = pieces(pdf.written(arabic))

    codes = [it for it in made if "MESURE-1" in it.text and it.page > 2]
    assert codes
    assert all(it.left > MIDDLE for it in codes)


def test_docx_begins_at_the_right(arabic):
    made = docx.Document(BytesIO(document_docx.written(arabic)))

    assert made.styles["Normal"].element.pPr.find(qn("w:bidi")).get(qn("w:val")) == "1"
    assert all(it._tbl.tblPr.find(qn("w:bidiVisual")) is not None for it in made.tables)
    title = next(it for it in made.paragraphs if it.style.name == "Heading 2")
    assert runs_of(title) == [("MESURE-1", False), (" ", True), (LABEL, True)]


def test_docx_of_french_has_no_direction():
    made = docx.Document(BytesIO(document_docx.written(plan_of(1, 1))))

    assert made.element.xml.count("w:rtl") == made.element.xml.count("bidi") == 0
    assert made.styles["Normal"].element.find(f".//{qn('w:bidi')}") is None


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        (f"{LABEL} M7.2", [(f"{LABEL} ", True), ("M7.2", False)]),
        (f"12\u202f300 {LABEL}.", [("12\u202f300", False), (f" {LABEL}.", True)]),
        (f"{LABEL} (2024)", [(f"{LABEL} (", True), ("2024", False), (")", True)]),
        ("https://exemple.fr/m/T7", [("https://exemple.fr/m/T7", False)]),
        ("", [("", True)]),
    ],
)
def test_numbers_and_codes_are_apart(text, pieces):
    assert by_direction(text) == pieces
