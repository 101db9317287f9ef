"""Tallies that are kept up with the answers."""

from collections import defaultdict
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from consultation.db.base import writing
from consultation.plan.models import Measure
from consultation.questionnaires.models import QuestionKind, Round
from consultation.responses.models import Respondent, Standing
from consultation.results.models import Tally, TallyChange, TallySide
from consultation.results.publication.figures import stored_cells
from consultation.results.tallies import count, maintain, queries
from consultation.results.tallies.queries import Cell
from tests.exports.builders import SENT, add_question, form_of, respond
from tests.factories import make_measure, make_round
from tests.results import naive

pytestmark = pytest.mark.database


def open_round(session, *codes):
    for code in codes or ("T7",):
        make_measure(session, code)
    opened = make_round(session)
    session.commit()
    return opened


def stored(session, opened):
    """Every tally of the round, as a count gives it."""
    session.rollback()
    rows = session.execute(
        sa.select(
            Tally.measure_id,
            Tally.indicator_id,
            Tally.question,
            Tally.value,
            Tally.side,
            Tally.side_code,
            Tally.count,
        ).where(Tally.round_id == opened.id)
    )
    return {Cell(*row[:-1]): row[-1] for row in rows}


def kept(session, opened, question, side=TallySide.ALL):
    """How often each value was given, by the codes of the side; the empty one: who answered."""
    by_code = defaultdict(dict)
    for cell, number in stored(session, opened).items():
        if (cell.question, cell.side) == (question, side):
            by_code[cell.side_code][cell.value] = number
    return by_code


def test_stored_tallies_equal_those_counted_from_the_answers(session):
    opened = open_round(session, "T7", "T8")
    respond(session, opened, "T7", {"standing": "done", ("T7.1", "relevance"): 8})
    respond(session, opened, "T8", {("T8.2", "stance"): "keep"}, capacity="police")
    respond(session, opened, None, {"tool_method": 3}, organisation="L'Étape")
    session.commit()

    assert maintain.refresh(session) == 3

    assert stored(session, opened) == naive.count(session, opened.id)
    assert session.scalar(sa.select(sa.func.count(TallyChange.id))) == 0


def test_every_kind_of_question_is_counted_by_value_or_by_how_many_answered(session):
    opened = open_round(session)
    form = form_of(session, opened, "T7")
    add_question(session, form, "means", QuestionKind.MULTIPLE_CHOICE, "law", "money", "people")
    add_question(session, form, "ready", QuestionKind.YES_NO, "yes", "no")
    add_question(session, form, "places", QuestionKind.NUMBER)
    add_question(session, form, "since", QuestionKind.DATE)
    for who, means in [("L'Élan", ["law", "money"]), ("l’élan", ["law"]), (None, ["people"])]:
        respond(
            session,
            opened,
            "T7",
            {"means": means, "ready": "yes", "places": 12.5, "suggestions": "Oui."},
            organisation=who,
        )
    respond(session, opened, "T7", {"since": SENT.date()}, territory="corse")
    session.commit()

    maintain.refresh(session)

    questions = ("", "means", "ready", "places", "suggestions", "since")
    assert [kept(session, opened, question)[""] for question in questions] == [
        {"": 4},
        {"": 3, "law": 2, "money": 1, "people": 1},
        {"": 3, "yes": 3},
        {"": 3},
        {"": 3},
        {"": 1},
    ]
    assert stored(session, opened) == naive.count(session, opened.id)


def test_one_voice_is_counted_for_each_organisation(session):
    opened = open_round(session)
    for who, note in [("L'Élan", 9), ("l’elan", 2), ("L'ÉLAN", 8), (None, 1), (None, 1)]:
        respond(session, opened, "T7", {("T7.1", "relevance"): note}, organisation=who)
    session.commit()

    maintain.refresh(session)

    assert kept(session, opened, "relevance")[""] == {"": 5, "9": 1, "2": 1, "8": 1, "1": 2}
    assert kept(session, opened, "", TallySide.VOICE)[""] == {"": 3}
    assert kept(session, opened, "relevance", TallySide.VOICE)[""] == {"": 3, "8": 1, "1": 2}


def test_each_side_has_its_own_tallies(session):
    opened = open_round(session)
    respond(session, opened, "T7", {"standing": "done"}, capacity="police", territory="corse")
    respond(session, opened, "T7", {"standing": "started"}, standing=Standing.INVITED)
    session.commit()

    maintain.refresh(session)

    assert kept(session, opened, "standing", TallySide.CAPACITY) == {
        "police": {"": 1, "done": 1},
        "justice": {"": 1, "started": 1},
    }
    assert kept(session, opened, "", TallySide.TERRITORY) == {"corse": {"": 1}, "": {"": 1}}
    assert set(kept(session, opened, "", TallySide.STANDING)) == {"invited", "unverified"}
    assert kept(session, opened, "", TallySide.CHANNEL)["web"] == {"": 2}


def test_filtered_count_leaves_out_the_others(session):
    opened = open_round(session, "T7", "T8")
    respond(session, opened, "T7", {"standing": "done"}, capacity="police")
    respond(session, opened, "T7", {"standing": "done"})
    respond(session, opened, "T8", {"standing": "done"}, capacity="police")
    measure = measure_of(session)

    cells = count.count(
        session, opened.id, measures=[measure.id], where=[Respondent.capacity == "police"]
    )

    assert cells[Cell(measure.id, None, "", "")] == 1
    assert {cell.measure_id for cell in cells} == {measure.id}


