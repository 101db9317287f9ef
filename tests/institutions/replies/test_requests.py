"""Requests: what an institution is shown is frozen, and public only once its term is over."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Role
from consultation.accounts.roles import StaffActor
from consultation.clock import now
from consultation.crypto.keyring import new_id
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.institutions.replies import frozen_values, queries, reply, requests
from consultation.institutions.replies.models import Reply, ReplyRequest
from consultation.institutions.replies.reply import TermOver
from consultation.institutions.replies.requests import DayTaken, TermNotOver, ValueChanged
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.plan import queries as plan_queries
from consultation.plan.models import Assessor, Level, MeasureStatus
from consultation.plan.statuses import assessments
from consultation.plan.statuses.assessments import Assessment
from consultation.plan.values import record
from consultation.plan.values.models import MissingBecause, Reporter, ValuePoint
from consultation.plan.values.record import Report
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.institutions.replies.builders import (
    ADDRESS,
    EVIDENCE,
    INSTITUTION,
    SIGNATURE,
    TEXT,
    act,
    fresh,
    make_over,
    make_reply,
    make_request,
)

pytestmark = pytest.mark.database


def report(session, actor, **changes):
    values = {"point": ValuePoint.MIDTERM, "value": 12.5, "source": "Rapport", "note": "interne"}
    with writing(session):
        row = plan_queries.stored_indicator(session, "T7.1")
        reported = Report(reported_by=Reporter.STATE, **values | changes)
        return record.report(Work(session, actor, now()), row, reported)


def statuses(session, measure):
    session.rollback()
    return session.query(MeasureStatus).filter_by(measure_id=measure.id).all()


def test_request_freezes_values_and_sends_one_mail(session, app, actor):
    value = report(session, actor)

    row = make_request(session, app, actor, value_ids=[value.public_id])
    with writing(session):
        indicator = plan_queries.stored_indicator(session, "T7.1")
        record.withdraw(Work(session, actor, now()), indicator, value.public_id)

    [stored] = fresh(session, row).shown_values
    kept = frozen_values.read(stored)
    assert (kept.code, kept.value, kept.point, kept.source) == ("T7.1", 12.5, "midterm", "Rapport")
    assert "interne" not in str(stored)
    [mail] = session.query(OutboxMessage)
    assert (mail.kind, mail.recipient, mail.status) == (
        "reply_request", ADDRESS, MessageStatus.QUEUED,
    )  # fmt: skip
    assert EVIDENCE not in mail.parameters


@pytest.mark.parametrize("value", [True, False, date(2026, 6, 30), "élevé", 3.0, None])
def test_shown_value_survives_its_storage(session, actor, value):
    missing = MissingBecause.REFUSED if value is None else None
    row = report(session, actor, point=None, day=date(2026, 1, 2), value=value,
                 missing_because=missing)  # fmt: skip

    kept = frozen_values.read(frozen_values.frozen("T7.1", row))

    assert (kept.value, kept.day, kept.missing_because) == (value, date(2026, 1, 2), missing)


@pytest.mark.every_case
@pytest.mark.parametrize(
    "column", ["level", "evidence", "shown_values", "institution", "due_on", "sent_at"]
)
def test_database_refuses_to_change_what_was_shown(session, app, actor, column):
    make_request(session, app, actor)

    with pytest.raises(sa.exc.IntegrityError, match="only grows"):
        session.execute(sa.text(f"UPDATE institution_reply_request SET {column} = {column}"))
    session.rollback()
    with pytest.raises(sa.exc.IntegrityError, match="only grows"):
        session.execute(sa.text("DELETE FROM institution_reply_request"))


@pytest.mark.every_case
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE institution_reply SET text = 'autre'",
        "UPDATE institution_reply SET signature = text",
        "UPDATE institution_reply SET request_id = request_id + 1",
        "DELETE FROM institution_reply",
    ],
)
def test_database_lets_a_reply_be_blanked_and_nothing_else(session, app, actor, change):
    make_reply(session, make_request(session, app, actor))

    with pytest.raises(sa.exc.IntegrityError, match="only grows"):
        session.execute(sa.text(change))
    session.rollback()
    session.execute(sa.text("UPDATE institution_reply SET signature = ''"))
    session.commit()

    assert session.query(Reply).one().text == TEXT


def test_request_of_one_form_is_stored_once(session, app, actor):
    key = new_id()

    first = make_request(session, app, actor, key=key)
    second = make_request(session, app, actor, key=key, institution="Une autre")

    assert first.public_id == second.public_id == key
    assert session.query(ReplyRequest).one().institution == INSTITUTION
    assert session.query(OutboxMessage).count() == 1


def test_request_refuses_a_value_that_was_taken_back(session, app, actor):
    with pytest.raises(ValueChanged):
        make_request(session, app, actor, value_ids=[new_id()])

    assert session.query(ReplyRequest).count() == 0


def test_request_needs_the_permission(session, app, actor):
    stranger = StaffActor(actor.id, actor.email, frozenset({Role.MODERATOR}))

    with pytest.raises(NotAllowed):
        make_request(session, app, stranger)
    with pytest.raises(NotAllowed):
        queries.listed(Work(session, stranger))


def test_draft_judgement_is_stored_as_an_assessment_only_when_it_is_published(
    session, app, actor, measure, traveller
):
    row = make_request(session, app, actor)
    make_reply(session, row)
    assert statuses(session, measure) == []
    assert queries.public(session, [measure.id]) == {}

    make_over(traveller, row)
    act(session, actor, row, requests.publish)

    [status] = statuses(session, measure)
    assert (status.level, status.evidence) == (Level.PARTLY_DONE, {"fr": EVIDENCE})
    shown_reply = queries.public(session, [measure.id])[measure.id]
    assert (shown_reply.text, shown_reply.signature) == (TEXT, SIGNATURE)
    assert not shown_reply.is_unanswered


def test_nothing_is_published_before_the_term_is_over(session, app, actor, measure):
    row = make_request(session, app, actor)
    make_reply(session, row)

    with pytest.raises(TermNotOver):
        act(session, actor, row, requests.publish)

    assert statuses(session, measure) == []


def test_silence_is_published_as_such(session, app, actor, measure, traveller):
    row = make_request(session, app, actor)
    make_over(traveller, row)

    act(session, actor, row, requests.publish)

    public = queries.public(session, [measure.id])[measure.id]
    assert public.is_unanswered
    assert (public.text, public.asked_until) == (None, row.due_on)


def test_reply_on_a_judgement_that_is_public_already_stays_private_until_published(
    session, app, actor, measure, traveller
):
    judgement = Assessment(
        assessor=Assessor.COLLECTIVE, assessed_on=date(2026, 9, 1), level=Level.DONE
    )
    with writing(session):
        assessments.add(Work(session, actor, now()), measure, judgement)
    row = make_request(session, app, actor, judgement=judgement)
    make_reply(session, row)
    make_over(traveller, row)
    assert queries.public(session, [measure.id]) == {}

    act(session, actor, row, requests.publish)

    assert len(statuses(session, measure)) == 1
    assert queries.public(session, [measure.id])[measure.id].text == TEXT


def test_reply_goes_with_the_judgement_it_is_about(session, app, actor, measure, traveller):
    row = make_request(session, app, actor)
    make_over(traveller, row)
    act(session, actor, row, requests.publish)

    [status] = statuses(session, measure)
    seen = assessments.assessment_of(status).digest
    with writing(session):
        assessments.remove(Work(session, actor, now()), measure, status.public_id, seen)

    assert queries.public(session, [measure.id]) == {}


def test_request_refuses_a_draft_on_the_day_of_another_judgement(session, app, actor, measure):
    judgement = Assessment(
        assessor=Assessor.COLLECTIVE, assessed_on=date(2026, 10, 1), level=Level.DONE
    )
    with writing(session):
        assessments.add(Work(session, actor, now()), measure, judgement)

    with pytest.raises(DayTaken):
        make_request(session, app, actor)


def test_reply_is_stored_once_and_the_last_one_counts(session, app, actor):
    row = make_request(session, app, actor)

    first = make_reply(session, row)
    again = make_reply(session, row)
    make_reply(session, row, text="Corrigée")

    assert again.public_id == first.public_id
    assert session.query(Reply).count() == 2
    assert fresh(session, row).reply.text == "Corrigée"


def test_reply_of_another_tab_is_not_overwritten_unseen(session, app, actor):
    row = make_request(session, app, actor)
    make_reply(session, row)

    with pytest.raises(StaleEdit), writing(session):
        reply.store(session, row.public_id, "D’un autre onglet", SIGNATURE, "", now())

    assert fresh(session, row).reply.text == TEXT


def test_replay_of_the_first_reply_does_not_undo_its_correction(session, app, actor):
    row = make_request(session, app, actor)
    make_reply(session, row)
    make_reply(session, row, text="Corrigée")

    with pytest.raises(StaleEdit), writing(session):
        reply.store(session, row.public_id, TEXT, SIGNATURE, "", now())

    assert fresh(session, row).reply.text == "Corrigée"


def test_last_day_is_the_whole_day_in_paris(session, app, actor, traveller):
    row = make_request(session, app, actor, due_on=date(2027, 3, 3))

    traveller.move_to("2027-03-03 22:59:00+00:00")  # 23:59 in Paris
    make_reply(session, row)
    traveller.move_to("2027-03-03 23:01:00+00:00")

    with pytest.raises(TermOver):
        make_reply(session, row, text="Trop tard")


def test_withdrawn_request_opens_nothing_and_publishes_nothing(
    session, app, actor, measure, traveller
):
    row = make_request(session, app, actor)

    act(session, actor, row, requests.withdraw)

    with pytest.raises(TermOver):
        make_reply(session, row)
    [mail] = session.query(OutboxMessage)
    assert (mail.status, mail.parameters) == (MessageStatus.SUPPRESSED, None)
    make_over(traveller, row)
    with pytest.raises(StaleEdit):
        act(session, actor, row, requests.publish)
    assert queries.public(session, [measure.id]) == {}


def test_act_on_a_request_is_refused_where_the_institution_has_replied_since(session, app, actor):
    row = make_request(session, app, actor)
    seen = requests.state_of(fresh(session, row))
    make_reply(session, row)

    with pytest.raises(StaleEdit), writing(session):
        requests.withdraw(Work(session, actor, now()), row.public_id, seen)


def test_withheld_reply_says_why_and_can_be_shown_again(session, app, actor, measure, traveller):
    row = make_request(session, app, actor)
    make_reply(session, row)
    act(session, actor, row, requests.withhold, "elle désigne une victime.")
    make_over(traveller, row)
    act(session, actor, row, requests.publish)

    public = queries.public(session, [measure.id])[measure.id]
    assert (public.text, public.signature) == (None, None)
    assert public.withheld_because == "elle désigne une victime."

    act(session, actor, row, requests.withhold, "")
    assert queries.public(session, [measure.id])[measure.id].text == TEXT


def test_public_replies_are_those_of_the_measure_the_last_first(
    session, app, actor, measure, traveller
):
    first = make_request(session, app, actor)
    second = make_request(session, app, actor, institution="Une autre")
    make_over(traveller, first)
    for row in (first, second):
        act(session, actor, row, requests.publish)
        traveller.shift(timedelta(minutes=1))

    both = queries.published(session, [measure.id])[measure.id]

    assert [it.institution for it in both] == ["Une autre", INSTITUTION]
    assert len(statuses(session, measure)) == 1
    assert queries.public(session, [measure.id + 1]) == {}
