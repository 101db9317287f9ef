"""Values: reported once, corrected by another row, taken back, side by side."""

from datetime import date

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.plan import queries
from consultation.plan.measurement import values as measurements
from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import IndicatorVersion, Measure, MeasuredAs, WantedDirection
from consultation.plan.queries import IndicatorRetired
from consultation.plan.values import record
from consultation.plan.values.models import (
    IndicatorValue,
    MissingBecause,
    Reporter,
    ValuePoint,
)
from consultation.plan.values.progress import Progress
from consultation.plan.values.record import AlreadyReported, Report
from consultation.responses import plan_changes
from consultation.server import run
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.decisions.builders import make_organiser
from tests.factories import make_measure
from tests.moderation.builders import make_actor
from tests.plan.builders import make_draft, make_measure_draft

pytestmark = pytest.mark.database

TODAY = date(2026, 11, 29)
MEASURED = Measurement(
    MeasuredAs.NUMBER, WantedDirection.MORE, Figure(100.0, "2024"), final=Figure(200.0, "2027")
)


@pytest.fixture
def indicator(session):
    make_measure(session, "T7", indicators=1)
    row = queries.stored_indicator(session, "T7.1")
    measurements.store(row.version, MEASURED, now())
    session.commit()
    return row


@pytest.fixture
def organiser(session, indicator):
    return make_organiser(session)


def reported(value=150.0, **values):
    defaults = {"reported_by": Reporter.STATE, "point": ValuePoint.MIDTERM, "observed_on": "2026"}
    return Report(**{**defaults, "value": value, **values})


def store(session, actor, indicator, report=None, **values):
    with writing(session):
        return record.report(Work(session, actor, now()), indicator, report or reported(), **values)


def standing(session, indicator):
    session.rollback()
    session.expire_all()
    return record.current(session, [indicator.id]).get(indicator.id, [])


@pytest.mark.parametrize("value", [150.0, True, False, date(2026, 5, 1), "partout en France", 0.0])
def test_value_of_each_kind_is_read_back(session, indicator, organiser, value):
    store(session, organiser, indicator, reported(value))

    (row,) = standing(session, indicator)
    assert record.value_of(row) == value
    assert type(record.value_of(row)) is type(value)


def test_values_of_one_point_stand_side_by_side(session, indicator, organiser):
    store(session, organiser, indicator)
    store(session, organiser, indicator, reported(90.0, reported_by=Reporter.ASSOCIATION))

    assert [record.value_of(it) for it in standing(session, indicator)] == [150.0, 90.0]


def test_same_value_of_the_same_source_is_refused(session, indicator, organiser):
    store(session, organiser, indicator)

    with pytest.raises(AlreadyReported):
        store(session, organiser, indicator)
    assert len(standing(session, indicator)) == 1


def test_corrected_value_stays_behind_the_one_that_stands(session, indicator, organiser):
    first = store(session, organiser, indicator)
    store(session, organiser, indicator, reported(160.0), supersedes=first.public_id)

    assert [record.value_of(it) for it in standing(session, indicator)] == [160.0]
    assert session.scalar(sa.select(sa.func.count(IndicatorValue.id))) == 2


def test_correction_of_what_was_corrected_meanwhile_is_stale(session, indicator, organiser):
    first = store(session, organiser, indicator)
    store(session, organiser, indicator, reported(160.0), supersedes=first.public_id)

    with pytest.raises(StaleEdit):
        store(session, organiser, indicator, reported(170.0), supersedes=first.public_id)
    with pytest.raises(StaleEdit), writing(session):
        record.withdraw(Work(session, organiser, now()), indicator, first.public_id)


def test_withdrawn_value_stands_no_more_and_stays_stored(session, indicator, organiser):
    first = store(session, organiser, indicator)
    with writing(session):
        record.withdraw(Work(session, organiser, now()), indicator, first.public_id)

    assert standing(session, indicator) == []
    assert session.scalar(sa.select(sa.func.count(IndicatorValue.id))) == 2


def test_value_of_a_retired_indicator_is_refused(session, indicator, organiser):
    indicator.retired_at = now()
    session.commit()

    with pytest.raises(IndicatorRetired):
        store(session, organiser, indicator)


def test_moderator_may_not_report_values(session, indicator):
    with pytest.raises(NotAllowed):
        store(session, make_actor(session), indicator)


@pytest.mark.every_case
@pytest.mark.parametrize("change", ["UPDATE {} SET note = ''", "DELETE FROM {}"])
def test_database_refuses_to_change_a_value(session, indicator, organiser, change):
    store(session, organiser, indicator)

    with pytest.raises(sa.exc.IntegrityError, match="only grows"):
        session.execute(sa.text(change.format("indicator_value")))


def test_another_definition_starts_another_series(session, indicator, organiser):
    store(session, organiser, indicator)
    assert record.progress_of(indicator, standing(session, indicator), TODAY).progress is (
        Progress.LATE
    )
    before = indicator.version
    values = {"label": before.label, "definition": {"fr": "Au 1er janvier."}}
    version = IndicatorVersion(indicator_id=indicator.id, number=2, created_at=now(), **values)
    session.add(version)
    session.flush()
    measurements.store(version, MEASURED, now())
    session.commit()

    (row,) = standing(session, indicator)
    assert record.series_of(indicator) == {before.id: 1, version.id: 2}
    assert record.progress_of(indicator, [row], TODAY).progress is Progress.NOT_COMPARABLE


def test_another_label_goes_on_with_the_series(session, indicator, organiser):
    before = indicator.version
    values = {"label": {"fr": "Autrement dit"}, "definition": before.definition}
    version = IndicatorVersion(indicator_id=indicator.id, number=2, created_at=now(), **values)
    session.add(version)
    session.flush()
    measurements.store(version, MEASURED, now())
    session.commit()
    session.expire_all()

    assert set(record.series_of(indicator).values()) == {1}


def test_missing_value_says_why(session, indicator, organiser):
    store(session, organiser, indicator, reported(None, missing_because=MissingBecause.REFUSED))

    (row,) = standing(session, indicator)
    assert record.value_of(row) is None
    assert record.progress_of(indicator, [row], TODAY).progress is Progress.NOT_MEASURED


def test_shipped_theme_with_a_value_stays_when_a_list_is_loaded(session):
    with writing(session):
        run.prepare(session, now(), is_local=True)
    actor = make_organiser(session)
    missing = reported(None, missing_because=MissingBecause.NO_ANSWER)
    store(session, actor, queries.stored_indicator(session, "T7.1"), missing)
    with writing(session):
        plan_changes.load_plan(session, make_draft(make_measure_draft("1")), now())

    shipped = session.scalars(sa.select(Measure.code).where(Measure.is_shipped)).all()
    assert shipped == ["T7"]
