"""Round service and forms: rounds are prepared unseen, opened, reopened, never two at once."""

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Barrier
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consultation.accounts.models import AuditEvent
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.plan import apply
from consultation.questionnaires.models import (
    Questionnaire,
    Round,
    RoundText,
    RoundTextKind,
    StoredOutline,
)
from consultation.questionnaires.outline import store, validation
from consultation.questionnaires.publication import publish
from consultation.questionnaires.rounds import forms, lifecycle, queries, service, texts
from consultation.questionnaires.rounds.lifecycle import (
    RoundRefused,
    RoundState,
    RoundStateRefused,
    Step,
    state_of,
)
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.factories import make_measure, make_round
from tests.questionnaires.publishing_builders import changed, edit
from tests.questionnaires.rounds.builders import (
    NOON,
    actions,
    change,
    draft_of,
    organiser_of,
    prepare,
    published_rows,
    take,
    typed,
)

pytestmark = pytest.mark.database

DAY = timedelta(days=1)


@pytest.fixture
def organiser(session):
    return organiser_of(session)


@pytest.fixture
def measure(session):
    made = make_measure(session, "T7")
    session.commit()
    return made


def test_prepared_round_asks_and_says_what_the_last_one_does(session, organiser, measure):
    first = make_round(session, NOON - 10 * DAY, NOON - DAY)
    session.add(
        RoundText(
            round_id=first.id, kind=RoundTextKind.NOTICE, number=1,
            content={"fr": "Notre notice"}, written_at=NOON - 9 * DAY,
        )
    )  # fmt: skip
    outline = store.published(session, first)
    session.commit()

    prepared = prepare(session, organiser, code="tour-2")

    assert state_of(prepared, NOON) is RoundState.PREPARED
    assert store.working(session, prepared) == outline
    assert texts.in_force(session, prepared, "a@b.fr")["notice"].content == {"fr": "Notre notice"}
    assert texts.number_at(session, prepared.id, RoundTextKind.NOTICE, NOON) == 1
    assert session.scalars(sa.select(Questionnaire).filter_by(round_id=prepared.id)).all() == []


def test_prepared_round_is_nobodys_current_nor_last(session, organiser, measure):
    first = make_round(session, NOON - 10 * DAY, NOON - DAY)
    first_id = first.id
    session.commit()

    prepare(session, organiser, code="tour-2", opens_in=1)

    assert queries.current(session, NOON).id == first_id
    assert queries.last(session).id == first_id
    assert queries.current(session, NOON + 5 * DAY).id == first_id
    assert queries.last_closed(session, NOON).id == first_id


def test_announcing_publishes_the_outline_and_every_form(session, organiser, measure):
    prepare(session, organiser)

    done = take(session, organiser, "tour-1", Step.ANNOUNCE)

    announced = queries.by_code(session, "tour-1")
    assert done.publication.opened == ["T7", publish.TOOL]
    assert not store.has_changes(session, announced)
    assert queries.current(session, NOON).code == "tour-1"
    assert not announced.is_open(NOON)
    assert announced.is_open(announced.opens_at)
    assert "round_announced" in actions(session)


def test_announced_round_opens_at_once_when_asked(session, organiser, measure):
    prepare(session, organiser)
    take(session, organiser, "tour-1", Step.ANNOUNCE)

    take(session, organiser, "tour-1", Step.OPEN, NOON + DAY)

    opened = queries.by_code(session, "tour-1")
    assert opened.is_open(NOON + DAY)
    assert opened.opens_at == NOON + DAY
    assert opened.announced_at == NOON


def test_round_is_closed_and_reopened_until_a_date(session, organiser, measure):
    prepare(session, organiser)
    take(session, organiser, "tour-1", Step.OPEN)

    take(session, organiser, "tour-1", Step.CLOSE, NOON + DAY)
    closed = queries.by_code(session, "tour-1").is_open(NOON + DAY)
    take(session, organiser, "tour-1", Step.REOPEN, NOON + 2 * DAY, NOON + 9 * DAY)

    reopened = queries.by_code(session, "tour-1")
    assert not closed
    assert reopened.is_open(NOON + 8 * DAY)
    assert not reopened.is_open(NOON + 9 * DAY)
    assert actions(session)[-3:] == ["round_opened", "round_closed", "round_reopened"]