def test_change_during_the_count_of_tallies_stays_for_the_next_time(session, monkeypatch):
    opened = open_round(session)
    respond(session, opened, "T7", {"standing": "done"})
    session.commit()
    round_id, counted = opened.id, maintain.differences

    def slowly(snapshot, scope):
        cells = counted(snapshot, scope)
        with Session(session.get_bind().engine) as other, writing(other):
            respond(other, other.get(Round, round_id), "T7", {"standing": "started"})
        return cells

    with monkeypatch.context() as patch:
        patch.setattr(maintain, "differences", slowly)
        maintain.refresh(session)

    measure_id = measure_of(session).id
    assert queries.responses_by_measure(session, opened.id) == {measure_id: 1}
    assert maintain.waiting(session) == [(opened.id, measure_id)]
    assert maintain.refresh(session) == 1
    assert stored(session, opened) == naive.count(session, opened.id)


def test_what_another_worker_has_counted_since_is_not_overwritten(session, monkeypatch):
    opened = open_round(session)
    respond(session, opened, "T7", {"standing": "done"})
    session.commit()
    round_id, counted = opened.id, maintain.differences

    def after_another_worker(snapshot, scope):
        cells = counted(snapshot, scope)
        monkeypatch.undo()
        with Session(session.get_bind().engine) as other:
            with writing(other):
                respond(other, other.get(Round, round_id), "T7", {"standing": "started"})
            assert maintain.refresh(other) == 1
        return cells

    monkeypatch.setattr(maintain, "differences", after_another_worker)

    assert maintain.refresh(session) == 0
    assert stored(session, opened) == naive.count(session, opened.id)


# The writers of SQLite come one by one.
@pytest.mark.only("postgresql")
def test_worker_leaves_alone_the_measure_that_another_is_writing(session):
    opened = open_round(session)
    respond(session, opened, "T7", {"standing": "done"})
    session.commit()
    with Session(session.get_bind().engine) as other:
        other.scalars(sa.select(TallyChange.id).with_for_update()).all()

        assert maintain.refresh(session) == 0

    assert maintain.refresh(session) == 1


def test_change_id_is_never_given_twice(session):
    opened = open_round(session)
    respond(session, opened, "T7", {"standing": "done"})
    session.commit()
    first = session.scalars(sa.select(TallyChange.id)).one()
    maintain.refresh(session)

    respond(session, opened, "T7", {"standing": "done"})

    assert session.scalars(sa.select(TallyChange.id)).one() > first


def test_worker_rests_in_proportion_to_what_a_refresh_took(session, monkeypatch):
    opened = open_round(session)
    clock = iter([100.0, 110.0, 149.0, 150.0, 150.0])
    monkeypatch.setattr(maintain, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    take = maintain.task().run
    respond(session, opened, "T7", {"standing": "done"})
    session.commit()

    assert take(session) == 1
    respond(session, opened, "T7", {"standing": "done"})
    session.commit()

    assert take(session) == 0  # forty seconds of rest are not over
    assert take(session) == 1


def test_reading_a_measure_costs_one_query_and_counting_ten_whatever_came_in(session):
    opened = open_round(session, *(f"M{number}" for number in range(5)))
    statements = []
    event.listen(
        session.get_bind(), "before_cursor_execute", lambda *given: statements.append(given[2])
    )
    query_counts = []
    for _time in range(2):
        for number in range(5):
            for who in ("L'Élan", "l’élan"):
                replies = {(f"M{number}.1", "stance"): "keep", "standing": "done"}
                respond(session, opened, f"M{number}", replies, organisation=who)
        session.commit()
        maintain.refresh(session)
        round_id, measure_id = opened.id, measure_of(session, "M1").id
        statements.clear()
        stored_cells(session, round_id, measure_id, TallySide)
        count.count(session, round_id)
        query_counts.append(len(statements))

    assert query_counts == [11, 11]


def test_check_says_nothing_but_what_differs(session):
    opened = open_round(session)
    respond(session, opened, "T7", {("T7.1", "stance"): "keep"})
    session.commit()
    maintain.refresh(session)
    assert maintain.check(session, None) == maintain.CheckResult(
        ["Les comptes sont ceux des réponses : 2 formulaires vérifiés."], False
    )

    with writing(session):
        session.execute(
            sa.update(Tally)
            .where(Tally.value == "keep", Tally.side == TallySide.CAPACITY)
            .values(count=7)
        )

    assert maintain.check(session, opened) == maintain.CheckResult(
        ["tour-1, T7 · T7.1 · stance · keep · capacity · justice : 7 au lieu de 1"], True
    )


def test_what_waits_to_be_counted_is_not_wrong(session):
    opened = open_round(session)
    respond(session, opened, "T7", {("T7.1", "stance"): "keep"})
    session.commit()

    cells = maintain.check(session, None)

    assert not cells.differ
    assert "1 formulaire attend d'être recompté :" in cells.lines[-1]


def measure_of(session, code="T7"):
    return session.scalars(sa.select(Measure).where(Measure.code == code)).one()
