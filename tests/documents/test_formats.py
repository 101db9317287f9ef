"""Files of a document: to the letter, accessible, and the same bytes for the same document."""

import re
import sys
import zipfile
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace

import docx
import pypdf
import pytest
import time_machine
from docx.shared import Mm
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from consultation.clock import now
from consultation.documents import docx as document_docx
from consultation.documents import formats, html, office, pdf
from consultation.documents.docx_parts import FIXED_DATE
from consultation.documents.formats import ConversionFailed, DocumentFormat, FormatLacking
from consultation.documents.model import DecisionEntry, Difference, Quotation, Table, Text
from consultation.documents.office import Office
from consultation.plan.text_diff import Part
from consultation.text import clean
from consultation.typesetting.subprocess import AUTHOR
from tests.decisions.builders import make_edition
from tests.documents.builders import (
    HOSTILE,
    LONG,
    RIGHT_TO_LEFT,
    measure_of,
    two_editions,
    with_texts,
)
from tests.needing import fonts
from tests.office import need_writer

pytestmark = pytest.mark.once
WRITTEN_HERE = (DocumentFormat.PDF, DocumentFormat.DOCX, DocumentFormat.HTML)


@pytest.fixture
def written(app):
    def write(document, format):
        with app.app_context():
            return formats.written(document, format)

    return write


def paragraphs(made):
    return [it.text for it in docx.Document(BytesIO(made)).paragraphs]


def text_of_pdf(made):
    """The text of a PDF without its blanks, which are those of lines and pages too."""
    pages = pypdf.PdfReader(BytesIO(made)).pages
    return "".join(re.sub(r"·[^·]*\d+/\d+$", "", _without_author(page)) for page in pages)


def _without_author(page):
    return bare(page.extract_text()).replace(bare(AUTHOR), "")


def bare(text):
    return re.sub(r"[\s\u200b]+", "", text).replace("’", "'")


def texts_of_html(made):
    return [it.text_content() for it in lxml_html.document_fromstring(made.decode()).iter()]


@pytest.mark.every_case
@pytest.mark.parametrize("format", WRITTEN_HERE)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_same_edition_gives_the_same_bytes_at_any_time(
    session, opened, organiser, document_of, written, format, language
):
    two_editions(session, organiser)
    choice = {"since": 1, "language": language}

    first = written(document_of(**choice), format)
    with time_machine.travel(now() + timedelta(days=400), tick=False):
        again = written(document_of(**choice), format)

    assert first == again


@pytest.mark.parametrize("choice", [{}, {"since": 1}, {"since": 0, "language": "en"}])
def test_pdf_is_tagged_and_says_its_title_and_language(
    session, opened, organiser, document_of, written, choice
):
    two_editions(session, organiser)
    document = document_of(**choice)

    made = written(document, DocumentFormat.PDF)

    reader = pypdf.PdfReader(BytesIO(made))
    assert b"<pdfuaid:part>1</pdfuaid:part>" in made
    assert b"/StructTreeRoot" in made
    assert reader.trailer["/Root"]["/Lang"] == document.language
    assert reader.metadata.title == "Deuxième version"
    assert reader.metadata.creation_date.replace(microsecond=0) == document.made_at.replace(
        microsecond=0
    )


def whole(document):
    """The document with a part of every kind in its first measure."""
    axis = document.axes[0]
    measure = axis.measures[0]
    table = Table("Avis", ["Selon", "Avancement"], [[Text("A", "fr"), Text("B", "fr")]])
    quotation = Quotation(Text("Citado.", "es"), "en espagnol")
    decision = DecisionEntry(
        "Repris", Text("Il manque", "fr"), Text("Oui.", "fr"), "5", [quotation]
    )
    parts = [Part("avant", is_removed=True), Part("après", is_added=True), Part(" tout")]
    indicator = replace(
        measure.indicators[0],
        points=table,
        differences=[Difference("Intitulé", parts, "fr")],
        decisions=[decision],
    )
    changed = replace(
        measure,
        judgements=table,
        indicators=[indicator],
        removed=[indicator],
        decisions=[decision],
    )
    introduction = Text("## Titre\n\n- un\n\n[lien](https://exemple.fr)", "fr")
    return replace(
        document,
        introduction=introduction,
        axes=[replace(axis, measures=[changed])],
        removed=[replace(measure, code="T9", title=Text("Mesure retirée", "fr"))],
    )


