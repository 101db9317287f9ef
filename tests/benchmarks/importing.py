"""A list of sixty measures: read, apply, publish sixty forms: `-m tests.benchmarks.importing`."""

import tempfile
import time
from pathlib import Path

from consultation import create_app
from consultation.clock import now
from consultation.db import upgrade
from consultation.db.base import writing
from consultation.extensions import db
from consultation.plan.drafts import AxisDraft, IndicatorDraft, MeasureDraft, PlanDraft
from consultation.plan.workbook import reader, writer
from consultation.responses import plan_changes
from consultation.server import run
from consultation.spreadsheets.writer import Format
from tests.benchmarks.sizes import sized

MEASURES, INDICATORS = sized(60, 6), 5


def main():
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plan.xlsx"
        writer.write_draft(plan(), file, Format.XLSX)
        with create_app({"HOME": Path(folder) / "home"}).app_context():
            upgrade.upgrade(db.engine)
            session = db.session()
            with writing(session):
                run.prepare(session, now(), is_local=True)
            began = time.monotonic()
            draft = reader.read_plan(file)
            with writing(session):
                loaded = plan_changes.load_plan(session, draft, now())
            print(
                f"import of {len(loaded.publication.opened)} measures x {INDICATORS} indicators, "
                f"forms published: {time.monotonic() - began:.1f} s"
            )
            db.session.remove()
            db.engine.dispose()


def plan():
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
    return PlanDraft(axes=axes, measures=measures)


if __name__ == "__main__":
    main()
