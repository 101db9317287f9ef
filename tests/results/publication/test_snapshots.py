import json
import threading

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from consultation.accounts.models import Account, AuditEvent, Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.questionnaires.models import Option, Round
from consultation.responses.identity import NO_CAPACITY
from consultation.results.models import Snapshot
from consultation.results.public import queries
from consultation.results.publication import prepare, snapshot_store
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.exports.builders import form_of, respond
from tests.jobs.builders import beside
from tests.moderation.builders import StaffActor
from tests.results.publishing_builders import answer_many, publish, publisher
from tests.results.publishing_builders import measure as measure
from tests.results.publishing_builders import opened as opened

pytestmark = pytest.mark.database

STANCE, RELEVANCE = ("T7.1", "stance"), ("T7.1", "relevance")
JUDGES, POLICE = {"capacity": "justice"}, {"capacity": "police"}
KEEP, DROP = {STANCE: "keep"}, {STANCE: "drop"}


def counts(snapshot, code, indicator="T7.1"):
    """The published values of one question, by code."""
    question = next(
        entry for entry in snapshot.public["questions"]
        if (entry["indicator"], entry["code"]) == (indicator, code)
    )  # fmt: skip
    return {value["code"]: value["count"] for value in question["values"]}


def statistics(snapshot, code="relevance"):
    return next(
        entry["statistics"] for entry in snapshot.public["questions"] if entry["code"] == code
    )


def test_snapshot_shows_what_was_said_and_hides_the_few(session, opened, measure):
    answer_many(session, opened, "T7", (20, KEEP, JUDGES), (3, DROP, JUDGES))
    answer_many(session, opened, "T7", (6, {STANCE: "amend"}, JUDGES), (6, {}, JUDGES))

    snapshot = publish(session, opened, measure.id)

    assert snapshot.public["responses"] == 35
    assert counts(snapshot, "stance") == {
        "keep": 20, "amend": None, "replace": 0, "drop": None, "none": 0, "": 6,
    }  # fmt: skip
    assert classes(snapshot) == {"keep": 20, "change": 9}


def test_no_class_is_published_that_would_reveal_how_many_are_in_none(session, opened, measure):
    """Two gave no answer: who knew both classes would subtract them from the responses."""
    answer_many(session, opened, "T7", (20, KEEP, JUDGES), (12, DROP, POLICE), (2, {}, JUDGES))

    snapshot = publish(session, opened, measure.id)

    assert classes(snapshot) is None
    assert counts(snapshot, "stance")["keep"] == 20


def test_stance_with_a_choice_of_neither_class_has_none(session, opened, measure):
    form = form_of(session, opened, "T7")
    stance = next(it for it in form.questions if it.code == "stance")
    session.add(Option(question_id=stance.id, code="merge", label={"fr": "fusionner"}, position=99))
    session.commit()
    answer_many(session, opened, "T7", (20, KEEP, JUDGES), (12, DROP, POLICE))

    assert classes(publish(session, opened, measure.id)) is None


def test_earlier_snapshot_keeps_what_it_shows(session, opened, measure):
    """Classes come with a new snapshot, not where an earlier one hid values without them."""
    answer_many(session, opened, "T7", (20, KEEP, JUDGES), (3, DROP, JUDGES))
    answer_many(session, opened, "T7", (6, {STANCE: "amend"}, JUDGES), (6, {}, JUDGES))
    first = publish(session, opened, measure.id)
    with writing(session()):
        stored = session.get(Snapshot, first.id)
        stored.figures = {
            **stored.figures,
            "cells": [it for it in stored.figures["cells"] if len(it[0]) != 3],
        }

    assert classes(publish(session, opened, measure.id)) is None


def classes(snapshot):
    """The two classes of the stance, by code."""
    question = next(it for it in snapshot.public["questions"] if it["code"] == "stance")
    return question["classes"] and {it["code"]: it["count"] for it in question["classes"]}


def test_who_named_no_capacity_is_published_in_words(session, opened, measure):
    answer_many(session, opened, "T7", (20, KEEP, JUDGES), (6, KEEP, {"capacity": NO_CAPACITY}))

    figures = publish(session, opened, measure.id).public

    unsaid = {"fr": "non précisé", "en": "not stated"}
    assert [entry["label"] for entry in figures["sides"]["capacity"] if entry["count"] == 6] == [
        unsaid
    ]
    assert figures["questions"][0]["by_capacity"][-1]["label"] == unsaid


