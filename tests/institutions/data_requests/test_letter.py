"""Letter of a data request: for when the figures are requested, in words and years of the plan."""

from datetime import date, timedelta

import pytest

from consultation.clock import in_paris, now
from consultation.institutions.data_requests import letter
from consultation.institutions.data_requests.letter import NEAREST, CollectiveTexts
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


def letter_in(session, *codes, on=None, **values):
    """A letter that asks for the figures of indicators."""
    draft = make_draft(session, *codes, **values)
    request = make_request(session, make_organiser(session), draft)
    plan = session.query(Plan).first()
    texts = CollectiveTexts("", "")
    on = on or in_paris(now()).date()
    return letter.letter_of(request, plan=plan, texts=texts, reply_to="equipe@exemple.fr", on=on)


def moment_in(session, *codes, **values):
    """What a letter says of the moment, in plain characters."""
    made = letter_in(session, *codes, **values)
    assert made.opening[-1] in letter.as_text(made)
    return plain(made.opening[-1]).removesuffix(" " + NEAREST).partition("cette échéance : ")[2]


def plain(text):
    return text.translate(str.maketrans("\u00a0\u2011’", " -'"))


@pytest.mark.parametrize(
    ("dates", "moment"),
    [
        ([""], "mi-parcours."),
        (["2025"], "2025."),
        (["2026-12"], "décembre 2026."),
        (["2025-06-30", "2025-06-30"], "30 juin 2025."),
    ],
)
def test_letter_gives_the_date_of_the_targets_instead_of_the_moment(
    session, measure, dates, moment
):
    codes = [f"T7.{number}" for number in range(1, len(dates) + 1)]
    for code, dated in zip(codes, dates, strict=True):
        measured(session, code, dated)

    assert moment_in(session, *codes) == moment


def test_letter_gives_each_indicator_its_date_where_they_differ(session, measure):
    measured(session, "T7.1", "2025")
    measured(session, "T7.2", "2026-12")
    plan = session.query(Plan).one()
    plan.starts_on, plan.ends_on = date(2024, 1, 1), date(2027, 12, 31)
    session.commit()

    made = letter_in(session, "T7.1", "T7.2", "T7.3")

    assert "à l'échéance indiquée" in plain(made.opening[-1])
    assert plain(made.opening[-1]).endswith(NEAREST)
    facts = [dict(it.facts)["Échéance"] for it in made.figures]
    assert [plain(it) for it in facts] == ["2025", "décembre 2026", "mi-parcours (plan 2024-2027)"]


def test_moment_that_nothing_dates_comes_with_the_years_of_the_plan(session, measure):
    plan = session.query(Plan).one()
    plan.starts_on, plan.ends_on = date(2024, 1, 1), date(2027, 12, 31)
    session.commit()

    assert moment_in(session, "T7.1") == "mi-parcours (plan 2024-2027)."


@pytest.mark.parametrize(("dated", "is_asked"), [("", True), ("2025", False)])
def test_letter_asks_for_the_nearest_figure_where_the_plan_gives_no_day(
    session, measure, dated, is_asked
):
    measured(session, "T7.1", dated)

    assert plain(letter_in(session, "T7.1").opening[-1]).endswith(NEAREST) is is_asked


@pytest.mark.parametrize(
    ("dated", "ends_on", "moment"),
    [
        ("", None, "fin du plan."),
        ("", date(2027, 12, 31), "31 décembre 2027."),
        ("2028", date(2027, 12, 31), "2028."),
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
def test_letter_dates_a_step_or_a_day_by_no_target(session, measure, when, moment):
    measured(session, "T7.1", "2025")

    assert moment_in(session, "T7.1", **when) == moment


def test_letter_that_has_left_keeps_its_date(session, measure):
    measured(session, "T7.1", "2025", now() - timedelta(days=9))
    measured(session, "T7.1", "2026")

    left_on = in_paris(now()).date() - timedelta(days=3)
    assert moment_in(session, "T7.1", on=left_on) == "2025."


def test_letter_names_the_document_in_quotation_marks_and_a_reference(session, measure):
    made = letter_in(session, "T7.1")

    assert plain(made.subject) == "Objet : demande du document « Le bilan annuel des places »"
    number = plain(made.reference).removeprefix("Référence : ")
    assert number.startswith(f"DC-{in_paris(now()).year}-")
    assert number in plain(made.closing[1])
