"""The command that writes the public report, checks its numbers and verifies a file of it."""

import docx
import pytest

from consultation.clock import now
from consultation.db.base import writing
from consultation.plan.values import record
from consultation.plan.values.models import Reporter, ValuePoint
from consultation.work.services import Work
from tests.decisions.builders import make_organiser
from tests.plan.values.builders import make_measured_indicator, make_public_value
from tests.reports.builders import make_report


@pytest.fixture
def indicator(session):
    return make_measured_indicator(session)


@pytest.fixture
def organiser(session, indicator):
    return make_organiser(session)


@pytest.fixture
def value(session, indicator, organiser):
    row = make_public_value(session, organiser, indicator, 150.0)
    make_report(session, organiser, introduction="Il y en a {{valeur:T7.1@mi-parcours}}.")
    return row


def test_report_is_written_checked_and_verified(run, value, tmp_path):
    written = run("report", "--format", "docx", "--output", tmp_path)
    checked = run("report", "--check")

    assert written.exit_code == checked.exit_code == 0, written.output + checked.output
    assert checked.output == "Bilan 1 : 4 chiffres, 0 différence.\n"
    (path,) = tmp_path.glob("bilan-1-fr-*.docx")
    verified = run("report", "--verify", path)
    assert verified.exit_code == 0, verified.output
    assert "à l'octet près, celui que le site a donné" in verified.output


def test_file_that_was_saved_again_says_what_the_site_wrote(run, value, tmp_path):
    run("report", "--format", "docx", "--output", tmp_path)
    (path,) = tmp_path.glob("bilan-1-fr-*.docx")
    docx.Document(path).save(path)

    verified = run("report", "--verify", path)

    assert verified.exit_code == 0, verified.output
    assert "enregistré de nouveau, et il dit ce que le site a écrit" in verified.output


def test_corrected_value_is_a_difference_and_nothing_else(
    run, session, value, indicator, organiser
):
    with writing(session):
        report = record.Report(reported_by=Reporter.STATE, point=ValuePoint.MIDTERM, value=160.0)
        record.report(
            Work(session, organiser, now()), indicator, report, supersedes=value.public_id
        )

    checked = run("report", "--check")

    assert checked.exit_code == 1
    assert "valeur:T7.1@mi-parcours : n'est plus public" in checked.output
    assert "Bilan 1 : 4 chiffres, 2 différences." in checked.output


def test_number_changed_in_a_file_is_named(run, value, tmp_path):
    run("report", "--format", "docx", "--output", tmp_path)
    (path,) = tmp_path.glob("bilan-1-fr-*.docx")
    opened = docx.Document(path)
    for paragraph in opened.paragraphs:
        if paragraph.text == "Il y en a 150.":
            paragraph.runs[0].text = "Il y en a 9, pas "
    opened.save(path)

    verified = run("report", "--verify", path)

    assert verified.exit_code == 1
    (line,) = [it for it in verified.output.splitlines() if it.startswith("valeur:")]
    assert line.replace("\xa0", " ") == (
        "valeur:T7.1@mi-parcours, le résumé, paragraphe 1 :"
        " « Il y en a 9, pas 150. », le site a écrit « Il y en a 150. »"
    )
    assert "3 chiffres tiennent sur 4." in verified.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--check"], "Aucun bilan n'est publié."),
        (["--edition", 3], "Le bilan 3 n'existe pas."),
    ],
)
def test_report_that_is_not_there_is_refused_in_a_sentence(run, session, arguments, sentence):
    refused = run("report", *arguments)

    assert refused.exit_code == 1
    assert sentence in refused.output


def test_file_that_is_not_ours_is_refused_in_a_sentence(run, session, tmp_path):
    path = tmp_path / "autre.pdf"
    path.write_bytes(b"bonjour")

    refused = run("report", "--verify", path)

    assert refused.exit_code == 1
    assert "ni un PDF, ni un DOCX" in refused.output
