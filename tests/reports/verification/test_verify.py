"""What becomes of a file of a report: known to the byte, saved again, or with withdrawn texts."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import docx
import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.documents import formats
from consultation.documents.formats import DocumentFormat
from consultation.reports import build
from consultation.reports.models import ReportFile
from consultation.reports.printed import layout
from consultation.reports.verification import given_files, process, verify
from consultation.reports.verification.comparison import Kind
from consultation.reports.verification.verify import NotOurs
from consultation.responses.models import Answer, Response
from tests.decisions.builders import make_organiser, make_published_text
from tests.factories import make_round
from tests.plan.values.builders import make_measured_indicator, make_public_value
from tests.reports.builders import make_report
from tests.reports.verification.builders import SITE

QUOTED = "Il manque des places."
OTHER = "Nous refusons du monde chaque semaine."


@pytest.fixture
def organiser(session):
    indicator = make_measured_indicator(session)
    organiser = make_organiser(session)
    make_public_value(session, organiser, indicator, 150.0)
    return organiser


@pytest.fixture
def report(app, session, organiser):
    return make_report(session, organiser, introduction="Ils sont {{valeur:T7.1@mi-parcours}}.")


@pytest.fixture
def quoted_answers(app, session, organiser):
    opened = make_round(session)
    session.commit()
    return [make_published_text(session, opened, text) for text in (QUOTED, OTHER)]


@pytest.fixture
def quoting(session, organiser, quoted_answers):
    return make_report(session, organiser, quotations=quoted_answers)


def written(session, edition, format=DocumentFormat.DOCX, language="fr"):
    """A file of a published report, and its document."""
    document = layout.published_document(session, edition, language, SITE)
    return formats.written(document, format), document


def verdict_of(session, content):
    return verify.verify(session, content, SITE, formats.written, process.OF_TEAM)


def saved_again(content):
    made = BytesIO()
    docx.Document(BytesIO(content)).save(made)
    return made.getvalue()


def withdraw(session, answer_id):
    session.get(Response, session.get(Answer, answer_id).response_id).withdrawn_at = now()
    session.commit()


@pytest.mark.parametrize("format", ["pdf", "docx", "html"])
def test_file_that_was_given_out_is_known_whatever_the_site_writes_now(session, report, format):
    content = b"as an earlier version wrote it"
    _made, document = written(session, report)
    given_files.remember(session, report, document, DocumentFormat(format), content, now())
    given_files.remember(session, report, document, DocumentFormat(format), content, now())

    verdict = verdict_of(session, content)

    assert verdict.is_intact
    assert verdict.given.format is DocumentFormat(format)
    assert not verdict.given.has_quotations
    assert session.query(ReportFile).count() == 1


@pytest.mark.parametrize(
    "change", ["UPDATE report_file SET locale = 'en'", "DELETE FROM report_file"]
)
def test_digests_of_files_only_grow(session, report, change):
    _made, document = written(session, report)
    given_files.remember(session, report, document, DocumentFormat.PDF, b"bytes", now())

    with pytest.raises(sa.exc.IntegrityError, match="report_file only grows"):
        session.execute(sa.text(change))


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("format", ["pdf", "docx", "html"])
def test_file_that_nobody_remembers_is_read(session, report, format, language):
    made, _document = written(session, report, DocumentFormat(format), language)

    verdict = verdict_of(session, made)

    assert verdict.given is None
    assert verdict.is_intact
    assert verdict.comparison.findings == []
    assert verdict.language == language


@pytest.mark.parametrize("format", ["pdf", "docx", "html"])
def test_quotation_withdrawn_since_is_named_and_not_accused(
    session, quoting, quoted_answers, format
):
    made, document = written(session, quoting, DocumentFormat(format))
    given_files.remember(session, quoting, document, DocumentFormat(format), made, now())
    withdraw(session, quoted_answers[0])

    verdict = verdict_of(session, made)

    assert verdict.given.has_quotations
    assert verdict.is_intact
    (finding,) = verdict.comparison.findings
    assert finding.kind is Kind.QUOTATION
    assert QUOTED in finding.after


def test_all_quotations_withdrawn_are_not_accused_in_a_file_saved_again(
    session, quoting, quoted_answers
):
    made, _document = written(session, quoting)
    for answer_id in quoted_answers:
        withdraw(session, answer_id)

    verdict = verdict_of(session, saved_again(made))

    assert verdict.is_intact
    assert {it.kind for it in verdict.comparison.findings} == {Kind.QUOTATION}


def test_quotation_that_was_changed_is_accused_while_all_are_public(session, quoting):
    made, _document = written(session, quoting)
    opened = docx.Document(BytesIO(made))
    (paragraph,) = [it for it in opened.paragraphs if it.text == QUOTED]
    paragraph.runs[0].text = "Il ne manque rien."
    changed = BytesIO()
    opened.save(changed)

    verdict = verdict_of(session, changed.getvalue())

    assert not verdict.is_intact
    (finding,) = verdict.comparison.findings
    assert (finding.before, finding.after) == (QUOTED, "Il ne manque rien.")


def test_figure_changed_beside_a_withdrawn_quotation_is_accused(session, quoting, quoted_answers):
    made, _document = written(session, quoting)
    withdraw(session, quoted_answers[1])
    opened = docx.Document(BytesIO(made))
    for table in opened.tables:
        for row in table.rows:
            for cell in row.cells:
                for link in cell.paragraphs[0].hyperlinks:
                    link.runs[0].text = link.text.replace("150", "950")
    changed = BytesIO()
    opened.save(changed)

    verdict = verdict_of(session, changed.getvalue())

    assert not verdict.is_intact
    assert verdict.changed_figures == {"valeur:T7.1@mi-parcours"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"bonjour", "ni un PDF"),
        (b"%PDF-1.7 rien", "abîmé"),
        (b"PK\x03\x04 rien", "abîmé"),
        (b"<html><p>Autre chose", "publié ici"),
    ],
)
def test_file_that_is_not_ours_is_refused_in_a_sentence(session, report, content, sentence):
    with pytest.raises(NotOurs, match=sentence):
        verdict_of(session, content)


def test_report_of_another_site_is_not_ours(session, report):
    made, _document = written(session, report, DocumentFormat.HTML)

    with pytest.raises(NotOurs, match="publié ici"):
        verdict_of(session, made.replace(report.content_hash.encode(), b"0" * 64))


def summary_of(session, report):
    """The file of the summary of a report."""
    document = layout.published_document(session, report, "fr", SITE, layout.SUMMARY)
    return formats.written(document, DocumentFormat.PDF)


def test_summary_that_nobody_remembers_is_read(session, report):
    verdict = verdict_of(session, summary_of(session, report))

    assert verdict.given is None
    assert verdict.is_intact


def test_summary_of_another_day_is_accused(session, report):
    front = replace(build.front_of(report), made_at=report.published_at - timedelta(days=40))
    others = build.public_texts_of_others(session, report)
    other = layout.document_of(report.content, front, others, "fr", SITE, None, layout.SUMMARY)

    verdict = verdict_of(session, formats.written(other, DocumentFormat.PDF))

    assert not verdict.is_intact
    assert any("2026" in it.before for it in verdict.comparison.findings)
