"""Values of indicators for tests: how one is measured, what was observed, what is public."""

from consultation.clock import now
from consultation.db.base import writing
from consultation.plan import queries
from consultation.plan.measurement import values as measurements
from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import IndicatorVersion, MeasuredAs, WantedDirection
from consultation.plan.values import publication, record
from consultation.plan.values.models import Reporter, ValuePoint, ValuePublication
from consultation.plan.values.record import Report
from consultation.work.services import Work
from tests.factories import make_measure

MEASURED = Measurement(
    MeasuredAs.NUMBER, WantedDirection.MORE, Figure(100.0, "2024"), final=Figure(200.0, "2027")
)
SMALLEST = 11


def make_measured_indicator(session, code="T7", measurement=MEASURED):
    """Return the first indicator of a new measure, measured as said, committed."""
    make_measure(session, code, indicators=1)
    indicator = queries.stored_indicator(session, f"{code}.1")
    measurements.store(indicator.version, measurement, now())
    session.commit()
    return indicator


def make_value(session, actor, indicator, value=150.0, **report):
    """Report a value of the State at mid-term, or as said."""
    fields = {"reported_by": Reporter.STATE, "point": ValuePoint.MIDTERM, "observed_on": "2026"}
    with writing(session):
        reported = Report(**{**fields, "value": value, **report})
        return record.report(Work(session, actor, now()), indicator, reported)


def publish_values(session, actor, *values, as_they_are=(), rule="aucune", **options):
    """Publish values that were reported."""
    by_indicator = {}
    for value in values:
        by_indicator.setdefault(value.version.indicator, []).append(value.public_id)
    settings = {"source_rule": rule, "smallest": SMALLEST, "as_they_are": as_they_are, **options}
    with writing(session):
        return publication.publish(Work(session, actor, now()), by_indicator, **settings)


def make_public_value(session, actor, indicator, value=150.0, *, as_it_is=False, **report):
    """Report a value and publish it; a small count as it is, if said."""
    row = make_value(session, actor, indicator, value, **report)
    publish_values(session, actor, row, as_they_are=[row.public_id] if as_it_is else [])
    return row


def publish_as(session, actor, value, showing, less_than=None):
    """Publish a value in the way that is said, with no question, as older rows may be."""
    shown = {"showing": showing, "less_than": less_than, "source_rule": "aucune"}
    with writing(session):
        session.add(
            ValuePublication(value_id=value.id, created_at=now(), account_id=actor.id, **shown)
        )


def redefine(session, indicator, measurement=MEASURED, definition="Au 1er janvier."):
    """Store a version of another definition, which starts another series."""
    session.rollback()
    with writing(session):
        session.refresh(indicator)
        before = indicator.version
        version = IndicatorVersion(
            indicator_id=indicator.id,
            number=before.number + 1,
            label=before.label,
            definition={"fr": definition},
            created_at=now(),
        )
        session.add(version)
        session.flush()
        measurements.store(version, measurement, now())
    session.expire_all()
    return version