def test_what_is_public_says_no_count_that_is_hidden(session, opened, measure):
    answer_many(session, opened, "T7", (31, KEEP, JUDGES), (4, DROP, POLICE))
    answer_many(session, opened, "T7", (7, {}, JUDGES))

    snapshot = publish(session, opened, measure.id)

    published = [int(number) for number in _numbers(snapshot.public["questions"])]
    assert 4 not in published
    assert 31 in published


def _numbers(content):
    if isinstance(content, dict):
        for part in content.values():
            yield from _numbers(part)
    elif isinstance(content, list):
        for part in content:
            yield from _numbers(part)
    elif isinstance(content, int) and not isinstance(content, bool):
        yield content


def test_some_more_responses_change_nothing_that_is_public(session, opened, measure):
    answer_many(session, opened, "T7", (20, KEEP, JUDGES), (9, DROP, JUDGES))
    before = publish(session, opened, measure.id)
    answer_many(session, opened, "T7", (4, DROP, JUDGES))

    after = publish(session, opened, measure.id)

    assert after.public["questions"] == before.public["questions"]
    assert after.public["responses"] == 29


def test_five_more_responses_change_what_they_joined(session, opened, measure):
    answer_many(session, opened, "T7", (20, KEEP, JUDGES), (9, DROP, JUDGES))
    publish(session, opened, measure.id)
    answer_many(session, opened, "T7", (5, DROP, JUDGES))

    after = publish(session, opened, measure.id)

    assert counts(after, "stance")["drop"] == 14
    assert after.public["responses"] == 34


def test_what_was_withdrawn_still_is_what_the_next_publication_differs_from(
    session, opened, measure
):
    answer_many(session, opened, "T7", (20, KEEP, JUDGES), (9, DROP, JUDGES))
    first = publish(session, opened, measure.id)
    withdraw(session, first)
    answer_many(session, opened, "T7", (1, DROP, JUDGES))

    second = publish(session, opened, measure.id)

    assert second.public["responses"] == 29
    assert queries.of_measure(session(), measure.id).id == second.id


def withdraw(session, snapshot):
    with writing(session()):
        stored = session.get(Snapshot, snapshot.id)
        snapshot_store.withdraw(Work(session(), publisher(session), now()), stored)


def test_withdrawn_snapshot_is_not_public_and_no_earlier_one_comes_back(session, opened, measure):
    answer_many(session, opened, "T7", (20, KEEP, JUDGES))
    publish(session, opened, measure.id)
    withdraw(session, publish(session, opened, measure.id))

    assert queries.of_measure(session(), measure.id) is None
    assert queries.measures(session()) == []


def test_publishing_and_withdrawing_stand_in_the_trail(session, opened, measure):
    answer_many(session, opened, "T7", (20, KEEP, JUDGES))

    withdraw(session, publish(session, opened, measure.id))

    events = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id)).all()[-2:]
    assert [(event.action, event.subject) for event in events] == [
        ("results_published", "T7"), ("results_withdrawn", "T7"),
    ]  # fmt: skip


def test_what_was_prepared_before_somebody_else_published_is_refused(session, opened, measure):
    answer_many(session, opened, "T7", (20, KEEP, JUDGES))
    actor = publisher(session)
    [prepared] = prepare.prepare(Work(session(), actor, now()), opened, 5, [measure.id])
    other = publish(session, opened, measure.id)

    with pytest.raises(StaleEdit) as refusal, writing(session()):
        snapshot_store.publish(Work(session(), actor, now()), opened, prepared)

    by = session.get(Account, other.published_by).email
    assert (refusal.value.by, refusal.value.at) == (by, other.published_at)


def test_what_was_prepared_before_somebody_took_it_back_is_refused(session, opened, measure):
    answer_many(session, opened, "T7", (20, KEEP, JUDGES))
    snapshot, actor = publish(session, opened, measure.id), publisher(session)
    [prepared] = prepare.prepare(Work(session(), actor, now()), opened, 5, [measure.id])
    with writing(session()):
        snapshot_store.withdraw(Work(session(), actor, now()), session.get(Snapshot, snapshot.id))

    with pytest.raises(StaleEdit) as refusal, writing(session()):
        snapshot_store.publish(Work(session(), actor, now()), opened, prepared)

    withdrawn_at = session.get(Snapshot, snapshot.id).withdrawn_at
    assert (refusal.value.by, refusal.value.at) == (None, withdrawn_at)


