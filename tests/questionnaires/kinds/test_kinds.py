"""Question kinds: what each accepts, refuses and stores."""

import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from consultation.db.base import writing
from consultation.i18n import LOCALES
from consultation.questionnaires.form import rendering, validation
from consultation.questionnaires.form.instrument import Instrument, Option, Question, Section
from consultation.questionnaires.kinds import KINDS, Value
from consultation.questionnaires.kinds.numbers import written
from consultation.questionnaires.models import Destination, QuestionKind
from consultation.questionnaires.publication import publish
from consultation.web.locale import in_language
from tests.factories import form_data, instrument_of, key_for, make_measure, make_round
from tests.questionnaires.publishing_builders import AT, edit, make_question, with_question

OPTIONS = (Option(7, "keep", {"fr": "Le garder"}), Option(8, "drop", {"fr": "S'en passer"}))


def make_instrument(
    kind, settings=None, options=(), is_required=False, destination=Destination.ANSWER
):
    question = Question(
        id=1, code="q", kind=kind, destination=destination, label={"fr": "Question"}, hint=None,
        is_required=is_required, needs_care=False, settings=settings or {}, condition=None,
        block=None, options=tuple(options),
    )  # fmt: skip
    section = Section("s", {"fr": "Rubrique"}, None, (question,))
    return Instrument(1, "public", 1, 1, 1, {"fr": "Mesure"}, (section,))


def check(instrument, *values):
    return validation.check(instrument, MultiDict([("question_1", value) for value in values]))


def stored(instrument, *values):
    checked = check(instrument, *values)
    assert checked.errors == {}
    return [value for _, value in validation.rows(instrument, checked.values)]


def test_every_kind_is_in_the_table():
    assert set(KINDS) == set(QuestionKind)


def test_short_text_keeps_one_line(app):
    question = make_instrument(QuestionKind.SHORT_TEXT, {"maximum": 200})

    assert stored(question, "  Oui,\r\nmais…  ") == [Value(text="Oui, mais…")]


def test_long_text_keeps_its_line_ends_and_loses_control_characters(app):
    question = make_instrument(QuestionKind.LONG_TEXT, {"maximum": 200})

    assert stored(question, "Un\r\ndeux\x0b\x1b[31m\ud800") == [Value(text="Un\ndeux[31m")]


@pytest.mark.parametrize("text", ["é" * 200, "𝒳" * 100, "a\r\n" * 100])
def test_text_of_the_maximum_as_browsers_count_is_taken(app, text):
    question = make_instrument(QuestionKind.LONG_TEXT, {"maximum": 200})

    assert check(question, text).errors == {}


def test_text_one_sign_too_long_is_refused_with_the_excess(app):
    question = make_instrument(QuestionKind.LONG_TEXT, {"maximum": 200})

    checked = check(question, "é" * 201)

    assert "dépasse de 1 caractères les 200" in checked.errors[1][0]
    assert checked.typed[1] == ["é" * 201]


@pytest.mark.parametrize(
    ("typed", "number"),
    [("0", 0), ("12", 12), ("-3", -3), ("3,5", 3.5), ("3.5", 3.5), ("1 234", 1234), (" 7 ", 7)],
)
def test_number_is_read_as_people_write_it(app, typed, number):
    assert stored(make_instrument(QuestionKind.NUMBER), typed) == [Value(number=number)]


@pytest.mark.parametrize(
    "typed", ["٣", "1e5", "1_0", "0x1F", "NaN", "inf", "12 34", "1,2,3", "douze", "½", "--1", "1."]
)
def test_what_is_no_number_is_refused_with_an_example(app, typed):
    assert "12 ou 3,5" in check(make_instrument(QuestionKind.NUMBER), typed).errors[1][0]