def test_pdf_with_a_part_of_every_kind_meets_the_standard(opened, document_of):
    made = pdf.written(whole(document_of()))

    assert b"<pdfuaid:part>1</pdfuaid:part>" in made
    read = text_of_pdf(made)
    for text in (
        "[enlevé:avant]",
        "[ajouté:après]",
        "Citado.(enespagnol)",
        "Mesureretirée",
        "Ilmanque",
    ):
        assert text in read


def test_docx_and_html_have_a_part_of_every_kind(app, opened, document_of, written):
    document = whole(document_of())

    word = " ".join(paragraphs(written(document, DocumentFormat.DOCX))).replace("\xa0", " ")
    with app.app_context():
        page = html.written(document).decode()

    assert "Citado." in word
    read = " ".join(texts_of_html(page.encode())).replace("\xa0", " ")
    assert "[enlevé : avant] [ajouté : après] tout" in read
    assert "<del>" in page
    assert '<blockquote class="written" dir="auto" lang="es">Citado.</blockquote>' in page
    assert '<p class="hint">en espagnol</p>' in page
    assert "Citado. (en espagnol)" in word


@pytest.mark.parametrize("text", [*HOSTILE, LONG])
def test_pdf_has_each_text_to_the_letter(opened, document_of, written, text):
    if not text.isascii():  # no font of our own has what is beyond Latin letters
        fonts()
    made = written(with_texts(document_of(), text), DocumentFormat.PDF)

    assert b"<pdfuaid:part>1</pdfuaid:part>" in made
    assert bare(text) in text_of_pdf(made)


def test_pdf_has_text_that_is_read_from_the_right(opened, document_of):
    made = pdf.written(with_texts(document_of(), RIGHT_TO_LEFT))

    assert set(bare(RIGHT_TO_LEFT)) <= set(text_of_pdf(made))


@pytest.mark.parametrize("text", [*HOSTILE, RIGHT_TO_LEFT, LONG])
def test_docx_has_each_text_to_the_letter(opened, document_of, written, text):
    made = written(with_texts(document_of(), text), DocumentFormat.DOCX)

    read = paragraphs(made)
    assert text in read
    assert f"Définition : {text}" in read


def test_docx_is_written_by_a_process_that_ends(opened, document_of, written, monkeypatch):
    monkeypatch.delitem(sys.modules, "consultation.documents.docx")

    written(document_of(), DocumentFormat.DOCX)

    assert "consultation.documents.docx" not in sys.modules


@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1).map(clean).filter(bool))
def test_any_text_survives_docx_and_html(opened, document_of, written, text):
    document = with_texts(document_of(), text)

    # Not by `written`, which starts a process for each.
    assert text in paragraphs(document_docx.written(document))
    shown = texts_of_html(written(document, DocumentFormat.HTML))
    assert Text(text, "fr").typeset in shown


@pytest.mark.parametrize("text", [*HOSTILE, RIGHT_TO_LEFT, LONG])
def test_html_has_each_text_to_the_letter_and_no_script(opened, document_of, written, text):
    made = written(with_texts(document_of(), text), DocumentFormat.HTML)

    tree = lxml_html.document_fromstring(made.decode())
    assert Text(text, "fr").typeset in texts_of_html(made)
    assert tree.xpath("//script | //link | //img | //@style | //@onclick") == []
    assert "default-src 'none'" in tree.xpath("//meta[@http-equiv]/@content")[0]


def test_docx_equals_the_plan(session, opened, organiser, document_of, written):
    two_editions(session, organiser)
    document = document_of()

    read = paragraphs(written(document, DocumentFormat.DOCX))

    for axis in document.axes:
        assert f"{axis.code} {axis.title.value}" in read
        for measure in axis.measures:
            assert f"{measure.code} {measure.title.value}" in read
            for indicator in measure.indicators:
                assert f"{indicator.code} {indicator.label.value}" in read