def test_two_rounds_never_overlap(session, organiser, measure):
    prepare(session, organiser)
    take(session, organiser, "tour-1", Step.ANNOUNCE)

    with pytest.raises(RoundRefused) as refused:
        prepare(session, organiser, code="tour-2", opens_in=20)

    assert "ne se chevauchent pas" in refused.value.errors["closes_day"]
    assert "du 04/12/2026 à 12 h 00 au 24/12/2026" in refused.value.errors["closes_day"]


def test_round_does_not_open_while_another_is_open(session, organiser, measure):
    prepare(session, organiser, code="tour-2", opens_in=40)
    prepare(session, organiser)
    take(session, organiser, "tour-1", Step.OPEN)

    with pytest.raises(RoundStateRefused, match="ne se chevauchent pas"):
        take(session, organiser, "tour-2", Step.OPEN, NOON + DAY)

    assert state_of(queries.by_code(session, "tour-2"), NOON) is RoundState.PREPARED


def test_closed_round_is_not_reopened_into_the_next(session, organiser, measure):
    make_round(session, NOON - 10 * DAY, NOON - DAY, code="tour-1")
    make_round(session, NOON + DAY, NOON + 9 * DAY, code="tour-2")
    session.commit()

    with pytest.raises(RoundStateRefused, match="ne se chevauchent pas"):
        take(session, organiser, "tour-1", Step.REOPEN, NOON, NOON + 2 * DAY)
    take(session, organiser, "tour-1", Step.REOPEN, NOON, NOON + DAY)

    assert queries.current(session, NOON).code == "tour-1"


def test_round_whose_opening_is_past_is_not_announced(session, organiser):
    prepare(session, organiser, opens_in=1)

    with pytest.raises(RoundStateRefused, match="passée"):
        take(session, organiser, "tour-1", Step.ANNOUNCE, NOON + 2 * DAY)


def test_faults_of_the_questionnaire_keep_a_round_from_opening(session, organiser, measure):
    prepared = prepare(session, organiser)
    with writing(session()):
        stored = session.scalars(
            sa.select(StoredOutline).where(StoredOutline.round_id == prepared.id)
        ).one()
        stored.content = {"sections": []}

    with pytest.raises(RoundStateRefused, match="3 points à corriger"):
        take(session, organiser, "tour-1", Step.OPEN)

    assert state_of(queries.by_code(session, "tour-1"), NOON) is RoundState.PREPARED
    assert session.scalar(sa.select(sa.func.count()).select_from(Questionnaire)) == 0


def test_code_that_would_mean_something_else_keeps_a_round_from_opening(
    session, organiser, measure
):
    make_round(session, NOON - 10 * DAY, NOON - DAY)
    session.commit()
    prepared = prepare(session, organiser, code="tour-2")
    shorter = {"minimum": 1, "maximum": 5}
    edit(session, prepared, lambda outline: changed(outline, "relevance", settings=shorter))

    for step in (Step.ANNOUNCE, Step.OPEN):
        with pytest.raises(RoundStateRefused, match="1 point à corriger"):
            take(session, organiser, "tour-2", step)

    forms = sa.select(Round.code).join(Questionnaire, Questionnaire.round_id == Round.id)
    assert set(session.scalars(forms)) == {"tour-1"}


def test_form_too_large_to_be_sent_keeps_a_round_from_opening(
    session, organiser, measure, monkeypatch
):
    prepare(session, organiser)
    monkeypatch.setattr(validation, "MOST_FIELDS", 15)

    with pytest.raises(RoundStateRefused, match="1 point à corriger"):
        take(session, organiser, "tour-1", Step.OPEN)


def test_only_a_round_that_was_never_public_is_removed(session, organiser, measure):
    prepare(session, organiser)
    prepare(session, organiser, code="tour-2", opens_in=50)
    take(session, organiser, "tour-1", Step.ANNOUNCE)

    take(session, organiser, "tour-2", Step.REMOVE)
    with pytest.raises(RoundStateRefused, match="rendu public"):
        take(session, organiser, "tour-1", Step.REMOVE)

    assert session.scalars(sa.select(Round.code)).all() == ["tour-1"]
    assert session.scalar(sa.select(sa.func.count()).select_from(StoredOutline)) == 1


