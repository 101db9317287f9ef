"""Publication of values: none without a second look, small counts by their source's own rule."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.editions.publication import SecondPersonNeeded
from consultation.plan import queries
from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import MeasuredAs, WantedDirection
from consultation.plan.values import overrides, publication, record
from consultation.plan.values.models import (
    MissingBecause,
    Progress,
    Showing,
    ValuePublication,
)
from consultation.plan.values.progress import Rule
from consultation.plan.values.publication import SourceNeeded
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.decisions.builders import make_organiser
from tests.moderation.builders import make_actor
from tests.plan.values.builders import (
    make_measured_indicator,
    make_public_value,
    make_value,
    publish_values,
    redefine,
)
from tests.statements import selects

TODAY = date(2026, 11, 29)


@pytest.fixture
def indicator(session):
    return make_measured_indicator(session)


@pytest.fixture
def organiser(session, indicator):
    return make_organiser(session)


def public(session, indicator):
    session.rollback()
    session.expire_all()
    return publication.published(session, [indicator.id]).get(indicator.id, [])


def progress(session, indicator):
    session.rollback()
    session.expire_all()
    return publication.public_progress(session, [indicator], TODAY)[indicator.id]


def override(session, actor, indicator, word, reason="une région seulement", at=None, seen=None):
    with writing(session):
        overrides.override(Work(session, actor, at or now()), indicator, word, reason, seen)


def test_value_is_public_only_once_published(session, indicator, organiser):
    value = make_value(session, organiser, indicator)
    assert public(session, indicator) == []

    publish_values(session, organiser, value)

    (shown,) = public(session, indicator)
    assert (shown.value, shown.showing, shown.source_rule) == (150.0, Showing.EXACT, "aucune")


def test_corrected_value_waits_for_another_look(session, indicator, organiser):
    value = make_public_value(session, organiser, indicator)

    with writing(session):
        report = record.Report(reported_by=value.reported_by, point=value.point, value=160.0)
        record.report(
            Work(session, organiser, now()), indicator, report, supersedes=value.public_id
        )

    assert public(session, indicator) == []


def test_value_is_public_no_longer_once_taken_back(session, indicator, organiser):
    value = make_public_value(session, organiser, indicator)

    with writing(session):
        publication.unpublish(Work(session, organiser, now()), indicator, value.public_id)

    assert public(session, indicator) == []
    publish_values(session, organiser, value)
    assert len(public(session, indicator)) == 1


@pytest.mark.parametrize(
    ("number", "is_small"), [(0.0, False), (1.0, True), (10.0, True), (11.0, False), (-3.0, True)]
)
def test_small_counts_are_not_shown(session, indicator, organiser, number, is_small):
    make_public_value(session, organiser, indicator, number)

    (shown,) = public(session, indicator)
    assert (shown.value is None) is is_small
    assert (shown.showing is Showing.SMALL) is is_small


def test_small_count_is_shown_where_its_source_published_it(session, indicator, organiser):
    value = make_value(session, organiser, indicator, 4.0, source="Rapport annuel")

    publish_values(session, organiser, value, as_they_are=[value.public_id])

    (shown,) = public(session, indicator)
    assert shown.value == 4.0


def test_small_count_without_source_is_never_shown(session, indicator, organiser):
    value = make_value(session, organiser, indicator, 4.0)

    with pytest.raises(SourceNeeded):
        publish_values(session, organiser, value, as_they_are=[value.public_id])

    assert public(session, indicator) == []


def test_share_below_the_smallest_count_is_no_small_count(session, organiser):
    share = make_measured_indicator(
        session, "T8", Measurement(MeasuredAs.PERCENTAGE, WantedDirection.MORE)
    )

    make_public_value(session, organiser, share, 4.0)

    (shown,) = public(session, share)
    assert shown.value == 4.0


def test_word_says_nothing_of_a_number_too_small_to_show(session, organiser):
    few = Measurement(MeasuredAs.NUMBER, WantedDirection.MORE, final=Figure(10.0, "2027"))
    indicator = make_measured_indicator(session, "T8", few)
    make_public_value(session, organiser, indicator, 10.0)

    said = progress(session, indicator)

    values = record.current(session, [indicator.id])[indicator.id]
    assert record.progress_of(indicator, values, TODAY).progress is Progress.REACHED
    assert (said.progress, said.conclusion.rule) == (None, Rule.TOO_SMALL)


def test_unpublished_value_has_no_part_in_the_public_word(session, indicator, organiser):
    make_value(session, organiser, indicator, 250.0)
    assert progress(session, indicator).progress is Progress.NOT_MEASURED

    make_public_value(session, organiser, indicator, 250.0, source="Enquête")

    assert progress(session, indicator).progress is Progress.REACHED


def test_missing_value_is_published_with_why(session, indicator, organiser):
    make_public_value(session, organiser, indicator, None, missing_because=MissingBecause.REFUSED)

    (shown,) = public(session, indicator)
    assert (shown.value, shown.row.missing_because) == (None, MissingBecause.REFUSED)
    assert progress(session, indicator).progress is Progress.NOT_MEASURED


def test_who_reported_a_value_may_not_publish_it_where_two_are_needed(
    session, indicator, organiser
):
    value = make_value(session, organiser, indicator)

    with pytest.raises(SecondPersonNeeded):
        publish_values(session, organiser, value, needs_second=True)

    assert public(session, indicator) == []
    other = make_organiser(session, "sacha")
    publish_values(session, other, value, needs_second=True)
    assert len(public(session, indicator)) == 1


def test_published_twice_is_stale_and_publishes_nothing(session, indicator, organiser):
    value = make_public_value(session, organiser, indicator)
    other = make_value(session, organiser, indicator, 90.0, source="Enquête")

    with pytest.raises(StaleEdit):
        publish_values(session, organiser, value, other)

    assert [it.row.id for it in public(session, indicator)] == [value.id]


def test_nobody_publishes_without_the_permission(session, indicator, organiser):
    value = make_value(session, organiser, indicator)

    with pytest.raises(NotAllowed):
        publish_values(session, make_actor(session), value)


@pytest.mark.every_case
@pytest.mark.parametrize("change", ["UPDATE value_publication SET source_rule = 'x'",
                                    "DELETE FROM value_publication",
                                    "UPDATE progress_override SET reason = 'x'",
                                    "DELETE FROM progress_override"])  # fmt: skip
def test_database_refuses_to_change_what_was_published(session, indicator, organiser, change):
    make_public_value(session, organiser, indicator)
    override(session, organiser, indicator, Progress.LATE)

    with pytest.raises(sa.exc.DBAPIError, match="only grow"), writing(session):
        session.execute(sa.text(change))

    session.rollback()
    assert session.query(ValuePublication).one().source_rule == "aucune"


def test_word_of_a_person_stands_with_its_reason(session, indicator, organiser):
    make_public_value(session, organiser, indicator, 250.0)

    override(session, organiser, indicator, Progress.LATE)

    said = progress(session, indicator)
    assert (said.progress, said.conclusion.progress) == (Progress.LATE, Progress.REACHED)
    assert said.override.reason == "une région seulement"


def test_word_of_a_person_is_given_back_to_the_rule(session, indicator, organiser):
    make_public_value(session, organiser, indicator, 250.0)
    override(session, organiser, indicator, Progress.LATE)
    seen = progress(session, indicator).override.id

    override(session, organiser, indicator, None, "", seen=seen)

    said = progress(session, indicator)
    assert (said.progress, said.override) == (Progress.REACHED, None)


def test_word_of_a_person_ends_with_the_next_value(session, indicator, organiser):
    make_public_value(session, organiser, indicator, 250.0)
    override(session, organiser, indicator, Progress.LATE, at=now() - timedelta(days=1))

    make_value(session, organiser, indicator, 90.0, source="Enquête")

    assert progress(session, indicator).override is None


def test_word_of_a_person_does_not_cross_a_break(session, indicator, organiser):
    make_public_value(session, organiser, indicator, 250.0)
    override(session, organiser, indicator, Progress.REACHED)
    assert progress(session, indicator).override is not None

    redefine(session, indicator)

    assert progress(session, indicator).override is None
    assert progress(session, indicator).progress is Progress.NOT_COMPARABLE


def test_word_said_meanwhile_is_not_overwritten(session, indicator, organiser):
    override(session, organiser, indicator, Progress.LATE)

    with pytest.raises(StaleEdit):
        override(session, organiser, indicator, Progress.REACHED, seen=None)


def test_public_progress_takes_the_same_queries_for_many(session, indicator, organiser):
    make_public_value(session, organiser, indicator)
    for number in range(3):
        more = make_measured_indicator(session, f"T{10 + number}")
        make_public_value(session, organiser, more)

    def queries_of(count):
        session.rollback()
        session.expire_all()
        indicators = [
            it for measure in queries.whole_measures(session)[:count] for it in measure.indicators
        ]
        with selects() as statements:
            publication.public_progress(session, indicators, TODAY)
        return len(statements)

    assert queries_of(1) == queries_of(4) <= 5