def test_docx_has_headings_languages_and_text_alternatives(
    session, opened, organiser, document_of, written
):
    make_edition(session, organiser, title="Version")
    document = document_of(language="en")

    made = written(document, DocumentFormat.DOCX)

    read = docx.Document(BytesIO(made))
    headings = [it.text for it in read.paragraphs if it.style.name == "Heading 2"]
    xml = zipfile.ZipFile(BytesIO(made)).read("word/document.xml").decode()
    assert headings == ["T4 Specialised accommodation", "T7 Specialised accommodation"]
    assert re.findall(r'descr="([^"]+)"', xml) == [
        measure.scan for axis in document.axes for measure in axis.measures
    ]
    assert 'w:val="fr-FR"' in xml  # of the title, which nobody translated
    assert 'w:val="en-GB"' in read.styles.element.xml
    assert 'TOC \\o "1-2"' in xml
    assert read.core_properties.title == "Version"
    assert read.core_properties.created == document.made_at.replace(microsecond=0)


def test_docx_repeats_the_head_of_each_table(session, opened, document_of, written):
    document = document_of()
    axis = document.axes[0]
    judged = Table("Avis", ["Selon", "Avancement"], [[Text("A", "fr"), Text("B", "fr")]] * 3)
    measure = replace(axis.measures[0], judgements=judged)
    made = written(replace(document, axes=[replace(axis, measures=[measure])]), DocumentFormat.DOCX)

    (read,) = docx.Document(BytesIO(made)).tables
    assert [cell.text for cell in read.rows[0].cells] == ["Selon", "Avancement"]
    assert "w:tblHeader" in read.rows[0]._tr.xml
    assert "w:tblHeader" not in read.rows[1]._tr.xml


def test_docx_shares_its_line_among_the_columns_of_a_table(opened, document_of, written):
    document = document_of()
    axis = document.axes[0]
    cells = [
        Text("2024", "fr"),
        Text("Une source que l'on ne dit qu'en beaucoup de mots. " * 4, "fr"),
    ]
    judged = Table("Avis", ["Le", "Source"], [cells])
    measure = replace(axis.measures[0], judgements=judged)
    made = written(replace(document, axes=[replace(axis, measures=[measure])]), DocumentFormat.DOCX)

    read = docx.Document(BytesIO(made))
    (table,) = read.tables
    narrow, wide = [column.width for column in table.columns]
    assert narrow < Mm(20) < Mm(120) < wide
    section = read.sections[0]
    line = section.page_width - section.left_margin - section.right_margin
    assert abs(narrow + wide - line) < Mm(0.1)
    assert [cell.width for cell in table.rows[1].cells] == [narrow, wide]
    places = [it.text for it in read.paragraphs]
    assert read.paragraphs[places.index("Avis") - 1].paragraph_format.keep_with_next


def test_docx_has_no_date_of_its_own(opened, document_of, written):
    package = zipfile.ZipFile(BytesIO(written(document_of(), DocumentFormat.DOCX)))

    assert {entry.date_time for entry in package.infolist()} == {FIXED_DATE}


def test_introduction_is_text_with_its_look(app, session, opened, organiser, document_of, written):
    markdown = (
        "## Titre\n\nDes *mots* et **d'autres**, [un lien](https://exemple.fr/a).\n\n- un\n- deux"
        "\n\n<script>x</script>"
    )
    make_edition(session, organiser, introduction={"fr": markdown})
    document = document_of()

    read = docx.Document(BytesIO(written(document, DocumentFormat.DOCX)))

    texts = [it.text for it in read.paragraphs]
    assert {"Titre", "Des mots et d'autres, un lien.", "• un", "• deux"} <= set(texts)
    assert "<script>x</script>" in texts
    bold = {run.text for it in read.paragraphs for run in it.runs if run.bold}
    assert "d'autres" in bold
    pdf = text_of_pdf(written(document, DocumentFormat.PDF))
    assert bare("Des mots et d'autres, un lien.") in pdf
    with app.app_context():
        page = html.written(document).decode()
    assert '<a href="https://exemple.fr/a" rel="noreferrer">un lien</a>' in page
    assert "<script" not in page