@pytest.mark.parametrize(
    ("typed", "plain"),
    [("12,000", "12000"), ("-1,234.5", "-1234.5"), ("1,234,567", "1234567")],
)
def test_thousands_as_english_writes_them_are_refused_on_english_pages(app, typed, plain):
    with app.test_request_context(), in_language("en"):
        (error,) = check(make_instrument(QuestionKind.NUMBER), typed).errors[1]

    assert f"write {plain}, or put a point before the decimals" in error


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    ("typed", "number"),
    [("3,5", 3.5), ("0,125", 0.125), ("12.000", 12), ("12,0000", 12), ("1 234,567", 1234.567)],
)
def test_number_read_in_one_way_is_the_same_in_both_languages(app, typed, number, locale):
    with app.test_request_context(), in_language(locale):
        assert stored(make_instrument(QuestionKind.NUMBER), typed) == [Value(number=number)]


def test_comma_comes_before_decimals_on_french_pages(app):
    with app.test_request_context():
        assert stored(make_instrument(QuestionKind.NUMBER), "12,000") == [Value(number=12)]


@pytest.mark.parametrize("locale", LOCALES)
@given(thousandths=st.integers(-(10**14), 10**14))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_stored_number_is_typed_anew_as_the_same_number(app, locale, thousandths):
    number = thousandths / 1000

    with app.test_request_context(), in_language(locale):
        assert stored(make_instrument(QuestionKind.NUMBER), written(number)) == [
            Value(number=number)
        ]


def test_thousands_typed_on_the_english_page_come_back_with_what_to_write(client, session):
    measure, opened = make_measure(session), make_round(session)
    places = make_question("places", kind=QuestionKind.NUMBER)
    edit(session, opened, lambda o: with_question(o, "progress", places))
    with writing(session()):
        publish.publish_outline(session(), opened, AT)
    form = instrument_of(session, measure)
    sent = form_data(form, capacity="citizen", places="12,000") | {"submission_key": key_for(form)}

    page = client.post("/en/mesures/T7/contribuer", data=sent)

    assert page.status_code == 422
    assert "write 12000, or put a point before the decimals" in page.text
    assert 'value="12,000"' in page.text
    assert client.post("/mesures/T7/contribuer", data=sent).status_code == 303


@pytest.mark.parametrize(("typed", "says"), [("-1", "au moins 0"), ("101", "au plus 100")])
def test_number_out_of_bounds_is_refused_with_the_bound(app, typed, says):
    question = make_instrument(QuestionKind.NUMBER, {"minimum": 0, "maximum": 100})

    assert says in check(question, typed).errors[1][0]


@pytest.mark.parametrize("typed", ["2028-02-29", "29/02/2028", "29.2.2028"])
def test_date_is_read_as_picked_or_as_typed(app, typed):
    assert stored(make_instrument(QuestionKind.DATE), typed) == [
        Value(date=datetime.date(2028, 2, 29))
    ]


@pytest.mark.parametrize("typed", ["2026-02-30", "30/02/2026", "hier", "0000-01-01", "٢٠٢٦-01-01"])
def test_impossible_day_is_refused(app, typed):
    assert "n'existe pas" in check(make_instrument(QuestionKind.DATE), typed).errors[1][0]


def test_single_choice_stores_the_option(app):
    assert stored(make_instrument(QuestionKind.SINGLE_CHOICE, options=OPTIONS), "drop") == [
        Value(option_id=8)
    ]


@pytest.mark.parametrize("codes", [["autre"], ["keep", "drop"], ["keep", "autre"]])
def test_single_choice_refuses_what_was_not_offered_or_two(app, codes):
    assert check(make_instrument(QuestionKind.SINGLE_CHOICE, options=OPTIONS), *codes).errors


def test_multiple_choice_stores_one_row_for_each_option_and_none_twice(app):
    question = make_instrument(QuestionKind.MULTIPLE_CHOICE, options=OPTIONS)

    assert stored(question, "drop", "keep", "drop") == [Value(option_id=8), Value(option_id=7)]


def test_yes_no_offers_yes_and_no():
    assert [code for code, _ in KINDS[QuestionKind.YES_NO].offers] == ["yes", "no"]


def test_only_a_statement_never_sends_its_no():
    kind = KINDS[QuestionKind.YES_NO]

    assert (kind.never_sent({}), kind.never_sent({"statement": True})) == (set(), {"no"})


SCALE = {"minimum": 1, "maximum": 9}
NONE = (Option(5, "none", {"fr": "je ne sais pas"}),)