@pytest.mark.parametrize(
    ("known", "first", "second"),
    [(0, "publish", "publish"), (1, "publish", "withdraw"), (1, "withdraw", "publish")],
)
def test_of_two_who_publish_or_take_back_at_once_the_second_is_refused(
    app, session, opened, measure, known, first, second
):
    answer_many(session, opened, "T7", (20, KEEP, JUDGES))
    snapshot_ids = [publish(session, opened, measure.id).id for _ in range(known)]
    actor, round_id, refusals = publisher(session), opened.id, []
    [prepared] = prepare.prepare(Work(session(), actor, now()), opened, 5, [measure.id])

    def move(what, session):
        if what == "publish":
            opened = session.get_one(Round, round_id)
            snapshot_store.publish(Work(session, actor, now()), opened, prepared)
        else:
            snapshot_store.withdraw(
                Work(session, actor, now()), session.get_one(Snapshot, snapshot_ids[0])
            )

    def refused(other):
        try:
            with writing(other):
                move(second, other)
        except StaleEdit as refusal:
            refusals.append(refusal)

    thread = threading.Thread(target=beside(app, refused))
    with writing(session()):
        move(first, session())
        thread.start()
        thread.join(0.5)  # by then it waits for this one
    thread.join()

    session.rollback()
    assert len(refusals) == 1
    assert len(queries.measures(session())) == (first == "publish")


def test_what_is_prepared_of_one_measure_reads_what_was_published_of_that_one_only(
    session, opened, measure
):
    answer_many(session, opened, "T7", (20, KEEP, JUDGES))
    publish(session, opened)
    with writing(session()):
        tool = snapshot_store.current(session(), opened.id, None)
        tool.figures = {"unreadable": True}
    actor = publisher(session)

    [of_measure] = prepare.prepare(Work(session(), actor, now()), opened, 5, [measure.id])

    assert of_measure.last_id is not None
    with pytest.raises(KeyError):
        prepare.prepare(Work(session(), actor, now()), opened, 5, [None])


def test_two_snapshots_may_be_of_the_same_minute(session, opened, measure):
    answer_many(session, opened, "T7", (20, KEEP, JUDGES))

    first, second = publish(session, opened, measure.id), publish(session, opened, measure.id)

    assert queries.of_measure(session(), measure.id).id == second.id != first.id


def test_all_measures_and_the_tool_are_published_at_one_instant(session, opened, measure):
    answer_many(session, opened, "T7", (8, KEEP, JUDGES))
    answer_many(session, opened, None, (7, {"tool_method": 8}, JUDGES))

    made = publish(session, opened)

    assert {entry.public["responses"] for entry in made} == {8, 7}
    assert len({entry.taken_at for entry in made}) == 1


def test_who_may_not_publish_is_refused(session, opened, measure):
    stranger = StaffActor(1, "m@exemple.fr", frozenset({Role.MODERATOR}))

    with pytest.raises(NotAllowed):
        prepare.prepare(Work(session(), stranger, now()), opened, 5)


def test_quartiles_are_told_where_all_parts_of_the_scale_are(session, opened, measure):
    answer_many(
        session, opened, "T7",
        (6, {RELEVANCE: 2}, JUDGES), (7, {RELEVANCE: 5}, JUDGES), (9, {RELEVANCE: 8}, JUDGES),
    )  # fmt: skip

    published = statistics(publish(session, opened, measure.id))

    assert (published["count"], published["median"], published["verdict"]) == (22, 5.0, "uncertain")


@pytest.mark.parametrize(
    ("code", "verdict", "divide"),
    [("relevance", "divided", ["police", "justice"]), ("feasibility", "disagreed", None)],
)
def test_capacities_divide_on_relevance_only_as_in_the_workbook(
    session, opened, measure, code, verdict, divide
):
    question = ("T7.1", code)
    answer_many(session, opened, "T7", (9, {question: 9}, POLICE), (9, {question: 1}, JUDGES))

    published = statistics(publish(session, opened, measure.id), code)

    assert (published["verdict"], published["divide"]) == (verdict, divide)


