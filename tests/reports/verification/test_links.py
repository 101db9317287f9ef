"""Links of a file: one that leads elsewhere is named while all that the file says stays."""

import zipfile
from io import BytesIO

import docx as python_docx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from consultation.reports.verification import verify
from consultation.reports.verification.comparison import Kind
from consultation.reports.verification.links import spelled
from tests.pages import straight
from tests.reports.verification.builders import (
    document_of,
    findings,
    make_repeating_report,
    original_of,
)
from tests.reports.verification.flat_odt import odt_of

pytestmark = pytest.mark.once

CITED = "https://exemple.fr/a"
START = "https://exemple.fr/bilan/1/chiffres/depart%3AT7.1"


@pytest.fixture
def originals(app, session):
    content = make_repeating_report(session, 2, 2).content
    cited = content | {"introduction": {"fr": f"De {{{{depart:T7.1}}}}, **voir** [ici]({CITED})."}}
    document = document_of(cited)
    return lambda format: original_of(cited, document, format)


def with_html(original, before, after):
    assert original.content.count(before.encode()) == 1
    return original.content.replace(before.encode(), after.encode())


def paragraph_of(opened):
    (paragraph,) = [it for it in opened.paragraphs if it.text.startswith("De 100")]
    return paragraph


def saved(opened):
    made = BytesIO()
    opened.save(made)
    return made.getvalue()


@pytest.mark.parametrize("target", ["https://exemple.fr.evil.example/a", "//evil.example/a", "/a"])
def test_link_that_leads_elsewhere_names_both_addresses_and_its_place(originals, target):
    original = originals("html")
    sent = with_html(original, f'href="{CITED}"', f'href="{target}"')

    (finding,) = findings(sent, original)

    assert (finding.kind, finding.before, finding.after) == (Kind.LINK, CITED, spelled(target))
    assert finding.label.startswith("le résumé")
    sentence = straight(verify.sentence_of(finding))
    assert f"un lien mène à « {spelled(target)} », le site a écrit « {CITED} »" in sentence


def test_figure_whose_link_leads_elsewhere_is_named(originals):
    original = originals("docx")
    opened = python_docx.Document(BytesIO(original.content))
    for relation in opened.part.rels.values():
        if relation.is_external and relation.target_ref == START:
            relation._target = START.replace("/1/", "/2/")

    (finding,) = findings(saved(opened), original)

    assert finding.figures == ("depart:T7.1",)
    assert finding.after == START.replace("/1/", "/2/")


def test_link_on_other_words_is_named(originals):
    original = originals("docx")
    opened = python_docx.Document(BytesIO(original.content))
    paragraph = paragraph_of(opened)
    link = paragraph.hyperlinks[-1]._element
    (before,) = [it for it in paragraph.runs if it.text == "voir"]
    link.append(before._r)
    link.append(link[0])

    kinds = [it.kind for it in findings(saved(opened), original)]

    assert Kind.LINK in kinds


@pytest.mark.parametrize("begun", ["instrText", "fldSimple"])
def test_link_written_as_a_field_is_read(originals, begun):
    original = originals("docx")
    opened = python_docx.Document(BytesIO(original.content))
    paragraph = paragraph_of(opened)
    field = OxmlElement(f"w:{begun}")
    instruction = ' HYPERLINK "https://evil.example/" \\l "z" '
    if begun == "fldSimple":
        field.set(qn("w:instr"), instruction)
        paragraph._p.append(field)
        field.append(paragraph.runs[0]._r)
        paragraph._p.insert(1, field)
    else:
        field.text = instruction
        paragraph.runs[0]._r.insert(0, field)

    assert "https://evil.example/#z" in [it.after for it in findings(saved(opened), original)]


@pytest.mark.parametrize(
    "added",
    [
        '<script src="https://evil.example/a.js"></script>',
        '<base href="https://evil.example/">',
        '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
        '<form action="https://evil.example/"></form>',
        '<span onclick="leave()"></span>',
    ],
)
def test_what_else_leads_away_in_html_is_named(originals, added):
    original = originals("html")
    sent = with_html(original, "</body>", f"{added}</body>")

    (finding,) = findings(sent, original)

    assert (finding.kind, finding.before) == (Kind.LINK, "")


def test_missing_link_is_named(originals):
    original = originals("html")
    sent = with_html(original, f'href="{CITED}"', "")

    (finding,) = findings(sent, original)

    assert (finding.before, finding.after) == (CITED, "")


def test_link_of_an_odt_that_leads_elsewhere_is_named(originals):
    original = originals("odt")
    made = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(odt_of(original.content))) as package,
        zipfile.ZipFile(made, "w") as changed,
    ):
        for name in package.namelist():
            content = package.read(name)
            changed.writestr(name, content.replace(b"exemple.fr/a", b"evil.example/a"))

    (finding,) = findings(made.getvalue(), original)

    assert (finding.before, finding.after) == (CITED, "https://evil.example/a")
    assert finding.label.startswith("le résumé")


@pytest.mark.parametrize(
    ("written", "saved_as"),
    [
        ("https://a.fr", "https://a.fr/"),
        ("http://a.fr:80/b/../c", "http://a.fr:80/c"),
        ("https://a.fr/%c3%bc", "https://a.fr/ü"),
        ("/bilan/2", "../../../../bilan/2"),
    ],
)
def test_addresses_as_word_processors_spell_them_are_the_same(written, saved_as):
    assert spelled(written) == spelled(saved_as)


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("https://a.fr/b", "https://a.fr/B"),
        ("https://a.fr/b", "http://a.fr/b"),
        ("https://a.fr/b", "https://a.fr/b?c"),
        ("https://a.fr/b", "https://a.fr/b#c"),
        ("/bilan/2", "//bilan/2"),
        ("https://a.fr", "https://a.fr@b.fr"),
    ],
)
def test_addresses_that_lead_to_two_places_stay_two(written, other):
    assert spelled(written) != spelled(other)