@pytest.mark.parametrize(
    ("typed", "value"), [("1", Value(number=1)), ("9", Value(number=9)), ("none", Value(5))]
)
def test_scale_stores_a_step_or_no_opinion(app, typed, value):
    assert stored(make_instrument(QuestionKind.SCALE, SCALE, NONE), typed) == [value]


@pytest.mark.parametrize("typed", ["0", "10", "5.5", "٣", "1e0", " 5"])
def test_scale_refuses_what_is_no_step(app, typed):
    assert check(make_instrument(QuestionKind.SCALE, SCALE, NONE), typed).errors


EMAIL = {"destination": Destination.ADDRESS}


def test_address_is_kept_apart_from_the_answers(app):
    question = make_instrument(QuestionKind.EMAIL, **EMAIL)

    checked = check(question, " jeanne@exemple.fr ")

    assert checked.values[1] == "jeanne@exemple.fr"
    assert validation.rows(question, checked.values) == []


@pytest.mark.parametrize(
    "typed",
    [
        "jeanne", "jeanne@", "a@exemple.fr,b@exemple.fr", "a@exemple.fr b@exemple.fr",
        "a@exemple.fr\r\nBcc: b@exemple.fr", "=?utf-8?q?a?=@exemple.fr",
        "<a@exemple.fr>", "a@[127.0.0.1]",
    ],
)  # fmt: skip
def test_anything_but_one_address_is_refused(app, typed):
    assert (
        "donnez-en une seule"
        in check(make_instrument(QuestionKind.EMAIL, **EMAIL), typed).errors[1][0]
    )


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (QuestionKind.SHORT_TEXT, {"maximum": 9}),
        (QuestionKind.LONG_TEXT, {"maximum": 9}),
        (QuestionKind.NUMBER, {}),
        (QuestionKind.DATE, {}),
        (QuestionKind.SINGLE_CHOICE, {}),
        (QuestionKind.MULTIPLE_CHOICE, {}),
        (QuestionKind.SCALE, SCALE),
    ],
)
@pytest.mark.parametrize("values", [[], [""], ["  \n "]])
def test_question_left_empty_stores_nothing_and_says_so_only_when_required(
    app, kind, settings, values
):
    optional, required = (
        make_instrument(kind, settings),
        make_instrument(kind, settings, is_required=True),
    )
    if kind in (QuestionKind.SINGLE_CHOICE, QuestionKind.MULTIPLE_CHOICE, QuestionKind.SCALE):
        values = [value.strip() for value in values]

    assert check(optional, *values).errors == {}
    assert validation.rows(optional, check(optional, *values).values) == []
    assert "« Question »" in check(required, *values).errors[1][0]


def test_statement_left_empty_asks_to_tick_the_box(app):
    statement = make_instrument(QuestionKind.YES_NO, {"statement": True}, is_required=True)

    assert check(statement).errors[1][0] == "Cochez la case « Question »."


@pytest.mark.parametrize(
    ("destination", "sentence"),
    [
        (Destination.CAPACITY, "à quel titre vous répondez"),
        (Destination.ORGANISATION, "votre organisation"),
        (Destination.TERRITORY, "votre territoire"),
        (Destination.NAME, "votre nom"),
        (Destination.ADDRESS, "votre adresse électronique"),
    ],
)
def test_question_of_identity_left_empty_says_what_it_asks(app, destination, sentence):
    required = make_instrument(
        QuestionKind.SHORT_TEXT, {"maximum": 9}, is_required=True, destination=destination
    )

    assert sentence in check(required).errors[1][0]


def test_error_of_a_missing_answer_stands_once_in_the_summary(app):
    required = make_instrument(QuestionKind.SHORT_TEXT, {"maximum": 3}, is_required=True)

    missing = rendering.list_errors(required, check(required), "fr")
    too_long = rendering.list_errors(required, check(required, "12345"), "fr")

    assert missing == [("question_1", "Écrivez une réponse à « Question ».", "")]
    assert too_long[0][1] == "Question"
    assert "raccourcissez" in too_long[0][2]


def test_note_has_no_field(app):
    note = make_instrument(QuestionKind.NOTE)

    assert validation.check(note, MultiDict({"question_1": "oui"})).typed == {}
