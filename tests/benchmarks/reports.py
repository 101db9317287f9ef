"""What a report costs: `python -m tests.benchmarks.reports`.

60 measures of 4 indicators with 4 public values each: the report is frozen, written in each format
in a process of its own, compared with what is known now, and its files are verified.
"""

import tempfile
import time
from pathlib import Path

from consultation import create_app
from consultation.clock import now
from consultation.db import upgrade
from consultation.db.base import writing
from consultation.documents import formats
from consultation.documents.build import Site
from consultation.documents.formats import DocumentFormat, formats_here, try_office
from consultation.extensions import db
from consultation.plan import queries
from consultation.plan.values import importer, publication
from consultation.reports import archive, build, comparison, editions
from consultation.reports.printed import layout
from consultation.reports.verification import process, verify
from consultation.work.services import Work
from tests.benchmarks import documents, value_files
from tests.benchmarks.exporting import in_process
from tests.plan.builders import write_sheets
from tests.reports.builders import make_report

MOST_SECONDS, MOST_MEGABYTES, SMALLEST = 8.0, 300, 5
SITE = Site("https://consultation.example", SMALLEST)
INTRODUCTION = "De {{départ:M1.1}} à {{valeur:M1.1@mi-parcours}}. " * 20
LICENCE = "Licence ouverte 2.0"


def main():
    with tempfile.TemporaryDirectory() as folder:
        in_process(fill, folder)
        try_office(Path(folder))
        print(f"  {'':<22}{'seconds':>9}{'MB':>7}{'kB':>8}")
        tasks = [it.value for it in formats_here(Path(folder))[: documents.MOST_FORMATS]]
        for task in (*tasks, "check", "verify", "data"):
            seconds, memory, size = in_process(work, folder, task)
            print(f"  {task:<22}{seconds:>9.2f}{memory:>7.0f}{size:>8.0f}")
            is_slow = seconds > MOST_SECONDS and task != DocumentFormat.ODT  # an office starts
            if is_slow or memory > MOST_MEGABYTES:
                print("    more than it may")


def fill(folder):
    app = create_app({"HOME": Path(folder)})
    with app.app_context():
        upgrade.upgrade(db.engine)
        session = db.session
        actor = value_files.fill(session)
        codes = [it.code for it in indicators(session)]
        rows = [
            (code, moment, str(150 + place), "État", "Rapport")
            for place, code in enumerate(codes)
            for moment in value_files.MOMENTS
        ]
        path = write_sheets(Path(folder) / "valeurs.xlsx", Valeurs=[value_files.HEADER, *rows])
        session.remove()
        drafts = importer.read(Work(session(), actor), path).drafts
        previewed = importer.compare(Work(session(), actor), drafts).digest
        with writing(session()):
            importer.apply(Work(session(), actor, now()), drafts, previewed)
        publish(session, actor)
        session.remove()
        start = time.perf_counter()
        edition = make_report(session, actor, introduction=INTRODUCTION)
        seconds = time.perf_counter() - start
        print(f"report of {len(edition.content['figures'])} figures frozen: {seconds:.2f} s")
        session.remove()
        db.engine.dispose()


def indicators(session):
    measures = queries.whole_measures(session())
    return [it for measure in measures for it in queries.indicators_in_force(measure)]


def publish(session, actor):
    with writing(session()):
        waiting = publication.waiting(session(), queries.whole_measures(session()))
        chosen = {
            it.indicator: [row.public_id for row in it.values]
            for lines in waiting.values()
            for it in lines
        }
        options = {"source_rule": "aucune", "smallest": SMALLEST}
        publication.publish(Work(session(), actor, now()), chosen, **options)


def work(folder, task):
    app = create_app({"HOME": Path(folder)})
    with app.app_context(), tempfile.TemporaryDirectory() as made:
        edition = editions.published_edition(db.session())
        path = Path(made) / "bilan.docx"
        if task == "verify":
            path.write_bytes(written(edition, DocumentFormat.DOCX))
        start = time.perf_counter()
        content = done(edition, task, path)
        return documents.costs(time.perf_counter() - start, content)


def done(edition, task, path):
    """Do a task; return what it wrote."""
    front = build.front_of(edition)
    if task == "check":
        assert comparison.differences(db.session(), edition) == []
        return b""
    if task == "data":
        return archive.archived(edition.content, front, LICENCE)
    if task == "verify":
        content = path.read_bytes()
        verdict = verify.verify(db.session(), content, SITE, formats.written, process.OF_TEAM)
        assert verdict.comparison.findings == []
        return b""
    return written(edition, DocumentFormat(task))


def written(edition, format):
    return formats.written(layout.published_document(db.session(), edition, "fr", SITE), format)


if __name__ == "__main__":
    main()
