"""What publishing all figures costs, and what it hides: `python -m tests.benchmarks.publishing`.

`… 60 500 2` names measures, responses, and the measures of which a solver then says how many
values each hidden count may have, for who knows all the rest.
"""

import sys
import tempfile
import time

import sqlalchemy as sa

from consultation import create_app
from consultation.clock import now
from consultation.db import upgrade
from consultation.db.base import writing
from consultation.demo import fill
from consultation.extensions import db
from consultation.questionnaires.models import Round
from consultation.results.models import Snapshot
from consultation.results.publication import prepare, snapshot_store
from consultation.results.publication.snapshot_content import publication_from
from consultation.work.services import Work
from tests.accounts.builders import BASE
from tests.benchmarks.sizes import sized
from tests.results.attacking import narrowest
from tests.results.publishing_builders import SMALL, publisher

MEASURES, RESPONSES = sized((60, 500), (1, 12))
SOLVED = int(sys.argv[3]) if len(sys.argv) > 3 else sized(2, 1)
"""Measures that the solver looks at: it takes seconds for each."""
MANY = 10 * SMALL
"""Possible values of which no more are looked for."""


def main(measures=MEASURES, responses=RESPONSES):
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/db.sqlite"
        app = create_app(
            {"HOME": folder, "DATABASE_URL": database, "BASE_URL": BASE, "RATE_LIMITS": False}
        )
        with app.app_context():
            upgrade.upgrade(db.engine)
            with writing(db.session()):
                fill.fill(db.session(), measures=measures, responses=responses, at=now())
            print(f"publishing {measures} measures, {responses} responses, SQLite")
            publish()
            solve()
            db.session.remove()
            db.engine.dispose()


def publish():
    """Publish every measure of the round, and say what that took."""
    session, actor = db.session(), publisher(db.session)
    opened = session.scalars(sa.select(Round).order_by(Round.id.desc())).first()
    began = time.process_time()
    prepared = prepare.prepare(Work(session, actor, now()), opened, SMALL)
    decided = time.process_time()
    with writing(session):
        snapshot_store.publish_all(Work(session, actor, now()), opened, prepared, SMALL)
    print(f"  figures decided on {decided - began:.1f} s of processor")
    print(f"  published          {time.process_time() - decided:.1f} s of processor")


def solve():
    """Say how many counts are hidden, and how many values the narrowest may have."""
    snapshots = db.session().scalars(sa.select(Snapshot).order_by(Snapshot.id)).all()
    published = [publication_from(it.figures["cells"]) for it in snapshots]
    hidden = [{cell for cell, it in each.published.items() if it is None} for each in published]
    whole = sum(len(it.counts) for it in published)
    print(f"  {sum(map(len, hidden))} of {whole} counts hidden", flush=True)
    began, least = time.process_time(), MANY
    looked_at = list(zip(published, hidden, strict=True))[-SOLVED:]
    for each, cells in looked_at:
        least = narrowest(each.counts, cells, least) if cells else least
    print(f"  least number of possible values: {least}, for {SMALL} wanted", end="")
    print(f", in {sum(len(cells) for _each, cells in looked_at)} of them")
    print(f"  solver {time.process_time() - began:.1f} s of processor", file=sys.stderr)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
