"""`make bench`: what answering, mail, exporting and importing cost, and how servers compare."""

import contextlib
import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.benchmarks import (
    answering,
    campaigning,
    delivering,
    documents,
    editor_pages,
    exporting,
    growth,
    memory,
    moderating,
    reading_results,
    reports,
    sending,
    servers,
    several_servers,
    value_files,
)
from tests.faults.server import Server
from tests.faults.visiting import Form

CLIENTS, SECONDS = 2, 10  # so few leave the machine room: else it is the machine that is measured
EXPORTED = 40_000
MEASURES, INDICATORS = 60, 5
PATH, GROWN_PATH = "/mesures/T7/contribuer", "/mesures/DEMO-1/contribuer"


def main():
    answering.main()
    memory.main()
    with tempfile.TemporaryDirectory() as folder:
        answering_while_mail_hangs(Path(folder))
    answering_while_exporting()
    exporting.main()
    importing()
    sending.main()
    delivering.main()
    moderating.main()
    campaigning.main()
    editor_pages.main()
    reading_results.main()
    documents.main()
    value_files.main()
    reports.main()
    growth.main()
    several_servers.main()
    sys.argv[1:] = []
    servers.main()


def posted(server, path=PATH):
    """Let visitors answer for ten seconds; return how long each POST took, the shortest first."""
    stop, latencies = time.monotonic() + SECONDS, []

    def visit(number):
        count = 0
        while time.monotonic() < stop:
            count += 1
            form = Form(server, path, f"Réponse {number}", f"b{number}.{count}@exemple.fr")
            began = time.monotonic()
            assert form.post(server)[1]
            latencies.append(time.monotonic() - began)

    visitors = [threading.Thread(target=visit, args=(number,)) for number in range(CLIENTS)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    return sorted(latencies)


def p95(latencies):
    return latencies[int(len(latencies) * 0.95)]


def answering_while_mail_hangs(home, rounds=2):
    """The POST of a form, with a mail server that takes every mail and one that falls silent."""
    found = {"": [], "RCPT": []}
    for number in range(rounds):
        for verb, seen in found.items():
            folder = home / f"mail{number}{verb}"
            folder.mkdir()
            sink = sending.start_sink(folder, verb)
            server = Server(folder, **json.loads(sink.stdout.readline()))
            server.start()
            latencies = posted(server)
            seen.append(p95(latencies))
            server.close()
            sink.stdin.close()
            mails = len(sink.stdout.read().split())
            sink.wait(30)
            print(f"  {verb or 'healthy':8} {len(latencies)} submits, {mails} mails arrived")
    healthy, hanging = (min(found[verb]) for verb in ("", "RCPT"))
    print(f"page submit p95, healthy     {[round(it * 1000) for it in found['']]} ms")
    print(f"page submit p95, hanging     {[round(it * 1000) for it in found['RCPT']]} ms")
    print(f"  ratio (best of each)       {hanging / healthy:.2f}")


def answering_while_exporting(responses=EXPORTED, rounds=3):
    """The POST of a form, with and without an export that the worker would make as well."""
    alone, beside = [], []
    with tempfile.TemporaryDirectory() as folder:
        exporting.child("fill", folder, responses)
        home = Path(folder) / "home"
        server = Server(home, f"sqlite:///{home / 'db.sqlite'}")
        server.start()
        wait_until_counted(home / "db.sqlite")
        for _ in range(rounds):
            alone.append(p95(posted(server, GROWN_PATH)))
            with subprocess.Popen(
                exporting.command("export", folder, "xlsx"), stdout=subprocess.DEVNULL
            ) as export:
                time.sleep(2)  # it has begun to read
                beside.append(p95(posted(server, GROWN_PATH)))
                is_whole = export.poll() is None
            print(f"  export {'went on all the while' if is_whole else 'ended before: add to N'}")
        server.close()
    print(f"page submit p95, alone              {[round(it * 1000) for it in alone]} ms")
    print(f"page submit p95, beside an export   {[round(it * 1000) for it in beside]} ms")
    ratio = statistics.median(beside) / statistics.median(alone)
    print(f"  ratio of medians, {responses} responses exported: {ratio:.2f}")


def wait_until_counted(database):
    """Wait until the worker has counted what the home was filled with."""
    end = time.monotonic() + 300
    with contextlib.closing(sqlite3.connect(database)) as connection:
        while connection.execute("SELECT EXISTS (SELECT 1 FROM tally_change)").fetchone()[0]:
            assert time.monotonic() < end
            time.sleep(1)


def importing():
    """A list of sixty measures: read, apply, publish sixty forms, commit."""
    from consultation.__init__ import create_app
    from consultation.clock import now
    from consultation.db import upgrade as migrating
    from consultation.db.base import writing
    from consultation.extensions import db
    from consultation.plan.drafts import AxisDraft, IndicatorDraft, MeasureDraft, PlanDraft
    from consultation.plan.workbook import reader as reading
    from consultation.plan.workbook import writer as template
    from consultation.responses import plan_changes as loading
    from consultation.server import run as preparing
    from consultation.spreadsheets.writer import Format

    measures = tuple(
        MeasureDraft(
            axis=f"A{number % 6}",
            code=str(number),
            title={"fr": f"Mesure {number}"},
            indicators=tuple(
                IndicatorDraft(code=f"{number}.{one}", label={"fr": f"Indicateur {number}.{one}"})
                for one in range(1, INDICATORS + 1)
            ),
        )
        for number in range(1, MEASURES + 1)
    )
    axes = tuple(AxisDraft(f"A{number}", {"fr": f"Axe {number}"}) for number in range(6))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plan.xlsx"
        template.write_draft(PlanDraft(axes=axes, measures=measures), file, Format.XLSX)
        with create_app({"HOME": Path(folder) / "home"}).app_context():
            migrating.upgrade(db.engine)
            with writing(db.session()):
                preparing.prepare(db.session(), now())
            began = time.monotonic()
            draft = reading.read_plan(file)
            with writing(db.session()):
                loaded = loading.load_plan(db.session(), draft, now())
            print(
                f"import of {len(loaded.publication.opened)} measures x {INDICATORS} indicators, "
                f"forms published: {time.monotonic() - began:.1f} s"
            )
            db.session.remove()
            db.engine.dispose()


if __name__ == "__main__":
    main()
