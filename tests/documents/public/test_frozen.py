"""Files of published editions, made before a reader asks."""

import pytest

from consultation.clock import now
from consultation.db.base import writing
from consultation.documents import formats
from consultation.documents.formats import ConversionFailed, DocumentFormat
from consultation.documents.public import files, frozen
from consultation.jobs import erase_copies, queue
from consultation.jobs.worker import _tasks
from tests.documents.builders import two_editions
from tests.reports.builders import make_report


def run_task(session):
    _tasks["published documents"].run(session)


def run_jobs(session):
    while queue.run_due(session):
        pass
    return queue.latest(session, frozen.KIND)


def addresses(app):
    for prefix in ("", "/en"):
        for format in formats.formats_here(app.config["HOME"]):
            yield f"{prefix}/document/edition-1.{format}"
            yield f"{prefix}/document/edition-2.{format}"
            yield f"{prefix}/bilan/1/bilan.{format}"
        yield f"{prefix}/bilan/1/resume.pdf"


def test_no_reader_waits_for_a_file_of_what_is_published(
    app, client, session, opened, organiser, monkeypatch
):
    two_editions(session, organiser)
    make_report(session, organiser)
    run_task(session)
    job = run_jobs(session)
    monkeypatch.setattr(files, "written", lambda *_: pytest.fail("written for a reader"))
    monkeypatch.setattr(files, "of_sources", lambda *_: pytest.fail("built for a reader"))

    answers = [client.get(address).status_code for address in addresses(app)]

    assert answers == [200] * len(answers)
    assert job.result == {"made": len(answers)}


def test_what_is_made_is_ordered_once(session, opened, organiser):
    two_editions(session, organiser)
    run_task(session)
    run_task(session)

    assert run_jobs(session).id == 1
    run_task(session)
    assert not queue.run_due(session)


def test_nothing_is_ordered_before_anything_is_published(session, organiser):
    run_task(session)

    assert not queue.run_due(session)


def test_files_that_an_erasure_removed_are_made_again(app, session, opened, organiser):
    two_editions(session, organiser)
    run_task(session)
    run_jobs(session)
    with writing(session):
        erase_copies.order(session, now())
    run_jobs(session)
    assert not list((app.config["HOME"] / files.FOLDER).iterdir())

    run_task(session)

    assert run_jobs(session).result["made"] > 0


def test_format_that_cannot_be_made_keeps_no_other_waiting(
    app, session, opened, organiser, monkeypatch
):
    two_editions(session, organiser)
    write = files.written

    def written(document, format):
        if format is DocumentFormat.DOCX:
            raise ConversionFailed
        return write(document, format)

    monkeypatch.setattr(files, "written", written)
    run_task(session)
    run_jobs(session)

    kept = [path.suffixes[0] for path in (app.config["HOME"] / files.FOLDER).iterdir()]
    offered = formats.formats_here(app.config["HOME"])
    assert sorted(set(kept)) == sorted(f".{it}" for it in offered if it != "docx")
