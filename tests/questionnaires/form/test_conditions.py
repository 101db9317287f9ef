"""Conditions: an answer is stored only if its question is asked."""

from werkzeug.datastructures import MultiDict

from consultation.db.base import writing
from consultation.questionnaires.form import validation
from consultation.questionnaires.models import QuestionKind
from consultation.questionnaires.outline.structure import Condition
from consultation.questionnaires.publication import publish
from tests.factories import form_data, instrument_of, key_for, make_measure, make_round
from tests.questionnaires.outline_builders import CONDITIONAL
from tests.questionnaires.publishing_builders import AT, edit, make_question, with_question


def codes_of(instrument, checked):
    return {
        (section.code, question.code)
        for section in instrument.sections
        for question in section.questions
        if question.id in checked.values
    }


def test_proposed_wording_is_kept_for_an_indicator_to_amend(session):
    instrument = ask(session)
    sent = form_data(
        instrument, capacity="citizen", T7_1__stance="amend", T7_1__proposed_wording="Mieux"
    )

    checked = validation.check(instrument, MultiDict(sent))

    assert ("indicator.T7.1", "proposed_wording") in codes_of(instrument, checked)


def test_proposed_wording_is_dropped_for_an_indicator_to_keep(session):
    instrument = ask(session)
    sent = form_data(
        instrument, capacity="citizen", T7_1__stance="keep", T7_1__proposed_wording="Mieux"
    )

    checked = validation.check(instrument, MultiDict(sent))

    assert checked.is_valid
    assert ("indicator.T7.1", "proposed_wording") not in codes_of(instrument, checked)


def test_condition_looks_at_its_own_indicator_only(session):
    instrument = ask(session)
    sent = form_data(
        instrument,
        capacity="citizen",
        T7_1__stance="amend",
        T7_2__stance="keep",
        T7_2__proposed_wording="Mieux",
    )

    checked = validation.check(instrument, MultiDict(sent))

    assert ("T7.2", "proposed_wording") not in codes_of(instrument, checked)


def test_what_a_condition_rules_out_is_not_checked(session):
    instrument = ask(session)
    sent = form_data(
        instrument, capacity="citizen", T7_1__stance="keep", T7_1__proposed_wording="x" * 5001
    )

    assert validation.check(instrument, MultiDict(sent)).is_valid


def test_empty_form_is_refused_in_words(session):
    instrument = ask(session)

    checked = validation.check(instrument, MultiDict(form_data(instrument, capacity="citizen")))

    assert "à une question au moins" in checked.general[0]


def test_form_that_waits_for_the_no_of_a_statement_since_long_is_still_shown_and_sent(
    client, session
):
    ticked = make_question("accord", kind=QuestionKind.YES_NO, settings={"statement": True})
    waiting = make_question("sinon", "Sinon ?", condition=Condition("accord", ("no",)))
    measure, opened = make_measure(session), make_round(session)
    for question in (ticked, waiting):
        edit(session, opened, lambda o, added=question: with_question(o, "progress", added))
    with writing(session()):
        publish.publish_outline(session(), opened, AT)
    instrument = instrument_of(session, measure)
    sent = form_data(instrument, capacity="citizen", suggestions="Un avis", sinon="Rien")

    page = client.get("/mesures/T7/contribuer")
    answer = client.post(
        "/mesures/T7/contribuer", data=sent | {"submission_key": key_for(instrument)}
    )

    assert "répondu « Non » à" in page.text.replace("\u00a0", " ")
    assert answer.status_code == 303


def ask(session):
    measure = make_measure(session)
    make_round(session, outline=CONDITIONAL)
    return instrument_of(session, measure)
