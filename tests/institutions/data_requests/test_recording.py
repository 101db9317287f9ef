"""Requests: asked once, edited until they leave, followed by events that only grow."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from consultation.accounts.models import AuditEvent, Role
from consultation.clock import in_paris, now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.institutions.data_requests import life, queries, record
from consultation.institutions.data_requests.life import FOLLOWING, Delays, RequestState
from consultation.institutions.data_requests.models import RequestEvent, RequestEventKind
from consultation.institutions.data_requests.record import (
    AlreadyRequested,
    DayInFuture,
    DayTooEarly,
)
from consultation.operations.retention import apply as retention
from consultation.plan import queries as plan_queries
from consultation.plan.queries import IndicatorRetired
from consultation.plan.values import record as values
from consultation.plan.values.models import MissingBecause, Reporter, ValuePoint
from consultation.plan.values.record import Report
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.decisions.builders import make_organiser
from tests.factories import make_measure
from tests.institutions.data_requests.builders import (
    SENT,
    fresh,
    happen,
    make_draft,
    make_request,
)
from tests.moderation.builders import make_actor

REQUESTED, ANSWERED = RequestEventKind.REQUESTED, RequestEventKind.ANSWERED
REFUSED, NO_ANSWER = RequestEventKind.REFUSED, RequestEventKind.NO_ANSWER


@pytest.fixture
def organiser(session):
    make_measure(session, "T7", indicators=3, lead="Direction des places")
    session.commit()
    return make_organiser(session)


def missing(session, code="T7.1"):
    session.rollback()
    session.expire_all()
    row = plan_queries.stored_indicator(session, code)
    rows = values.current(session, [row.id]).get(row.id, [])
    return [(it.missing_because, it.point, it.source) for it in rows]


def test_request_keeps_the_wording_that_it_asks_about(session, organiser):
    request = make_request(session, organiser, make_draft(session, "T7.1", "T7.2"))

    assert [it.indicator.code for it in request.versions] == ["T7.1", "T7.2"]
    assert life.state_of(request.events) is RequestState.PREPARED
    assert [row.codes for row in queries.listed(session)] == [["T7.1", "T7.2"]]
    assert queries.measures_asked(session) == {request.versions[0].indicator.measure_id}
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.action, event.subject) == ("data_request_prepared", request.public_id)


@pytest.mark.parametrize("last", [None, REQUESTED, NO_ANSWER])
def test_same_figure_is_not_asked_twice_of_one_institution(session, organiser, last):
    first = make_request(session, organiser, sent=SENT if last else None)
    if last is NO_ANSWER:
        happen(session, organiser, first, NO_ANSWER, SENT)

    draft = make_draft(session, "T7.2", "T7.1", institution="direction DES places")
    with pytest.raises(AlreadyRequested) as refused:
        make_request(session, organiser, draft)

    assert (refused.value.code, refused.value.request.public_id) == ("T7.1", first.public_id)


def test_other_moment_institution_or_indicator_is_another_request(session, organiser):
    make_request(session, organiser)
    for draft in (
        make_draft(session, "T7.2"),
        make_draft(session, institution="Préfecture"),
        make_draft(session, point=ValuePoint.FINAL),
        make_draft(session, day=date(2026, 6, 30)),
    ):
        make_request(session, organiser, draft)

    assert len(queries.listed(session)) == 5


@pytest.mark.parametrize("last", [ANSWERED, REFUSED, RequestEventKind.WITHDRAWN])
def test_figure_is_asked_again_once_a_request_is_over(session, organiser, last):
    request = make_request(session, organiser, sent=SENT)
    happen(session, organiser, request, last, SENT)

    make_request(session, organiser)


def test_figure_of_a_retired_indicator_is_not_asked(session, organiser):
    draft = make_draft(session)
    draft.indicators[0].retired_at = now()
    session.commit()

    with pytest.raises(IndicatorRetired):
        make_request(session, organiser, draft)


def test_moderator_asks_for_nothing(session, organiser):
    moderator = make_actor(session, "modo", Role.MODERATOR)

    with pytest.raises(NotAllowed):
        make_request(session, moderator)


def test_request_is_changed_until_it_leaves(session, organiser):
    request = make_request(session, organiser)
    seen = record.seen(request)
    draft = make_draft(session, "T7.2", document="Un autre bilan")
    with writing(session):
        record.change(Work(session, organiser, now()), request.public_id, draft, seen)
    request = fresh(session, request)
    assert (request.document, [it.indicator.code for it in request.versions]) == (
        "Un autre bilan",
        ["T7.2"],
    )

    with pytest.raises(StaleEdit), writing(session):  # by what a colleague saw before
        record.change(Work(session, organiser, now()), request.public_id, draft, seen)

    request = happen(session, organiser, request, REQUESTED, SENT)
    with pytest.raises(StaleEdit), writing(session):
        record.change(
            Work(session, organiser, now()), request.public_id, draft, record.seen(request)
        )


def test_two_people_do_not_note_two_ends(session, organiser):
    request = make_request(session, organiser, sent=SENT)
    seen = record.seen(request)
    happen(session, organiser, request, ANSWERED, SENT)

    with pytest.raises(StaleEdit) as stale, writing(session):
        record.note(Work(session, organiser, now()), request.public_id, REFUSED, SENT, "", seen)

    assert stale.value.by.startswith("alix")


def test_event_of_a_day_to_come_is_refused(session, organiser):
    request = make_request(session, organiser)
    tomorrow = in_paris(now()).date() + timedelta(1)

    with pytest.raises(DayInFuture):
        happen(session, organiser, request, REQUESTED, tomorrow)


def test_answer_before_the_request_is_refused(session, organiser):
    request = make_request(session, organiser, sent=SENT)

    with pytest.raises(DayTooEarly) as early:
        happen(session, organiser, request, ANSWERED, SENT - timedelta(1))

    assert early.value.before.happened_on == SENT


@pytest.mark.parametrize("state", RequestState)
@pytest.mark.parametrize("kind", [it for it in RequestEventKind if it.value != "undone"])
def test_only_what_may_follow_is_noted(session, organiser, state, kind):
    request = make_request(session, organiser)
    is_waiting = state in (RequestState.PREPARED, RequestState.REQUESTED)
    steps = [] if state in (RequestState.PREPARED, RequestState.WITHDRAWN) else [REQUESTED]
    for step in steps if is_waiting else [*steps, RequestEventKind(state.value)]:
        request = happen(session, organiser, request, step, SENT)

    if kind in FOLLOWING[state]:
        request = happen(session, organiser, request, kind, SENT)
        assert life.state_of(request.events).value == kind.value
    else:
        with pytest.raises(StaleEdit):
            happen(session, organiser, request, kind, SENT)


def test_undone_event_stays_in_the_history(session, organiser):
    request = make_request(session, organiser, sent=SENT)
    request = happen(session, organiser, request, ANSWERED, SENT)
    with writing(session):
        record.undo(Work(session, organiser, now()), request.public_id, record.seen(request))
    request = fresh(session, request)

    assert life.state_of(request.events) is RequestState.REQUESTED
    assert [it.kind.value for it in request.events] == ["requested", "answered", "undone"]
    happen(session, organiser, request, REFUSED, SENT)


def test_events_cannot_be_changed_or_removed(session, organiser):
    make_request(session, organiser, sent=SENT)
    for change in (sa.update(RequestEvent).values(note="x"), sa.delete(RequestEvent)):
        with pytest.raises(sa.exc.DatabaseError, match=r"only grows|append-only|refuse"):
            session.execute(change)
        session.rollback()


def test_nothing_is_noted_as_a_value_by_itself(session, organiser):
    request = make_request(session, organiser, sent=SENT)
    happen(session, organiser, request, NO_ANSWER, SENT)

    assert missing(session) == []


def note_missing(session, actor, request, *codes):
    seen = record.seen(fresh(session, request))
    with writing(session):
        return record.note_missing(
            Work(session, actor, now()), request.public_id, codes, "Demande", seen
        )


@pytest.mark.parametrize(
    ("kind", "reason"), [(NO_ANSWER, MissingBecause.NO_ANSWER), (REFUSED, MissingBecause.REFUSED)]
)
def test_reason_is_noted_for_the_indicators_that_a_person_ticked(session, organiser, kind, reason):
    request = make_request(session, organiser, make_draft(session, "T7.1", "T7.2"), sent=SENT)
    happen(session, organiser, request, kind, SENT)

    assert note_missing(session, organiser, request, "T7.2", "T7.3") == 1

    assert missing(session, "T7.1") == []
    assert missing(session, "T7.2") == [(reason, ValuePoint.MIDTERM, "Demande")]


def test_reason_replaces_the_one_that_the_collective_noted_before(session, organiser):
    row = plan_queries.stored_indicator(session, "T7.1")
    with writing(session):
        for point, reporter in (
            (ValuePoint.MIDTERM, Reporter.COLLECTIVE),
            (ValuePoint.FINAL, Reporter.COLLECTIVE),
            (ValuePoint.MIDTERM, Reporter.STATE),
        ):
            because = MissingBecause.NEVER_REQUESTED
            report = Report(reported_by=reporter, point=point, missing_because=because)
            values.report(Work(session, organiser, now()), row, report)
    request = make_request(session, organiser, sent=SENT)
    happen(session, organiser, request, NO_ANSWER, SENT)

    note_missing(session, organiser, request, "T7.1")

    reasons = [it.value for it, point, _source in missing(session) if point is ValuePoint.MIDTERM]
    assert sorted(reasons) == ["never_requested", "no_answer"]
    assert len(missing(session)) == 3


def test_no_reason_is_noted_of_a_request_that_waits(session, organiser):
    request = make_request(session, organiser, sent=SENT)

    with pytest.raises(StaleEdit):
        note_missing(session, organiser, request, "T7.1")


def test_due_lists_what_may_be_taken_to_the_cada_by_a_day(session, organiser):
    silent = make_request(session, organiser, sent=SENT)
    refused = make_request(session, organiser, make_draft(session, "T7.2"), sent=SENT)
    happen(session, organiser, refused, REFUSED, SENT + timedelta(5))
    answered = make_request(session, organiser, make_draft(session, "T7.3"), sent=SENT)
    happen(session, organiser, answered, ANSWERED, SENT)
    delays = life.delays_of({"CADA_SILENCE_DELAY": "10 jours", "CADA_REFERRAL_DELAY": "20 jours"})

    def ids(due):
        return [it.request.public_id for it in due.requests]

    early = queries.due(session, delays, SENT + timedelta(9))
    late = queries.due(session, delays, SENT + timedelta(10))
    assert (ids(early), early.undated_count) == ([refused.public_id], 0)
    assert ids(late) == [refused.public_id, silent.public_id]
    assert queries.due(session, Delays(), SENT + timedelta(90)).undated_count == 1


def test_addresses_are_emptied_long_after_the_end(app, session, organiser):
    texts = {"contact": "service@exemple.fr", "signatory": "La présidente"}
    over = make_request(session, organiser, make_draft(session, **texts), sent=SENT)
    happen(session, organiser, over, ANSWERED, SENT)
    waiting = make_request(session, organiser, make_draft(session, "T7.2", **texts), sent=SENT)
    settings = app.config | {"RETENTION_INCOMING_DAYS": 30}

    retention.apply(session, settings, now() + timedelta(29), dry_run=False)
    assert fresh(session, over).contact == "service@exemple.fr"
    later = now() + timedelta(31)
    assert any("1 demandes" in it for it in retention.apply(session, settings, later, dry_run=True))
    assert fresh(session, over).contact == "service@exemple.fr"
    retention.apply(session, settings, later, dry_run=False)

    assert (fresh(session, over).contact, fresh(session, over).signatory) == (None, None)
    assert fresh(session, waiting).contact == "service@exemple.fr"
