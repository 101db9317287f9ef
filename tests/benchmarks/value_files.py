"""What a file of values costs: `python -m tests.benchmarks.value_files [DATABASE_URL]`.

60 measures of 4 indicators, each with a value at 4 moments: a file of 960 new rows is read,
compared and stored, then the site writes the sheet itself, and reads it again unchanged.
"""

import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from consultation import create_app
from consultation.clock import now
from consultation.db import upgrade
from consultation.db.base import writing
from consultation.extensions import db
from consultation.plan import queries, seed
from consultation.plan.measurement import values as measurements
from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import MeasuredAs, WantedDirection
from consultation.plan.values import importer, workbook
from consultation.spreadsheets.writer import Format
from consultation.work.services import Work
from tests.benchmarks.sizes import sized
from tests.decisions.builders import make_organiser
from tests.factories import make_measure
from tests.plan.builders import write_sheets

MEASURES, INDICATORS, MOST_SECONDS = sized(60, 3), 4, 5.0
MOMENTS = ("étape", "mi-parcours", "fin du plan", "30/06/2026")
HEADER = ("Indicateur", "Pour quand", "Valeur", "Qui la donne", "Source")
MEASURED = Measurement(
    MeasuredAs.NUMBER, WantedDirection.MORE, Figure(100.0, "2024"), final=Figure(200.0, "2027")
)


def main():
    url = {"DATABASE_URL": sys.argv[1]} if len(sys.argv) > 1 else {}
    with tempfile.TemporaryDirectory() as folder:
        app = create_app({"HOME": Path(folder)} | url)
        with app.app_context():
            upgrade.upgrade(db.engine)
            measure(db.session, fill(db.session), Path(folder))
            db.session.remove()
            db.engine.dispose()


def fill(session):
    seed.plan_followed(session())
    for number in range(1, MEASURES + 1):
        made = make_measure(session, f"M{number}", f"Mesure {number}", indicators=INDICATORS)
        for indicator in made.indicators:
            measurements.store(indicator.version, MEASURED, now())
    session.commit()
    return make_organiser(session)


def measure(session, actor, folder):
    codes = [
        indicator.code
        for made in queries.whole_measures(session())
        for indicator in queries.indicators_in_force(made)
    ]
    rows = [
        (code, moment, str(150 + place), "État", "Rapport")
        for place, code in enumerate(codes)
        for moment in MOMENTS
    ]
    path = write_sheets(folder / "valeurs.xlsx", Valeurs=[HEADER, *rows])
    session.remove()
    with timed(f"{len(rows)} values read, compared and stored", MOST_SECONDS):
        drafts = importer.read(Work(session(), actor), path).drafts
        previewed = importer.compare(Work(session(), actor), drafts).digest
        with writing(session()):
            counts = importer.apply(Work(session(), actor, now()), drafts, previewed).counts
    assert counts["added"] == len(rows)
    session.remove()
    for format in Format:
        path = folder / f"ecrites.{format}"
        with timed(f"sheet written as {format}"):
            workbook.write(session(), path, format)
        with timed(f"sheet of {format} read again, unchanged"):
            drafts = importer.read(Work(session(), actor), path).drafts
            assert importer.compare(Work(session(), actor), drafts).is_empty
        session.remove()


@contextmanager
def timed(label, most=None):
    start = time.perf_counter()
    yield
    seconds = time.perf_counter() - start
    print(
        f"  {label:<44}{seconds:>7.2f} s{'  more than it may' if most and seconds > most else ''}"
    )


if __name__ == "__main__":
    main()
