"""`python -m tests.benchmarks.campaigning`: what finding 5,000 campaign texts among 500 costs."""

import resource
import sys
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from tests.benchmarks.sizes import sized
from tests.moderation import campaign
from tests.moderation.cluster_builders import Intake
from tests.moderation.clusters.test_clustering import figures

CAMPAIGN, HONEST = sized((5_000, 500), (100, 20))


def main():
    from consultation.__init__ import create_app
    from consultation.db import upgrade as migrating
    from consultation.extensions import db
    from consultation.moderation.clusters import queries as cluster_counting
    from consultation.moderation.clusters.clustering import cluster_due

    sizes = [int(size) for size in sys.argv[1:3]] or [CAMPAIGN, HONEST]
    with (
        tempfile.TemporaryDirectory() as folder,
        create_app({"HOME": Path(folder) / "home"}).app_context(),
    ):
        migrating.upgrade(db.engine)
        session = db.session()
        intake = Intake(session)
        sent = campaign.arriving(*sizes)
        ids = []
        for start in range(0, len(sent), 500):
            ids += intake.receive(*(one.text for one in sent[start : start + 500]))
        began = time.perf_counter()
        clusters = intake.compare()
        seconds = time.perf_counter() - began
        found, mislabelled = figures(sent, [clusters[one] for one in ids])
        print(f"{sizes[0]} campaign texts among {sizes[1]} honest ones")
        print(f"  found                 {found:.4f}, in {len(intake.groups())} clusters")
        print(f"  honest mislabelled    {mislabelled:.4f}")
        print(f"  comparing             {seconds:.1f} s, {seconds / len(sent) * 1000:.2f} ms each")
        began = time.perf_counter()
        cluster_counting.labels(session)
        counted = cluster_counting.count_once(session, sa.true())
        print(f"  labels, both counts   {(time.perf_counter() - began) * 1000:.0f} ms")
        print(f"                        {counted.all} texts, {counted.once} with one per campaign")
        intake.receive(" ".join(campaign.CAMPAIGNS[0]))
        began = time.perf_counter()
        cluster_due(session)
        print(f"  one more text         {(time.perf_counter() - began) * 1000:.0f} ms")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"  memory, peak          {peak} MB")
        db.session.remove()
        db.engine.dispose()


if __name__ == "__main__":
    main()
