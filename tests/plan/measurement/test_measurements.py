"""Typed values of indicators: texts, rows, files and the screen."""

from datetime import date

import pytest
import sqlalchemy as sa

from consultation.plan.apply import apply
from consultation.plan.measurement import texts as measurement_texts
from consultation.plan.measurement import values as measurements
from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import Indicator, IndicatorVersion, MeasuredAs, WantedDirection
from consultation.spreadsheets.reader.rows import ValueRefused
from tests.plan.builders import AT, LATER, make_draft, make_indicator_draft, make_measure_draft

WHOLE = Measurement(
    MeasuredAs.PERCENTAGE,
    WantedDirection.MORE,
    Figure(12.5, "2023", "Enquête annuelle"),
    Figure(40.0, "2026-06"),
    Figure(80.0, "2027-12-31", "Plan national"),
)
OTHERS = [
    Measurement(MeasuredAs.DATE, final=Figure(date(2026, 10, 18))),
    Measurement(MeasuredAs.YES_NO, baseline=Figure(False, "2024"), final=Figure(True, "2027")),
    Measurement(MeasuredAs.LEVEL, WantedDirection.REACH, final=Figure("formalisée", "2027")),
    Measurement(MeasuredAs.DURATION, WantedDirection.LESS, baseline=Figure(2994.0)),
    Measurement(direction=WantedDirection.NONE),
    Measurement(),
]


@pytest.fixture
def indicator_version(session):
    apply(session, make_draft(make_measure_draft("1", make_indicator_draft("1.1"))), AT)
    session.commit()
    return session.scalars(sa.select(IndicatorVersion)).one()


def read(texts):
    refused = {}
    measurement = measurement_texts.read(
        texts, lambda name, refusal: refused.update({name: refusal.sentence})
    )
    return measurement, refused


@pytest.mark.parametrize("measurement", [WHOLE, *OTHERS])
def test_texts_of_a_measurement_are_read_as_it(measurement):
    assert read(measurement_texts.texts_of(measurement)) == (measurement, {})


@pytest.mark.parametrize("measurement", [WHOLE, *OTHERS])
def test_measurement_reads_back_as_stored(session, indicator_version, measurement):
    measurements.store(indicator_version, measurement, indicator_version.created_at)
    session.commit()
    session.expire_all()

    stored = session.get(IndicatorVersion, indicator_version.id)
    assert measurements.measurement_of(stored) == measurement


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        ({"measured_as": "beaucoup"}, "measured_as"),
        ({"direction": "à gauche"}, "direction"),
        ({"final_value": "12"}, "final_value"),
        ({"measured_as": "nombre", "final_value": "environ 300"}, "final_value"),
        ({"measured_as": "nombre", "final_value": "n.d."}, "final_value"),
        ({"measured_as": "nombre", "final_value": "1e5"}, "final_value"),
        ({"measured_as": "date", "final_value": "30/02/2026"}, "final_value"),
        ({"measured_as": "oui ou non", "final_value": "peut-être"}, "final_value"),
        ({"measured_as": "niveau en mots", "final_value": "x" * 201}, "final_value"),
        ({"measured_as": "nombre", "final_value": "3", "final_dated": "bientôt"}, "final_dated"),
        ({"measured_as": "nombre", "final_dated": "2027"}, "final_value"),
        ({"baseline_source": "x" * 501}, "baseline_source"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_name(texts, name):
    measurement, refused = read(texts)

    assert measurement is None
    assert list(refused) == [name]
    assert refused[name].endswith((".", "»"))


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("2 994 (2022)", Figure(2994.0, "2022")),
        ("19 % (2023)", Figure(19.0, "2023")),
        ("12,5 %", Figure(12.5)),
        ("300 places fin 2027", Figure(300.0, "2027")),
    ],
)
def test_free_text_says_the_value_that_it_begins_with(text, figure):
    assert measurement_texts.free_figure(text) == figure


@pytest.mark.parametrize(
    "text",
    [
        "en hausse",
        "entre 10 et 20",
        "10 à 20 % (2022)",
        "3 (2022) puis 5 (2024)",
        "1.2.3",
        "n.d.",
        "2022",
    ],
)
def test_any_other_text_says_none(text):
    assert measurement_texts.free_figure(text) is None


def test_row_holds_exactly_one_value(session, indicator_version):
    measurements.store(indicator_version, WHOLE, indicator_version.created_at)
    session.commit()

    with pytest.raises(sa.exc.IntegrityError):
        session.execute(sa.text("UPDATE indicator_figure SET level = 'deux'"))
    session.rollback()


def test_numbers_are_read_as_people_type_them():
    assert measurement_texts.value_of("2 994,5", MeasuredAs.NUMBER) == 2994.5
    assert measurement_texts.value_of("19 %", MeasuredAs.PERCENTAGE) == 19.0
    with pytest.raises(ValueRefused):
        measurement_texts.value_of("12", None)


def plan_with(measurement, label="Services formés", **more):
    indicator = make_indicator_draft("1.1", label, measurement=measurement, **more)
    return make_draft(make_measure_draft("1", indicator))


def stored(session):
    indicator = session.scalars(sa.select(Indicator)).one()
    return [
        (version.number, measurements.measurement_of(version), len(version.measurements))
        for version in indicator.versions
    ]


def test_another_measurement_keeps_the_version_and_what_was_there_before(session):
    apply(session, plan_with(Measurement()), AT)
    changes = apply(session, plan_with(WHOLE), LATER)
    apply(session, plan_with(OTHERS[0]), LATER)

    (changed,) = changes.indicators.changed
    assert changed.fields == ("measurement",)
    assert ("Fin : valeur", "", "80") in {(it.label, it.before, it.after) for it in changed.texts}
    assert changes.measures.changed == []
    assert stored(session) == [(1, OTHERS[0], 2)]


def test_another_wording_takes_the_measurement_along(session):
    apply(session, plan_with(WHOLE), AT)
    changes = apply(session, plan_with(WHOLE, label="Services ouverts"), LATER)

    assert changes.indicators.changed[0].fields == ("label",)
    assert stored(session) == [(1, WHOLE, 1), (2, WHOLE, 1)]


def test_file_without_the_columns_leaves_what_is_stored(session):
    apply(session, plan_with(WHOLE), AT)
    changes = apply(session, plan_with(Measurement(), keeps_measurement=True), LATER)

    assert changes.is_empty
    assert stored(session) == [(1, WHOLE, 1)]