def test_prepared_round_with_published_forms_is_not_removed(session, organiser, measure):
    prepared = prepare(session, organiser)
    with writing(session()):
        publish.publish_outline(session(), session.get(Round, prepared.id), NOON)

    with pytest.raises(RoundStateRefused, match="rendu public"):
        take(session, organiser, "tour-1", Step.REMOVE)


def test_closing_date_of_an_open_round_changes_and_its_opening_does_not(
    session, organiser, measure
):
    prepare(session, organiser)
    take(session, organiser, "tour-1", Step.OPEN, NOON + timedelta(seconds=7))

    change(
        session, organiser, "tour-1", NOON + DAY, closes_day="31/12/2026", opens_day="01/01/2026"
    )

    changed = queries.by_code(session, "tour-1")
    assert changed.opens_at == NOON + timedelta(seconds=7)
    assert forms.write_day(changed.closes_at) == "2026-12-31"
    assert "round_changed" in actions(session)


def test_announced_round_is_not_moved_into_the_past(session, organiser, measure):
    prepare(session, organiser)
    take(session, organiser, "tour-1", Step.ANNOUNCE)

    with pytest.raises(RoundRefused) as refused:
        change(session, organiser, "tour-1", opens_day="01/11/2026")

    assert "Ouvrir maintenant" in refused.value.errors["opens_day"]


def test_closed_round_keeps_its_dates_and_takes_a_title(session, organiser):
    made = make_round(session, NOON - DAY, NOON - DAY + timedelta(seconds=2))
    closes_at = made.closes_at
    session.commit()

    change(session, organiser, "tour-1", title="Autre titre", closes_day="31/12/2026")

    changed = queries.by_code(session, "tour-1")
    assert changed.title["fr"] == "Autre titre"
    assert changed.closes_at == closes_at


def test_who_saw_other_dates_does_not_overwrite_them(session, organiser):
    prepare(session, organiser)
    draft = draft_of(typed(NOON + 3 * DAY, NOON + 4 * DAY))

    with pytest.raises(StaleEdit, match="le tour"), writing(session()):
        service.change(Work(session(), organiser, NOON), "tour-1", draft, "ce-que-je-lisais")


@pytest.mark.only("postgresql")  # on SQLite, who begins to write reads after all others
def test_who_waited_for_another_change_of_the_round_does_not_overwrite_it(app, session, organiser):
    prepare(session, organiser)
    held = service.find(Work(session, organiser), "tour-1")
    before = lifecycle.draft_of(held)

    def other():
        with app.app_context():
            change(db.session, organiser, "tour-1", title="Le titre de l'autre")
            db.session.remove()

    mine = replace(before, title={"fr": "Mon titre"})
    with writing(session()), ThreadPoolExecutor(1) as pool:
        assert queries.by_code(session(), "tour-1") is held  # as the page does, before its turn
        pool.submit(other).result()
        with pytest.raises(StaleEdit):
            service.change(Work(session(), organiser, NOON), "tour-1", mine, before.digest)

    assert queries.by_code(session, "tour-1").title["fr"] == "Le titre de l'autre"


def test_code_is_short_plain_and_of_one_round(session, organiser):
    prepare(session, organiser)

    for code in ("Tour 2", "tour_2", "été", "tour-" + "2" * 10, "", "preparer", "-a"):
        with pytest.raises(RoundRefused) as refused:
            prepare(session, organiser, code=code, opens_in=60)
        assert "code" in refused.value.errors, code
    with pytest.raises(RoundRefused) as refused:
        prepare(session, organiser, code="tour-1", opens_in=60)
    assert "déjà ce code" in refused.value.errors["code"]


def test_rounds_are_for_organisers(session, organiser):
    stranger = SimpleNamespace(id=organiser.id, email="x@exemple.fr", may=lambda permission: False)

    draft = draft_of(typed(NOON, NOON + DAY))
    for call in (
        lambda: service.list_rounds(Work(session, stranger)),
        lambda: service.find(Work(session, stranger), "tour-1"),
        lambda: service.prepare(Work(session, stranger, NOON), draft),
        lambda: service.change(Work(session, stranger, NOON), "tour-1", draft, ""),
        lambda: service.take(Work(session, stranger, NOON), "tour-1", Step.CLOSE),
    ):
        with pytest.raises(NotAllowed):
            call()


