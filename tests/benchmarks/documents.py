"""What the working document costs: `python -m tests.benchmarks.documents`.

It fills a home with 60 measures of 4 indicators, each worded otherwise in a second edition, and
writes each format in a process of its own, clean and with what changed.  Memory is that of the
process, with its imports, and of the largest program that it starts.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from consultation import create_app
from consultation.clock import now
from consultation.db import upgrade
from consultation.decisions.models import DecisionOutcome
from consultation.documents import build, formats
from consultation.documents.build import Choice, Site
from consultation.documents.formats import DocumentFormat, formats_here, try_office
from consultation.extensions import db
from consultation.plan import seed
from tests.benchmarks.sizes import sized
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_edition,
    make_organiser,
    wording_of,
)
from tests.factories import make_measure

MEASURES, INDICATORS, MOST_FORMATS = sized((60, 4, 9), (3, 4, 1))
MOST_SECONDS, MOST_MEGABYTES = 5.0, 200
SITE = Site("https://consultation.example", 5)
DEFINITION = "Places réservées aux personnes identifiées comme victimes, au 31 décembre. " * 2
REASON = "Plusieurs contributions demandent de compter aussi l'outre-mer. " * 2


def main():
    with tempfile.TemporaryDirectory() as folder:
        fill(folder)
        try_office(Path(folder))
        print(f"working document, {MEASURES} measures of {INDICATORS} indicators")
        print(f"  {'':<22}{'seconds':>9}{'MB':>7}{'kB':>8}")
        for since in (None, 1):
            for format in formats_here(Path(folder))[:MOST_FORMATS]:
                row = measured(folder, format, since)
                label = f"{format.value}{' with changes' if since else ''}"
                print(
                    f"  {label:<22}{row['seconds']:>9.2f}{row['memory']:>7.0f}{row['size']:>8.0f}"
                )
                if row["seconds"] > MOST_SECONDS or row["memory"] > MOST_MEGABYTES:
                    print("    more than it may")


def fill(folder):
    app = create_app({"HOME": Path(folder)})
    with app.app_context():
        upgrade.upgrade(db.engine)
        session = db.session
        seed.plan_followed(session())
        for number in range(1, MEASURES + 1):
            make_measure(session, f"M{number}", f"Mesure numéro {number}", indicators=INDICATORS)
        session.commit()
        organiser = make_organiser(session)
        make_edition(session, organiser, title="Première édition")
        decisions = [
            decided(session, organiser, f"M{number}.{place}")
            for number in range(1, MEASURES + 1)
            for place in range(1, INDICATORS + 1)
        ]
        make_edition(session, organiser, *decisions, title="Deuxième édition")
        db.session.remove()
        db.engine.dispose()


def decided(session, organiser, code):
    subject = indicator_subject(session, code)
    wording = wording_of(
        subject,
        label=f"Places ouvertes chaque année, outre-mer compris ({code})",
        definition=DEFINITION,
        unit="places",
        data_source="Ministère chargé du logement",
        baseline="2 994 (2022)",
        midterm_target="3 500 (2025)",
        final_target="5 000 (2027)",
    )
    return make_decision(
        session,
        organiser,
        subject,
        outcome=DecisionOutcome.AMENDED,
        wording=wording,
        reason={"fr": REASON},
    )


def measured(folder, format, since):
    arguments = (folder, format.value, "" if since is None else str(since))
    return measured_by("tests.benchmarks.documents", *arguments)


def measured_by(module, *arguments):
    """What a module says of a task that it did in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        capture_output=True,
        check=True,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def write(folder, format, since):
    app = create_app({"HOME": Path(folder)})
    with app.app_context():
        start = time.perf_counter()
        choice = Choice(since=int(since) if since else None)
        document = build.document_of(db.session(), choice, SITE, now())
        made = formats.written(document, DocumentFormat(format))
        say(time.perf_counter() - start, made)


def say(seconds, made):
    """Say what a task took, and how much it wrote."""
    peaks = (
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(
        json.dumps(
            {"seconds": seconds, "memory": max(peaks) * 1024 / 1e6, "size": len(made) / 1000}
        )
    )


if __name__ == "__main__":
    if sys.argv[1:]:
        write(*sys.argv[1:])
    else:
        main()
