"""What the team has still to judge and to ask for, once a point of the plan is over."""

from datetime import date

import pytest

from consultation.accounts.models import Role
from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import Assessor, MeasuredAs, Plan
from consultation.plan.overview import backlog
from consultation.plan.values.models import MissingBecause, ValuePoint
from tests.accounts.builders import Browser, make_account
from tests.moderation.builders import make_actor
from tests.pages import main_text
from tests.plan.overview.builders import judge
from tests.plan.values.builders import make_measured_indicator, make_value
from tests.statements import selects

TODAY = date(2026, 11, 29)
MEASURED = Measurement(
    MeasuredAs.NUMBER, None, Figure(1.0, "2024"), Figure(2.0, "2026-06"), Figure(3.0, "2027")
)


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def actor(session):
    return make_actor(session, "camille", Role.ORGANISER)


@pytest.fixture
def indicator(session, actor):
    return make_measured_indicator(session, measurement=MEASURED)


def unjudged(session, assessor=Assessor.COLLECTIVE):
    left = backlog.backlog(session, TODAY).unjudged[assessor]
    return [(it.measure.code, it.since, it.is_over) for it in left]


def unrequested(session):
    left = backlog.backlog(session, TODAY).unrequested
    return [(it.indicator.code, it.point or it.day, it.since) for it in left]


def test_measure_is_to_be_judged_until_it_was_after_the_point(session, indicator):
    over = date(2026, 6, 30)
    assert unjudged(session) == [("T7", over, True)]

    judge(session, indicator.measure, collective="done", on=date(2026, 6, 29))
    assert unjudged(session) == [("T7", over, True)]

    judge(session, indicator.measure, collective="done", on=over)
    assert unjudged(session) == []
    assert unjudged(session, Assessor.STATE) == [("T7", over, True)]


def test_measure_never_judged_waits_since_the_plan_began(session, actor):
    make_measured_indicator(session, measurement=Measurement(final=None))
    session.query(Plan).one().starts_on = date(2024, 1, 1)
    session.commit()

    assert unjudged(session) == [("T7", date(2024, 1, 1), False)]


@pytest.mark.parametrize(
    ("report", "left"),
    [
        ({}, []),
        ({"value": None, "missing_because": MissingBecause.REFUSED}, []),
        ({"point": None, "day": date(2026, 6, 1)}, []),
        ({"point": None, "day": date(2026, 5, 31)}, ["midterm"]),
        ({"point": ValuePoint.INTERIM}, ["midterm"]),
        ({"value": None, "missing_because": MissingBecause.NEVER_REQUESTED}, ["midterm"]),
    ],
)
def test_figure_is_to_be_asked_for_until_there_is_a_value(session, actor, indicator, report, left):
    assert unrequested(session) == [("T7.1", "midterm", date(2026, 6, 30))]

    make_value(session, actor, indicator, **report)

    assert [point for _code, point, _since in unrequested(session)] == left


def test_point_that_is_not_over_is_not_asked_for(session, actor):
    final = Measurement(MeasuredAs.NUMBER, final=Figure(3.0, "2026"))
    make_measured_indicator(session, measurement=final)

    assert unrequested(session) == []


def test_page_says_who_is_to_judge_and_whom_to_ask(app, session, indicator):
    indicator.measure.lead = "Une direction"
    session.commit()
    make_account(session, "lou@exemple.fr", Role.ORGANISER)
    staff = Browser(app)
    staff.enter("lou@exemple.fr")

    page = staff.get("/organisation/reste-a-faire")

    text = main_text(page)
    assert "Collectif : 1 mesure" in text
    assert "jamais évaluée ; une échéance est passée depuis le 30 juin 2026" in text
    assert "Une direction T7.1" in text
    assert "mi-parcours 30 juin 2026 Demander" in text
    assert "indicateur=T7.1&amp;moment=midterm" in page.text
    staff.get("/organisation/evaluer")
    staff.post("/organisation/evaluer/commencer")
    home = main_text(staff.get("/organisation/"))
    assert "1 mesure sans avis du collectif pour l'échéance passée" in home
    assert "1 chiffre à demander" in home


def test_new_plan_asks_nothing_of_the_team(session, actor):
    make_measured_indicator(session, measurement=Measurement())

    assert not backlog.may_have_backlog(session, TODAY)


def test_number_of_queries_does_not_grow_with_the_plan(session, actor, indicator):
    session.expunge_all()
    with selects() as few:
        backlog.backlog(session, TODAY)
    for number in range(5):
        make_measured_indicator(session, f"N{number}", measurement=MEASURED)
    session.expunge_all()

    with selects() as many:
        backlog.backlog(session, TODAY)

    assert len(many) == len(few)
