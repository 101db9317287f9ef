"""What a file of a report says is held against the report, part by part; untouched files pass."""

import copy
import random
from collections import Counter
from io import BytesIO

import docx as python_docx
import pypdf
import pytest

from consultation.reports.verification import file_text
from consultation.reports.verification.comparison import Kind, _Map
from consultation.text import clean
from tests.hostile.characters import COMPANY, characters
from tests.office import convert, need_writer
from tests.reports.verification.builders import (
    document_of,
    findings,
    first_indicator,
    make_repeating_report,
    original_of,
    with_texts,
)
from tests.reports.verification.flat_odt import odt_of
from tests.reports.verification.tampering import CHANGES, KINDS, changed_pdf

SEED = 52
FORMATS = ("docx", "html", "odt", "pdf")
pytestmark = [pytest.mark.once, pytest.mark.timeout(3600)]


@pytest.fixture
def count(is_long):
    return 1000 if is_long else 30


@pytest.fixture
def saved_as_odt(is_long, tmp_path):
    """A DOCX as ODT: by LibreOffice in full length."""
    if not is_long:
        return odt_of

    def saved(content):
        need_writer()
        path = tmp_path / "report.docx"
        path.write_bytes(content)
        return convert([path], tmp_path, "odt")[0].read_bytes()

    return saved


@pytest.fixture
def content(app, session):
    return make_repeating_report(session).content


@pytest.mark.parametrize("format", FORMATS)
def test_every_changed_digit_word_row_and_link_is_seen(
    content, format, count, recorded, saved_as_odt
):
    chance = random.Random(f"{SEED} {format}")
    original = original_of(content, document_of(content), format)
    untouched = saved_as_odt(original.content) if format == "odt" else original.content
    made = Counter()

    for number in range(count):
        kind = KINDS[format][number % len(KINDS[format])]
        changed = CHANGES[format](untouched, kind, chance)
        made[kind, bool(findings(changed, original))] += 1

    recorded(f"V1 changes of a report in {format}", f"{_seen(made)} of {count} seen")
    assert [kind for kind, is_seen in made if not is_seen] == []


def _seen(made):
    return sum(count for (_kind, is_seen), count in made.items() if is_seen)


@pytest.mark.parametrize("format", FORMATS)
def test_no_untouched_file_of_hostile_texts_is_accused(content, format, count, recorded):
    accused = []
    for number, (changed, document) in enumerate(_hostile(content, format, count)):
        original = original_of(changed, document, format)
        if findings(_saved_again(original.content, format), original):
            accused.append(number)

    recorded(f"V2 untouched reports in {format}", f"{len(accused)} of {count} accused")
    assert accused == []


def _hostile(content, format, count):
    chance = random.Random(f"{SEED} hostile {format}")
    texts = [
        *map(clean, COMPANY),
        *(clean(it.typed["suggestions"]) for it in characters(chance, 60)),
    ]
    small = first_indicator(content)
    for _number in range(count):
        changed = with_texts(small, chance, chance.sample(texts, 3))
        yield changed, document_of(changed, chance.choice(["fr", "en"]))


def _saved_again(content, format):
    """The file as another program writes it."""
    made = BytesIO()
    if format == "odt":
        return odt_of(content)
    if format == "docx":
        python_docx.Document(BytesIO(content)).save(made)
    elif format == "pdf":
        pypdf.PdfWriter(clone_from=pypdf.PdfReader(BytesIO(content))).write(made)
    else:
        return content.replace(b"\n", b"\r\n")
    return made.getvalue()


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", ["docx", "odt"])
def test_libreoffice_saves_files_that_are_not_accused(content, tmp_path, kind, count, recorded):
    need_writer()
    originals, paths = {}, []
    for number, (changed, document) in enumerate(_hostile(content, "docx", count)):
        path = tmp_path / f"{number}.docx"
        originals[path.stem] = original_of(changed, document, "docx")
        path.write_bytes(originals[path.stem].content)
        paths.append(path)

    saved = convert(paths, tmp_path, kind)

    accused = {
        it.stem: found for it in saved if (found := findings(it.read_bytes(), originals[it.stem]))
    }
    recorded(
        f"V3 reports saved by LibreOffice as {kind}", f"{len(accused)} of {len(paths)} accused"
    )
    assert len(saved) == len(paths)
    assert accused == {}


def test_finding_names_figure_and_place(content):
    document = document_of(content)
    original = original_of(content, document, "docx")
    opened = python_docx.Document(BytesIO(original.content))
    tables = [it for it in opened.tables if it.rows[0].cells[0].text == "Chiffre"]
    cell = tables[4].rows[2].cells[1]
    cell.paragraphs[0].runs[0].text = cell.text.replace("2", "3", 1)
    changed = BytesIO()
    opened.save(changed)

    (finding,) = findings(changed.getvalue(), original)

    assert finding.figures == ("cible:T8.2@fin",)
    place = "T8.2, tableau « Chiffre », ligne 2, colonne « Valeur »"
    assert finding.label.replace("\xa0", " ") == place
    assert (finding.before[:3], finding.after[:3]) == ("200", "300")


def test_what_is_drawn_over_a_pdf_names_its_page_place_and_figure(content):
    original = original_of(content, document_of(content), "pdf")
    chance = random.Random(SEED)

    made = [findings(changed_pdf(original.content, "drawn", chance), original) for _ in range(10)]

    assert {(len(it), it[0].kind) for it in made} == {(1, Kind.DRAWN)}
    assert all(finding.page for (finding,) in made)
    assert any(finding.figures and "tableau" in finding.label for (finding,) in made)


@pytest.mark.parametrize("format", FORMATS)
def test_each_part_of_the_summary_is_found_in_its_file(content, format, saved_as_odt):
    original = original_of(content, document_of(content), "docx" if format == "odt" else format)
    made = saved_as_odt(original.content) if format == "odt" else original.content

    found = [it for _start, _end, it in _Map(file_text.read(made).parts, original.places).spans]

    parts = [it for it in original.places if it.label.startswith("le résumé, «")]
    assert len(parts) > 5
    assert [it.text for it in parts if it not in found] == []


def test_number_changed_in_what_a_docx_carries_is_named(content):
    original = original_of(content, document_of(content), "docx")
    opened = python_docx.Document(BytesIO(original.content))
    for relation in opened.part.rels.values():
        if "customXml" in relation.reltype and b"valeur:" in relation.target_part.blob:
            part = relation.target_part
            part._blob = part.blob.replace(
                b'@mi-parcours:etat": "150"', b'@mi-parcours:etat": "950"', 1
            )
    changed = BytesIO()
    opened.save(changed)

    (finding,) = findings(changed.getvalue(), original)

    assert finding.kind is Kind.CARRIED
    assert finding.figures == ("valeur:T7.1@mi-parcours:etat",)
    assert (finding.before, finding.after) == ("150", "950")


def test_content_is_left_as_it_was(content):
    before = copy.deepcopy(content)
    with_texts(content, random.Random(2), ["a"])
    assert content == before
