"""What the working document costs: `python -m tests.benchmarks.documents`.

It fills a home with 60 measures of 4 indicators, each worded otherwise in a second edition, and
writes each format in a process of its own, clean and with what changed.  Memory is that of the
process, with its imports, and of the largest program that it starts.
"""

import resource
import tempfile
import time
from pathlib import Path

from consultation import create_app
from consultation.clock import now
from consultation.db import upgrade
from consultation.decisions.models import DecisionOutcome
from consultation.documents import build, formats
from consultation.documents.build import Choice, Site
from consultation.documents.formats import formats_here, try_office
from consultation.extensions import db
from consultation.plan import seed
from tests.benchmarks.exporting import in_process
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
        in_process(fill, folder)
        try_office(Path(folder))
        print(f"working document, {MEASURES} measures of {INDICATORS} indicators")
        print(f"  {'':<22}{'seconds':>9}{'MB':>7}{'kB':>8}")
        for since in (None, 1):
            for format in formats_here(Path(folder))[:MOST_FORMATS]:
                seconds, memory, size = in_process(write, folder, format, since)
                label = f"{format.value}{' with changes' if since else ''}"
                print(f"  {label:<22}{seconds:>9.2f}{memory:>7.0f}{size:>8.0f}")
                if seconds > MOST_SECONDS or memory > MOST_MEGABYTES:
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


def write(folder, format, since):
    with create_app({"HOME": Path(folder)}).app_context():
        start = time.perf_counter()
        document = build.document_of(db.session(), Choice(since=since), SITE, now())
        made = formats.written(document, format)
        return costs(time.perf_counter() - start, made)


def costs(seconds, made):
    """What a task took, in seconds, of which memory, in MB, and how much it wrote, in kB."""
    peaks = (
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return seconds, max(peaks) * 1024 / 1e6, len(made) / 1000


if __name__ == "__main__":
    main()
