"""The report as a document: its figures printed, and the same in every format."""

from io import BytesIO

import docx
import pypdf
import pytest

from consultation.clock import now
from consultation.documents import docx_parts, formats
from consultation.documents.build import Site
from consultation.documents.formats import DocumentFormat
from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import MeasuredAs, WantedDirection
from consultation.plan.values.models import Reporter
from consultation.reports import build
from consultation.reports.build import Front, Others
from tests.decisions.builders import make_organiser
from tests.plan.values.builders import SMALLEST, make_measured_indicator, make_public_value
from tests.reports.builders import make_report

SITE = Site("https://exemple.fr", SMALLEST)
INTRODUCTION = "De {{départ:T7.1}} à **{{valeur:T7.1@mi-parcours:état}}** en deux ans."


@pytest.fixture
def report(app, session):
    indicator = make_measured_indicator(session)
    organiser = make_organiser(session)
    make_public_value(session, organiser, indicator, 150.0, source="Rapport annuel")
    make_public_value(session, organiser, indicator, 4.0, reported_by=Reporter.ASSOCIATION)
    return make_report(
        session, organiser, introduction=INTRODUCTION, axis_texts={"T": "# Titre\n\nUn axe."}
    )


def front_of(report):
    return Front(report.number, report.published_at, report.content_hash)


def document(report, language="fr"):
    return build.document_of(report.content, front_of(report), Others({}, {}), language, SITE)


def test_figures_are_printed_in_the_texts_with_their_addresses(report):
    text = document(report).introduction.value

    assert text == (
        "De [100](https://exemple.fr/bilan/1/chiffres/depart%3AT7.1) à"
        " **[150](https://exemple.fr/bilan/1/chiffres/valeur%3AT7.1%40mi-parcours%3Aetat)**"
        " en deux ans."
    )


def test_small_value_is_printed_as_less_than_the_smallest(report):
    (measure,) = document(report).axes[0].measures

    rows = [[it.value for it in row] for row in measure.indicators[0].values.rows]

    assert [row[1] for row in rows] == ["150", f"moins de {SMALLEST}"]


def test_numbers_are_attached_to_both_formats(report):
    made = document(report)
    numbers = made.numbers["figures"]

    package = docx.Document(BytesIO(formats.written(made, DocumentFormat.DOCX)))
    attached = pypdf.PdfReader(BytesIO(formats.written(made, DocumentFormat.PDF))).attachments

    assert docx_parts.attached_json(package)["figures"] == numbers
    assert list(attached) == ["numbers.json"]
    assert numbers["valeur:T7.1@mi-parcours:association"] == f"moins de {SMALLEST}"


def test_draft_says_so_and_has_no_addresses(app, session, report):
    front = Front(0, now(), "")

    made = build.document_of(report.content, front, Others({}, {}), "fr", SITE)

    assert "De 100 à **150**" in made.introduction.value
    assert "brouillon" in made.notes[0]


@pytest.mark.parametrize("unit", [None, {"fr": "% des départements"}])
def test_share_says_percent_once(app, session, unit):
    share = Measurement(MeasuredAs.PERCENTAGE, WantedDirection.MORE, Figure(54.0, "2024"))
    indicator = make_measured_indicator(session, "T8", share)
    indicator.version.unit = unit
    session.commit()

    report = make_report(session, make_organiser(session))

    printed = document(report).numbers["figures"]["depart:T8.1"]
    assert printed.count("%") == 1
    assert printed.startswith("54")
