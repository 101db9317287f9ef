"""Who has been heard in a round, and who has not: the counts and the words for them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event

from consultation.clock import now
from consultation.db.base import writing
from consultation.mail import suppression
from consultation.mail.models import SuppressionReason
from consultation.moderation.models import AsideReason, ResponseSetAside
from consultation.plan.models import Measure
from consultation.questionnaires.outline import store
from consultation.questionnaires.publication import publish
from consultation.responses.identity import NO_CAPACITY
from consultation.responses.models import Draft
from consultation.responses.staff.queries import TOOL
from consultation.results.coverage import board as coverage_board
from consultation.results.coverage import gaps
from consultation.results.coverage.board import Order, Side
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.accounts.builders import make_account
from tests.exports.builders import SENT, form_of, respond
from tests.factories import make_measure, make_round
from tests.invitations.builders import (
    ORGANISER,
    OUTSIDER,
    answer,
    make_group,
    make_invitee,
    make_mailing,
    send_all,
    start,
)


def board_of(session, opened, side=Side.CAPACITY, order=Order.LEAST_FIRST):
    return coverage_board.board(Work(session, ORGANISER), opened, side, order)


def cells(board):
    """Every count that is not nought, by row and column."""
    return {
        (row.key, column.code): count
        for row in board.rows
        for column, count in zip(board.columns, row.counts, strict=True)
        if count
    }


@pytest.fixture
def opened(session):
    for code in ("T4", "T7", "T9"):
        make_measure(session, code, indicators=1)
    return make_round(session)


def test_each_response_is_counted_once_at_its_measure_and_capacity(session, opened):
    respond(session, opened, "T7", capacity="police")
    respond(session, opened, "T7", capacity="police")
    respond(session, opened, "T4", capacity="justice", territory="mayotte")
    respond(session, opened, None, capacity="citizen")

    by_capacity = board_of(session, opened)
    by_territory = board_of(session, opened, Side.TERRITORY)

    assert cells(by_capacity) == {
        ("T7", "police"): 2,
        ("T4", "justice"): 1,
        ("outil", "citizen"): 1,
    }
    assert by_capacity.total == by_territory.total == 4
    assert cells(by_territory) == {("T4", "mayotte"): 1, ("T7", ""): 2, ("outil", ""): 1}


def test_who_named_no_capacity_has_a_column_that_nobody_could_be_invited_to_fill(session, opened):
    offered = board_of(session, opened)
    respond(session, opened, "T7", capacity=NO_CAPACITY)

    board = board_of(session, opened)

    assert cells(board) == {("T7", ""): 1}
    assert board.columns[-1].label == "Non précisée"
    assert board.cell_count == offered.cell_count


def test_what_does_not_count_is_not_counted(session, opened):
    session.commit()
    who = make_account(session, "mod@exemple.fr")
    first = respond(session, opened, "T7")
    respond(session, opened, "T7", revises=first)
    respond(session, opened, "T7", withdrawn_at=SENT)
    aside = respond(session, opened, "T7")
    session.add(
        ResponseSetAside(
            response_id=aside.id, reason=AsideReason.TEST, account_id=who, set_aside_at=SENT
        )
    )
    later = make_round(session, code="tour-2")
    respond(session, later, "T7")

    board = board_of(session, opened)

    assert cells(board) == {("T7", "justice"): 1}
    assert (
        sum(day.count for day in coverage_board.per_day(Work(session, ORGANISER, SENT), opened))
        == 1
    )


def test_least_covered_come_first_or_else_the_order_of_the_plan(session, opened):
    respond(session, opened, "T4")
    respond(session, opened, "T4", capacity="police")
    respond(session, opened, "T9")

    least, plan = board_of(session, opened), board_of(session, opened, order=Order.PLAN)

    assert [row.key for row in least.rows] == ["T7", "outil", "T9", "T4"]
    assert [column.code for column in least.columns][-2:] == ["police", "justice"]
    assert [row.key for row in plan.rows] == ["T4", "T7", "T9", "outil"]
    assert plan.columns[0].code == "support_association"


def test_retired_measure_keeps_its_row_when_it_was_answered_and_has_no_hole(session, opened):
    respond(session, opened, "T4")
    for code in ("T4", "T9"):
        session.query(Measure).filter_by(code=code).one().retired_at = now()
    session.flush()
    publish.publish(session, opened, now())

    board = board_of(session, opened)

    assert {row.key: row.is_asked for row in board.rows} == {
        "T4": False,
        "T7": True,
        "outil": True,
    }
    assert board.cell_count == 2 * len(board.columns)
    assert board.empty_count == board.cell_count


def test_capacity_not_offered_by_the_round_is_not_missing(session, opened):
    store.freeze(session, opened, now())
    stored = store._last_published(session, opened)
    content = {"sections": [dict(section) for section in stored.content["sections"]]}
    for section in content["sections"]:
        section["questions"] = [
            {**question, "options": [it for it in question["options"] if it["code"] != "police"]}
            for question in section["questions"]
        ]
    stored.content = content
    session.flush()
    respond(session, opened, "T7", capacity="no_longer_offered")

    board = board_of(session, opened)

    codes = [column.code for column in board.columns]
    assert "police" not in codes
    assert codes[-1] == "no_longer_offered"


def test_number_of_queries_does_not_grow_with_the_measures(session):
    def queries(count):
        statements = []
        event.listen(
            session.get_bind(), "before_cursor_execute", lambda *given: statements.append(given[2])
        )
        board = board_of(session, opened)
        assert len(board.rows) == count + 1
        return len(statements)

    for number in range(3):
        make_measure(session, f"M{number}", indicators=1)
    opened = make_round(session)
    few = queries(3)
    for number in range(3, 15):
        make_measure(session, f"M{number}", indicators=1)
    publish.publish(session, opened, now())
    session.flush()

    assert queries(15) <= few


def test_days_are_those_of_paris_and_none_is_left_out(session, opened):
    opened.opens_at = datetime(2026, 10, 23, 22, 30, tzinfo=UTC)  # the 24th in Paris
    opened.closes_at = datetime(2026, 10, 27, 23, 0, tzinfo=UTC)  # midnight, in winter
    for moment in (
        datetime(2026, 10, 24, 21, 59, tzinfo=UTC),  # 23.59 in summer
        datetime(2026, 10, 24, 22, 0, tzinfo=UTC),  # midnight: the next day
        datetime(2026, 10, 25, 22, 59, tzinfo=UTC),  # 23.59 in winter, of the same day
        datetime(2026, 10, 25, 23, 0, tzinfo=UTC),
    ):
        respond(session, opened, "T7", at=moment)

    days = coverage_board.per_day(
        Work(session, ORGANISER, opened.closes_at + timedelta(days=9)), opened
    )

    assert [(day.on.day, day.count) for day in days] == [(24, 1), (25, 2), (26, 1), (27, 0)]
    assert days[0].on == date(2026, 10, 24)


def test_response_after_the_end_has_its_day_too(session, opened):
    opened.opens_at = SENT - timedelta(days=2)
    opened.closes_at = SENT - timedelta(days=1)
    respond(session, opened, "T7", at=SENT)

    days = coverage_board.per_day(Work(session, ORGANISER, SENT + timedelta(days=30)), opened)

    assert [day.count for day in days] == [0, 0, 1]


def test_drafts_are_counted_by_measure(session, opened):
    for code in ("T7", "T7", None):
        who = respond(session, opened, code).respondent
        form = form_of(session, opened, code)
        session.add(
            Draft(respondent_id=who.id, questionnaire_id=form.id, fields="{}", saved_at=SENT)
        )
    session.flush()
    measure = session.query(Measure).filter_by(code="T7").one()

    assert coverage_board.drafts(Work(session, ORGANISER), opened) == {measure.id: 2, None: 1}


def test_what_has_not_been_heard_is_said_in_words(session, opened):
    offered = [column.code for column in board_of(session, opened).columns]
    for code in offered:
        if code not in ("police", "elected_representative"):
            respond(session, opened, "T7", capacity=code, territory="bretagne")
    board = board_of(session, opened)
    territories = coverage_board.unheard(Work(session, ORGANISER), opened, Side.TERRITORY)

    sentences = gaps.silences(board, {Side.CAPACITY: board.unheard, Side.TERRITORY: territories})

    assert sentences[0] == "2 mesures sans aucune contribution."
    assert sentences[1] == "Rien sur l'ensemble des indicateurs."
    assert (
        sentences[2]
        == "Aucune contribution de : police ou gendarmerie, titulaire d'un mandat électif."
    )
    assert sentences[3].startswith("Aucune contribution venue de : Toute la France, Auvergne-Rhône")
    assert sentences[3].endswith(" et 12 autres territoires.")


def test_nothing_at_all_is_said_as_such_and_everything_too(session, opened):
    nothing = board_of(session, opened)
    for code in ("T4", "T7", "T9", None):
        respond(session, opened, code)
    everything = board_of(session, opened)

    assert gaps.silences(nothing, {}) == ["Aucune contribution pour l'instant."]
    assert gaps.silences(everything, {Side.CAPACITY: []})[0] == gaps.EVERYBODY


@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        (datetime(2026, 11, 1, 8, 59, tzinfo=UTC), "ouvre le 1er\xa0novembre 2026 à 10 h"),
        (datetime(2026, 11, 18, 9, 0, tzinfo=UTC), "il reste 12 jours"),
        (datetime(2026, 11, 28, 22, 59, tzinfo=UTC), "il reste 2 jours"),
        (datetime(2026, 11, 28, 23, 0, tzinfo=UTC), "ferme demain à 18 h 30"),
        (datetime(2026, 11, 30, 7, 0, tzinfo=UTC), "ferme aujourd'hui à 18 h 30"),
        (datetime(2026, 11, 30, 17, 30, tzinfo=UTC), "fermé le 30\xa0novembre 2026 à 18 h 30"),
    ],
)
def test_time_left_is_told_in_days_of_paris(session, at, sentence):
    opened = make_round(
        session,
        opens_at=datetime(2026, 11, 1, 9, 0, tzinfo=UTC),
        closes_at=datetime(2026, 11, 30, 17, 30, tzinfo=UTC),
    )

    assert gaps.remaining_time(opened, at) == sentence


def test_only_who_follows_sees_counts_and_only_who_invites_sees_groups(session, opened):
    with pytest.raises(NotAllowed):
        coverage_board.board(Work(session, OUTSIDER), opened, Side.CAPACITY, Order.PLAN)
    with pytest.raises(NotAllowed):
        coverage_board.unheard(Work(session, OUTSIDER), opened, Side.CAPACITY)
    with pytest.raises(NotAllowed):
        coverage_board.per_day(Work(session, OUTSIDER, SENT), opened)
    with pytest.raises(NotAllowed):
        coverage_board.drafts(Work(session, OUTSIDER), opened)
    with pytest.raises(NotAllowed):
        gaps.candidates(Work(session, OUTSIDER), opened, Side.CAPACITY, "police", None)


def candidates(session, opened, measure=None, side=Side.CAPACITY, code="police"):
    session.commit()
    rows = gaps.candidates(Work(session, ORGANISER), opened, side, code, measure)
    return [
        (it.group.name, it.total, it.silent, it.reachable, it.concerned, it.invited) for it in rows
    ]


def test_group_with_most_unanswering_contacts_comes_first(session, app, opened):
    session.commit()
    small, large, other = (make_group(session, name) for name in ("Petit", "Grand", "Autre"))
    for number in range(3):
        make_invitee(session, large, f"g{number}@exemple.fr", capacity="police")
    answered = [
        make_invitee(session, small, f"p{number}@exemple.fr", capacity="police")
        for number in range(4)
    ]
    make_invitee(session, other, "autre@exemple.fr", capacity="justice")
    start(session, make_mailing(session, opened, small))
    send_all(session, app)
    answer(session, answered[0])
    answer(session, answered[1])
    with writing(session):
        suppression.suppress_address(session, "p3@exemple.fr", SuppressionReason.STAFF, now())

    assert candidates(session, opened) == [
        ("Grand", 3, 3, 3, 3, 0),
        ("Petit", 4, 2, 1, 1, 1),
    ]


def test_contacts_who_name_other_measures_do_not_count_for_this_one(session, opened):
    session.commit()
    measure = session.query(Measure).filter_by(code="T7").one()
    other = session.query(Measure).filter_by(code="T4").one()
    many, few = make_group(session, "Nombreux"), make_group(session, "Peu")
    for number in range(5):
        make_invitee(session, many, f"n{number}@exemple.fr", capacity="police", measures=[other])
    make_invitee(session, few, "p1@exemple.fr", capacity="police", measures=[measure])
    make_invitee(session, few, "p2@exemple.fr", capacity="police")

    for_measure = candidates(session, opened, measure)
    for_tool = candidates(session, opened)

    assert [(name, concerned) for name, *_, concerned, _ in for_measure] == [
        ("Peu", 2),
        ("Nombreux", 0),
    ]
    assert [name for name, *_ in for_tool] == ["Nombreux", "Peu"]


def test_groups_are_found_by_territory_and_erased_contacts_are_left_out(session, opened):
    session.commit()
    group = make_group(session, "Outre-mer")
    make_invitee(session, group, "a@exemple.fr", territory="mayotte")
    erased = make_invitee(session, group, "b@exemple.fr", territory="mayotte")
    erased.address = erased.address_index = None

    rows = candidates(session, opened, side=Side.TERRITORY, code="mayotte")

    assert rows == [("Outre-mer", 1, 1, 1, 1, 0)]


def test_holes_are_outlined_in_the_least_covered_open_rows_only(session, opened):
    for code in ("T4", "T7", None):
        respond(session, opened, code)
    respond(session, opened, "T4")

    board = board_of(session, opened)

    assert board.least_covered == {"T9", "T7", TOOL}


def test_shades_begin_one_at_the_threshold():
    shades = coverage_board.shades(5)

    assert shades == [(0, 0), (1, 2), (3, 4), (5, 9), (10, 19), (20, None)]
    assert [coverage_board.shade(count, shades) for count in (0, 1, 2, 3, 5, 19, 20, 900)] == [
        *(0, 1, 1, 2, 3, 4, 5, 5)
    ]


def test_sentence_tells_of_holes_where_each_group_was_heard_somewhere(session, opened):
    for code in ("T4", "T7", "T9", None):
        respond(session, opened, code)
    board = board_of(session, opened)
    columns = [column for column in board.columns if column.total]
    rows = [replace(row, counts=(row.total,)) for row in board.rows]

    assert gaps.silences(replace(board, columns=columns, rows=rows), {}) == [gaps.EVERYBODY]
    assert (
        f"{board.empty_count} cases du tableau sur {board.cell_count}"
        in (gaps.silences(board, {})[1])
    )
