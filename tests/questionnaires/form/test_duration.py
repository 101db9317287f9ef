"""Estimate of the minutes that a form takes."""

from consultation.questionnaires.form.duration import minutes_for
from consultation.questionnaires.outline.structure import default
from tests.factories import instrument_of, make_measure, make_round


def test_more_indicators_take_longer_and_a_known_person_less(session):
    short, long = (
        make_measure(session, "T1", indicators=2),
        make_measure(session, "T2", indicators=6),
    )
    make_round(session)

    few, many = instrument_of(session, short), instrument_of(session, long)

    assert minutes_for(few) >= 3
    # Four more indicators: twelve choices of three seconds, and two comments of 25 words at 36.
    assert 2 <= minutes_for(many) - minutes_for(few) <= 3
    assert minutes_for(few, is_known=True) < minutes_for(few)


def test_what_indicators_ask_alike_is_read_once(session):
    one, two = make_measure(session, "T1", indicators=1), make_measure(session, "T2", indicators=2)
    make_round(session)
    length = len(str(default().section("indicator")).split())

    more = minutes_for(instrument_of(session, two)) - minutes_for(instrument_of(session, one))

    assert more * 195 < length