def test_command_line_passes_over_no_round_in_preparation(session, organiser, measure):
    prepare(session, organiser)

    with pytest.raises(RoundStateRefused, match="round open --round tour-1"), writing(session()):
        service.open_round(session(), NOON)
    with writing(session()):
        opened = service.open_round(session(), NOON, code="tour-1")

    assert opened.is_open(NOON)


def test_command_line_opens_the_round_that_waits_until_its_own_date(session, organiser):
    prepare(session, organiser)
    take(session, organiser, "tour-1", Step.ANNOUNCE)

    with writing(session()):
        opened = service.open_round(session(), NOON + DAY)

    assert (opened.code, opened.opens_at) == ("tour-1", NOON + DAY)
    assert opened.closes_at == NOON + 30 * DAY


def test_command_line_closes_the_open_round_though_another_waits(session, organiser):
    make_round(session, NOON - DAY, NOON + DAY)
    session.commit()
    prepare(session, organiser, code="tour-2", opens_in=5)
    take(session, organiser, "tour-2", Step.ANNOUNCE)

    with writing(session()):
        closed = service.close_round(session(), NOON)

    assert closed.code == "tour-1"
    assert queries.last_closed(session, NOON).code == "tour-1"


def test_first_round_begins_with_the_shipped_questionnaire(session):
    with writing(session()):
        opened = service.open_round(session(), NOON)
        publish.publish_outline(session(), opened, NOON)

    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "round_created")).one()
    assert event.account_id is None
    assert opened.code == "tour-1"
    assert store.published(session, opened) is not None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("24/11/2026", "2026-11-24"),
        ("1-3-2027", "2027-03-01"),
        ("24.11.2026", "2026-11-24"),
        ("1er janvier 2027", "2027-01-01"),
        ("24 août 2027", "2027-08-24"),
        ("24 AOUT 2027", "2027-08-24"),
        (" 2026-11-24 ", "2026-11-24"),
    ],
)
def test_day_is_read_as_people_type_it(text, day):
    assert forms.read_day(text).isoformat() == day


@pytest.mark.parametrize(
    "text", ["", "31/02/2027", "24/11/26", "11/24/2026", "demain", "1/1/1999", "٢٤/١١/٢٠٢٦"]
)
def test_what_is_no_day_is_none(text):
    assert forms.read_day(text) is None


@pytest.mark.parametrize(
    ("text", "hour"),
    [("9 h", "09:00:00"), ("9h30", "09:30:00"), ("23 h 59", "23:59:00"), ("09:05", "09:05:00"),
     ("8 heures", "08:00:00")],
)  # fmt: skip
def test_hour_is_read_as_people_type_it(text, hour):
    assert forms.read_hour(text).isoformat() == hour


@pytest.mark.parametrize("text", ["", "24 h", "9", "9 h 61", "midi"])
def test_what_is_no_hour_is_none(text):
    assert forms.read_hour(text) is None


def test_hour_that_no_clock_shows_is_refused():
    fields = typed(NOON, NOON, opens_day="28/03/2027", opens_hour="2 h 30",
                 closes_day="30/03/2027")  # fmt: skip

    with pytest.raises(RoundRefused) as refused:
        draft_of(fields)

    assert "les horloges sautent de 2 h à 3 h" in refused.value.errors["opens_hour"]


def test_of_the_hour_that_comes_twice_an_opening_is_the_first_and_a_closing_the_second():
    fields = typed(NOON, NOON, opens_day="31/10/2027", opens_hour="2 h 30",
                 closes_day="31/10/2027", closes_hour="2 h 30")  # fmt: skip

    made = draft_of(fields)

    assert made.opens_at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert made.closes_at == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


@given(st.integers(946_771_200, 4_000_000_000).map(lambda at: datetime.fromtimestamp(at, UTC)))
def test_moment_typed_again_is_the_same_minute(moment):
    day = forms.read_day(forms.write_day(moment))
    hour = forms.read_hour(forms.write_hour(moment))

    minute = moment.replace(second=0, microsecond=0)
    ends = {forms.moment_of(day, hour, is_end=is_end) for is_end in (False, True)}
    assert minute in ends


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["prepare", "change", "wait", "publish", *Step]),
        st.integers(0, 2),
        st.integers(1, 12),
    ),
    min_size=4,
    max_size=14,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MOVES)
