"""A question that depends on another is kept only when it is asked."""

from werkzeug.datastructures import MultiDict

from consultation.questionnaires import checking
from tests.factories import form_data, instrument_of, make_measure, make_round


def codes_of(asked, checked):
    return {
        (section.code, question.code)
        for section in asked.sections
        for question in section.questions
        if question.id in checked.values
    }


def test_a_proposed_wording_is_kept_for_an_indicator_to_amend(session):
    asked = ask(session)
    sent = form_data(
        asked, capacity="citizen", T7_1__stance="amend", T7_1__proposed_wording="Mieux"
    )

    checked = checking.check(asked, MultiDict(sent))

    assert ("indicator.T7.1", "proposed_wording") in codes_of(asked, checked)


def test_a_proposed_wording_is_dropped_for_an_indicator_to_keep(session):
    asked = ask(session)
    sent = form_data(asked, capacity="citizen", T7_1__stance="keep", T7_1__proposed_wording="Mieux")

    checked = checking.check(asked, MultiDict(sent))

    assert checked.is_valid
    assert ("indicator.T7.1", "proposed_wording") not in codes_of(asked, checked)


def test_a_condition_looks_at_its_own_indicator_only(session):
    asked = ask(session)
    sent = form_data(
        asked,
        capacity="citizen",
        T7_1__stance="amend",
        T7_2__stance="keep",
        T7_2__proposed_wording="Mieux",
    )

    checked = checking.check(asked, MultiDict(sent))

    assert ("T7.2", "proposed_wording") not in codes_of(asked, checked)


def test_what_a_condition_rules_out_is_not_checked(session):
    asked = ask(session)
    sent = form_data(
        asked, capacity="citizen", T7_1__stance="keep", T7_1__proposed_wording="x" * 5001
    )

    assert checking.check(asked, MultiDict(sent)).is_valid


def test_a_form_that_says_nothing_is_refused_in_words(session):
    asked = ask(session)

    checked = checking.check(asked, MultiDict(form_data(asked, capacity="citizen")))

    assert "à une question au moins" in checked.general[0]


def ask(session):
    measure = make_measure(session)
    make_round(session)
    return instrument_of(session, measure)
