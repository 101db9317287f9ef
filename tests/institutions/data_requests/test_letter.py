"""Letter of a data request: for when the figures are requested, in words and years of the plan."""

from datetime import date, timedelta

import pytest

from consultation.clock import in_paris, now
from consultation.institutions.data_requests import letter
from consultation.plan.measurement import values as measurements
from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import MeasuredAs, Plan
from consultation.plan.queries import stored_indicator
from consultation.plan.values.models import ValuePoint
from tests.decisions.builders import make_organiser
from tests.factories import make_measure
from tests.institutions.data_requests.builders import make_draft, make_request


@pytest.fixture
def measure(session):
    measure = make_measure(session, "T7", indicators=3)
    session.commit()
    return measure


def measured(session, code, dated, at=None, point="midterm"):
    """Give an indicator a target of a date."""
    version = stored_indicator(session, code).version
    measurement = Measurement(MeasuredAs.NUMBER, **{point: Figure(300.0, dated)})
    measurements.store(version, measurement, at or now())
    session.commit()


def moment_in(session, *codes, on=None, **values):
    """What the letter says of the moment, in plain characters."""
    draft = make_draft(session, *codes, **values)
    request = make_request(session, make_organiser(session), draft)
    plan = session.query(Plan).first()
    settings = {"plan": plan, "grounds": "", "reply_to": "equipe@exemple.fr"}
    made = letter.letter_of(request, **settings, on=on or in_paris(now()).date())
    plain = str.maketrans("\u00a0\u2011’", " -'")
    sentence = made.opening[-1].translate(plain)
    assert made.opening[-1] in letter.as_text(made)
    return sentence.partition("pour le moment suivant : ")[2]


@pytest.mark.parametrize(
    ("dates", "moment"),
    [
        ([""], "mi-parcours."),
        (["2025"], "mi-parcours (2025)."),
        (["2025-06-30", "2025"], "mi-parcours (2025)."),
        (["2025", "2026-12"], "mi-parcours (2025 ou 2026, selon l'indicateur)."),
        (["2024", "2025", "2026"], "mi-parcours (2024, 2025 ou 2026, selon l'indicateur)."),
    ],
)
def test_letter_says_the_year_of_the_targets_beside_the_moment(session, measure, dates, moment):
    codes = [f"T7.{number}" for number in range(1, len(dates) + 1)]
    for code, dated in zip(codes, dates, strict=True):
        measured(session, code, dated)

    assert moment_in(session, *codes) == moment


@pytest.mark.parametrize(
    ("dated", "ends_on", "moment"),
    [
        ("", None, "fin du plan."),
        ("", date(2027, 12, 31), "fin du plan (2027)."),
        ("2028", date(2027, 12, 31), "fin du plan (2028)."),
    ],
)
def test_letter_says_when_the_plan_ends(session, measure, dated, ends_on, moment):
    session.query(Plan).one().ends_on = ends_on
    measured(session, "T7.1", dated, point="final")

    assert moment_in(session, "T7.1", point=ValuePoint.FINAL) == moment


@pytest.mark.parametrize(
    ("when", "moment"),
    [
        ({"point": ValuePoint.INTERIM}, "échéance intermédiaire."),
        ({"day": date(2026, 6, 30)}, "30 juin 2026."),
    ],
)
def test_letter_adds_no_year_to_a_step_or_to_a_day(session, measure, when, moment):
    measured(session, "T7.1", "2025")

    assert moment_in(session, "T7.1", **when) == moment


def test_letter_that_has_left_keeps_its_year(session, measure):
    measured(session, "T7.1", "2025", now() - timedelta(days=9))
    measured(session, "T7.1", "2026")

    left_on = in_paris(now()).date() - timedelta(days=3)
    assert moment_in(session, "T7.1", on=left_on) == "mi-parcours (2025)."