def test_no_sequence_of_moves_breaks_what_rounds_promise(app, session, moves):
    with writing(session()):
        for table in ("option", "question", "section", "questionnaire", "outline", "round_text"):
            session.execute(sa.text(f'DELETE FROM "{table}"'))
        session.execute(sa.delete(Round))
    organiser = _organiser_of_all(session)
    at, kept = NOON, {}
    for number in range(3):  # whose dates overlap, as long as nobody announces them
        prepare(session, organiser, at, f"tour-{number}", opens_in=5 + 3 * number, days=10)

    for name, which, days in moves:
        at += days * DAY if name == "wait" else timedelta(hours=1)
        _try(session, organiser, name, f"tour-{which}", days, at)

        now_stored = published_rows(session)
        assert kept.items() <= now_stored.items()
        kept = now_stored
        _check(session, at)


_actor = {}


def _organiser_of_all(session):
    """The one organiser of all examples of a test, which share a database."""
    url = str(session.get_bind().url)
    if url not in _actor:
        _actor[url] = organiser_of(session)
        make_measure(session, "T7", indicators=1)
        session.commit()
    return _actor[url]


def _try(session, organiser, name, code, days, at):
    try:
        if name == "prepare":
            prepare(session, organiser, at, code, opens_in=days, days=days)
        elif name == "change":
            form = {"closes_day": forms.write_day(at + days * DAY)}
            if service.find(Work(session, organiser), code):
                change(session, organiser, code, at, **form)
        elif name == "publish":
            if consultation_round := service.find(Work(session, organiser), code):
                with writing(session()):
                    publish.publish(session(), session.get(Round, consultation_round.id), at)
        elif name != "wait":
            take(session, organiser, code, name, at, at + days * DAY)
    except (RoundRefused, RoundStateRefused, queries.NoRound):
        session.rollback()


def _check(session, at):
    everyone = session.scalars(sa.select(Round)).all()
    announced = lifecycle.announced(session)
    assert sum(it.is_open(at) for it in everyone) <= 1
    assert all(it.opens_at < it.closes_at for it in everyone)
    for earlier, later in pairwise(announced):
        assert earlier.closes_at <= later.opens_at
    for it in announced:
        assert queries.questionnaire_for(session, it, None) is not None


def test_of_two_rounds_opened_in_the_same_instant_one_is_refused(app, session, organiser, measure):
    for number in (1, 2):
        prepare(session, organiser, code=f"tour-{number}", opens_in=30 * number)
    session.rollback()
    together = Barrier(2)

    def open_one(code):
        with app.app_context():
            together.wait()
            try:
                take(db.session, organiser, code, Step.OPEN)
            except RoundStateRefused:
                return "refused"
            finally:
                db.session.remove()
            return "opened"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(open_one, ["tour-1", "tour-2"]))

    assert sorted(outcomes) == ["opened", "refused"]
    assert sum(it.is_open(NOON) for it in session.scalars(sa.select(Round))) == 1


def _opened_by_command(session):
    with writing(session()):
        opened = service.open_round(session(), NOON, code="tour-1")
        publish.publish_outline(session(), opened, NOON)


@pytest.mark.every_case
@pytest.mark.only("postgresql")  # on SQLite, who begins to write waits for all others
@pytest.mark.parametrize(
    "move",
    [
        lambda session, organiser: take(session, organiser, "tour-1", Step.ANNOUNCE),
        lambda session, organiser: take(session, organiser, "tour-1", Step.OPEN),
        lambda session, organiser: take(
            session, organiser, "tour-1", Step.REOPEN, NOON + 50 * DAY, NOON + 60 * DAY
        ),
        lambda session, organiser: _opened_by_command(session),
    ],
    ids=["announced", "opened", "reopened", "opened by the command"],
)
def test_round_is_moved_while_its_questionnaire_is_published(
    app, session, organiser, measure, request, move
):
    prepare(session, organiser)
    if request.node.callspec.id == "reopened":
        take(session, organiser, "tour-1", Step.ANNOUNCE)

    def move_now():
        with app.app_context():
            move(db.session, organiser)
            db.session.remove()

    with ThreadPoolExecutor(1) as pool:
        with writing(session()):
            apply.lock_plan(session())
            moved = pool.submit(move_now)
            wait([moved], timeout=1)
            publish.lock(session(), queries.by_code(session(), "tour-1"))
        moved.result()

    assert queries.by_code(session, "tour-1").announced_at is not None