def test_no_quartile_is_told_where_a_part_of_the_scale_is_hidden(session, opened, measure):
    answer_many(session, opened, "T7", (3, {RELEVANCE: 2}, JUDGES), (30, {RELEVANCE: 8}, JUDGES))
    answer_many(session, opened, "T7", (9, {}, JUDGES))

    published = statistics(publish(session, opened, measure.id))

    assert [published["count"], published["median"], published["lower_quartile"]] == [
        None,
        None,
        None,
    ]
    assert published["verdict"] == "kept"


def test_no_verdict_is_told_that_a_hidden_part_decides(session, opened, measure):
    answer_many(
        session, opened, "T7",
        (5, {RELEVANCE: 6}, JUDGES), (8, {RELEVANCE: 7}, JUDGES), (2, {RELEVANCE: 3}, JUDGES),
        (9, {}, JUDGES),
    )  # fmt: skip

    assert statistics(publish(session, opened, measure.id)) is None


def test_no_verdict_is_told_that_says_how_many_notes_there_are(session, opened, measure):
    answer_many(session, opened, "T7", (7, {RELEVANCE: 8}, JUDGES), (2, {RELEVANCE: 3}, JUDGES))
    answer_many(session, opened, "T7", (9, {}, JUDGES))

    assert statistics(publish(session, opened, measure.id)) is None


def test_quartiles_stay_until_five_more_notes_came_in(session, opened, measure):
    answer_many(session, opened, "T7", (10, {RELEVANCE: 8}, JUDGES))
    before = statistics(publish(session, opened, measure.id))
    answer_many(session, opened, "T7", (4, {RELEVANCE: 2}, JUDGES))
    stayed = statistics(publish(session, opened, measure.id))
    answer_many(session, opened, "T7", (6, {RELEVANCE: 2}, JUDGES))

    moved = statistics(publish(session, opened, measure.id))

    assert stayed == before
    assert (moved["count"], moved["median"]) == (20, 5.0)


def test_quartiles_stay_where_notes_were_taken_back_as_others_came(session, opened, measure):
    answer_many(session, opened, "T7", (10, {RELEVANCE: 8}, JUDGES), (10, {}, JUDGES))
    withdrawn = [respond(session, opened, "T7", {RELEVANCE: 2}) for _ in range(10)][:5]
    session.commit()
    before = publish(session, opened, measure.id)
    for response in withdrawn:
        response.withdrawn_at = now()
    answer_many(session, opened, "T7", (6, {RELEVANCE: 8}, JUDGES), (5, {}, JUDGES))

    after = publish(session, opened, measure.id)

    assert counts(after, "relevance")["high"] == 16
    assert counts(after, "relevance")["low"] == 5
    assert statistics(after) == statistics(before)


def test_snapshot_of_a_single_response_hides_all_of_it(session, opened, measure):
    respond(session, opened, "T7", {STANCE: "keep", RELEVANCE: 9}, capacity="police")
    session.commit()

    snapshot = publish(session, opened, measure.id)

    assert (
        set(_numbers([snapshot.public[key] for key in ("responses", "sides", "questions")]))
        == set()
    )


def test_what_is_public_is_plain_json(session, opened, measure):
    snapshot = publish(session, opened, measure.id)

    assert json.loads(json.dumps(snapshot.public)) == snapshot.public


def test_figures_are_of_one_instant_while_responses_come_in(session, opened, measure):
    answer_many(session, opened, "T7", (20, KEEP, JUDGES))
    engine, round_id, came_in = session.get_bind(), opened.id, []

    def come_in(connection, cursor, statement, *given):
        if came_in or "FROM response" not in statement:
            return
        came_in.append(statement)
        with Session(engine) as other:
            for _ in range(7):
                respond(other, other.get(Round, round_id), "T7", KEEP)
            other.commit()

    event.listen(engine, "after_cursor_execute", come_in)
    [prepared] = prepare.prepare(
        Work(session(), publisher(session), now()), opened, 5, [measure.id]
    )
    event.remove(engine, "after_cursor_execute", come_in)

    sides = [cell[1] for cell in prepared.figures["cells"] if cell[0][:1] == ["territory"]]
    assert came_in
    assert prepared.responses == 20 == sum(sides)