def test_odt_is_offered_only_where_libreoffice_is(
    session, opened, document_of, written, monkeypatch, tmp_path
):
    monkeypatch.setattr(office, "PROGRAM", "no-such-program")

    formats.try_office(tmp_path)

    assert office.known(tmp_path) is Office.ABSENT
    assert DocumentFormat.ODT not in formats.formats_here(tmp_path)
    assert not (tmp_path / office.TRIAL).exists()
    with pytest.raises(FormatLacking, match="LibreOffice"):
        written(document_of(), DocumentFormat.ODT)


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Stand for LibreOffice by a script, which notes that it runs; return how often it has."""
    path, runs = tmp_path / "office", tmp_path / "runs"
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setattr(office, "PROGRAM", str(path))

    def stand(script):
        path.write_text(f"#!/bin/sh\necho >> {runs}\n{script}\n")
        path.chmod(0o755)
        return home

    def runs_of():
        return len(runs.read_text().splitlines()) if runs.exists() else 0

    return SimpleNamespace(stand=stand, runs=runs_of)


WITH_WRITER = 'for last; do :; done; cat "$last" > "${last%.docx}.odt"'
WITHOUT_WRITER = "echo 'no export filter'; exit 0"


def test_odt_is_offered_once_a_trial_has_made_one(program):
    home = program.stand(WITH_WRITER)
    before = DocumentFormat.ODT in formats.formats_here(home)

    for _ in range(3):
        formats.try_office(home)

    assert (before, DocumentFormat.ODT in formats.formats_here(home)) == (False, True)
    assert program.runs() == 1
    assert [path.name for path in home.iterdir()] == [office.TRIAL]


def test_odt_is_not_offered_where_the_trial_failed_until_a_later_one(program, time_machine):
    home = program.stand(WITHOUT_WRITER)
    formats.try_office(home)
    formats.try_office(home)
    failed = office.known(home), program.runs(), DocumentFormat.ODT in formats.formats_here(home)

    time_machine.move_to(now() + office.TRIED_AGAIN_AFTER)
    formats.try_office(home)

    assert failed == (Office.FAILS, 1, False)
    assert program.runs() == 2


def test_another_libreoffice_is_tried_anew(program):
    home = program.stand(WITHOUT_WRITER)
    formats.try_office(home)
    program.stand(WITH_WRITER)
    replaced = office.known(home)

    formats.try_office(home)

    assert (replaced, office.known(home)) == (Office.UNTRIED, Office.CONVERTS)


def test_damaged_note_of_a_trial_is_none(program):
    home = program.stand(WITH_WRITER)
    (home / office.TRIAL).write_bytes(b"{")

    assert office.known(home) is Office.UNTRIED


@pytest.mark.long
def test_trial_of_the_whole_libreoffice_succeeds(tmp_path):
    need_writer()

    formats.try_office(tmp_path)

    assert office.known(tmp_path) is Office.CONVERTS


@pytest.mark.parametrize("script", ["exit 0", "exec sleep 60"], ids=["no Writer", "endless"])
def test_office_that_makes_no_file_is_told_in_a_sentence(
    opened, document_of, written, monkeypatch, tmp_path, script
):
    program = tmp_path / "office"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(office, "PROGRAM", str(program))
    monkeypatch.setattr(office, "LONGEST_CONVERSION", 1)

    with pytest.raises(ConversionFailed, match="Choisissez DOCX"):
        written(document_of(), DocumentFormat.ODT)


@pytest.mark.long
def test_odt_has_the_texts_of_the_plan(opened, document_of, written):
    need_writer()
    document = document_of()

    made = written(document, DocumentFormat.ODT)

    content = zipfile.ZipFile(BytesIO(made)).read("content.xml").decode()
    assert measure_of(document).title.value in content


def test_docx_has_the_pages_of_its_contents_computed_where_it_is_opened(
    opened, document_of, written
):
    document = document_of()

    xml = (
        zipfile.ZipFile(BytesIO(written(document, DocumentFormat.DOCX)))
        .read("word/document.xml")
        .decode()
    )

    fields = re.findall(r"<w:instrText>([A-Z]+)", xml)
    assert fields[0] == "TOC"
    listed = sum(1 + len(axis.measures) for axis in document.axes) + bool(document.annex)
    assert fields.count("PAGEREF") == listed
    assert xml.count('w:fldCharType="begin" w:dirty="1"') == xml.count('w:fldCharType="begin"')
