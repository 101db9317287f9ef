"""Judgements of measures, from what a test cares about."""

from datetime import date

from consultation.plan.models import Assessor, Level, MeasureStatus

STATE, COLLECTIVE, RAPPORTEUR = Assessor


def judge(session, measure, *, on=date(2026, 6, 1), **levels):
    """Store what each assessor says of a measure, by its name."""
    for assessor, level in levels.items():
        status = MeasureStatus(
            measure_id=measure.id, assessor=Assessor(assessor), assessed_on=on, level=Level(level)
        )
        session.add(status)
    session.commit()
