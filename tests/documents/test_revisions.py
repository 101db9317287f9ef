"""Revisions in DOCX: who accepts them all has the new edition, who refuses them all the former."""

from io import BytesIO

import docx
import pytest
from docx.oxml.ns import qn

from consultation.clock import now
from consultation.db.base import writing
from consultation.decisions.decide import Subject
from consultation.decisions.models import DecisionOutcome
from consultation.documents import docx as document_docx
from consultation.documents.docx import REMARK
from consultation.plan.measurement import values
from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import MeasuredAs
from consultation.plan.queries import stored_indicator
from consultation.typesetting.subprocess import AUTHOR
from tests.decisions.builders import indicator_subject, make_decision, make_edition, wording_of
from tests.factories import make_indicator, make_measure
from tests.office import ACCEPTED, REFUSED, need_writer, resolved

pytestmark = pytest.mark.once


def give_target(session, code, target, **others):
    measurement = Measurement(MeasuredAs.NUMBER, final=Figure(target, "2027"), **others)
    with writing(session):
        values.store(stored_indicator(session, code).version, measurement, now())


@pytest.fixture
def two_texts(session, opened, organiser):
    """Two editions that differ in words, values, indicators and measures."""
    measure = stored_indicator(session, "T7.1").measure
    for place, label in ((3, "Durée"), (4, "Budget")):
        make_indicator(session, measure, f"T7.{place}", place, label)
    measure.lead = "Ministère"
    session.commit()
    give_target(session, "T7.1", 10.0)
    give_target(session, "T7.4", 10.0)
    make_edition(session, organiser, title="Première version")
    reworded = make_decision(
        session,
        organiser,
        indicator_subject(session),
        outcome=DecisionOutcome.AMENDED,
        wording=wording_of(
            indicator_subject(session), label="Places ouvertes (T7.1)", unit="places\npar nuit"
        )
        | {"definition": None},
    )
    removed = make_decision(
        session, organiser, indicator_subject(session, "T7.2"), outcome=DecisionOutcome.RETIRED
    )
    wording = wording_of(indicator_subject(session), label="Délai", data_source="Un fichier")
    added = make_decision(
        session,
        organiser,
        Subject(measure),
        outcome=DecisionOutcome.ADDED,
        code="T7.9",
        subject={"fr": "Il manque le délai."},
        wording=wording,
    )
    give_target(session, "T7.1", 12.0)
    give_target(session, "T7.4", 10.0, baseline=Figure(2.0, "2024"))
    measure.title = {"fr": "Hébergement ouvert à toutes"}
    measure.summary = {"fr": "Un toit, vite."}
    measure.lead = None
    make_measure(session, "T9", "Une mesure nouvelle", indicators=1)
    session.commit()
    return make_edition(session, organiser, reworded, removed, added, title="Deuxième version")


def plan_in(made):
    """The paragraphs and rows of the plan in a DOCX, without what the document says beside it."""
    read, lines, is_plan = docx.Document(BytesIO(made)), [], False
    for part in read.element.body:
        if part.tag == qn("w:tbl"):
            rows = docx.table.Table(part, read).rows
            lines += ["|".join(plain(cell.text) for cell in row.cells) for row in rows]
        elif part.tag == qn("w:p"):
            paragraph = docx.text.paragraph.Paragraph(part, read)
            is_plan |= paragraph.style.name == "Heading 1" and paragraph.text.startswith("T ")
            is_read = paragraph.text or paragraph.style.name != "Normal"
            if is_plan and is_read and paragraph.style.name not in (REMARK, "Quote"):
                lines.append(f"{paragraph.style.name} {plain(paragraph.text)}")
    return lines


def plain(text):
    return text.replace("\u2011", "-")


def resolve(made, kept, gone):
    """A DOCX with its revisions carried out as a word processor does."""
    read = docx.Document(BytesIO(made))
    body = read.element.body
    for revision in list(body.iter(qn(f"w:{gone}"))):
        holder = revision.getparent()
        if holder.tag in (qn("w:rPr"), qn("w:trPr")):
            holder = holder.getparent() if holder.tag == qn("w:rPr") else holder
            holder.getparent().getparent().remove(holder.getparent())
        elif holder is not None:
            holder.remove(revision)
    for revision in list(body.iter(qn(f"w:{kept}"))):
        for run in revision:
            revision.addprevious(run)
    for text in body.iter(qn("w:delText")):
        text.tag = qn("w:t")
    written = BytesIO()
    read.save(written)
    return written.getvalue()


@pytest.fixture
def three_files(two_texts, document_of):
    """The former edition, the new one, and the new one with what changed."""
    choices = ({"edition": 1}, {}, {"since": 1})
    return [document_docx.written(document_of(**it)) for it in choices]


def test_revisions_lead_to_the_new_edition_or_back_to_the_former(three_files):
    former, new, revised = three_files

    assert plan_in(resolve(revised, "ins", "del")) == plan_in(new)
    assert plan_in(resolve(revised, "del", "ins")) == plan_in(former)
    assert "Heading 3 T7.2 Places réservées (T7.2)" in plan_in(former)
    assert "Heading 3 T7.9 Délai" in plan_in(new)


def test_revisions_have_an_author_and_the_day_of_their_edition(three_files, two_texts):
    body = docx.Document(BytesIO(three_files[2])).element.body
    revisions = [it for kind in ("ins", "del") for it in body.iter(qn(f"w:{kind}"))]

    ids = [it.get(qn("w:id")) for it in revisions]
    assert len(set(ids)) == len(ids) > 20
    assert {it.get(qn("w:author")) for it in revisions} == {AUTHOR}
    day = f"{two_texts.published_at:%Y-%m-%dT%H:%M:%SZ}"
    assert {it.get(qn("w:date")) for it in revisions} == {day}


@pytest.mark.parametrize("place", [0, 1])
def test_document_without_changes_has_no_revision(three_files, place):
    xml = docx.Document(BytesIO(three_files[place])).element.xml

    assert "<w:ins " not in xml
    assert "<w:del " not in xml


@pytest.mark.long
@pytest.mark.parametrize(("verdict", "place"), [(ACCEPTED, 1), (REFUSED, 0)])
def test_writer_accepts_and_refuses_all_revisions(three_files, tmp_path, verdict, place):
    need_writer()
    path = tmp_path / "revised.docx"
    path.write_bytes(three_files[2])

    made = resolved(path, tmp_path, verdict).read_bytes()

    # Of a heading that it takes away at the very end, Writer leaves the style to what follows.
    lines = [it for it in plan_in(made) if it != "Heading 2 "]
    assert lines == plan_in(three_files[place])
