"""Matrix and ranking: what each accepts, refuses, stores and says."""

import random

import pytest
from werkzeug.datastructures import MultiDict

from consultation.questionnaires.form import rendering, validation
from consultation.questionnaires.form.instrument import Instrument, Option, Question, Section
from consultation.questionnaires.kinds import KINDS, Value, reply_of
from consultation.questionnaires.kinds.grids import points
from consultation.questionnaires.models import Destination, QuestionKind
from consultation.web.locale import in_language
from tests.questionnaires.outline_builders import SETTINGS

MATRIX, RANKING = QuestionKind.MATRIX, QuestionKind.RANKING
OPTIONS = tuple(
    Option(id, code, {"fr": code.capitalize(), "en": code.upper()})
    for id, code in enumerate(("accueil", "donnees", "suivi"), 7)
)


def make_instrument(kind, *, is_required=False):
    question = Question(
        id=1, code="q", kind=kind, destination=Destination.ANSWER, label={"fr": "Question"},
        hint=None, is_required=is_required, needs_care=False, settings=SETTINGS.get(kind, {}),
        condition=None, block=None, options=OPTIONS,
    )  # fmt: skip
    section = Section("s", {"fr": "Rubrique"}, None, (question,))
    return Instrument(1, "public", 1, 1, 1, {"fr": "Mesure"}, (section,))


def check(instrument, **chosen):
    sent = MultiDict((f"question_1-{line}", value) for line, value in chosen.items())
    return validation.check(instrument, sent)


def error_of(instrument, **chosen):
    return check(instrument, **chosen).errors[1][0]


def values_of(instrument, **chosen):
    checked = check(instrument, **chosen)
    assert checked.errors == {}
    return [value for _question, value in validation.rows(instrument, checked.values)]


def described(instrument, locale="fr", **chosen):
    with in_language(locale):
        reviewed = rendering.answers_by_section(instrument, check(instrument, **chosen), locale)
        return [list(labels) for section in reviewed for _question, labels in section.answers]


def test_matrix_stores_an_option_for_each_row(app):
    stored = values_of(make_instrument(MATRIX), cout="donnees", delai="suivi")

    assert stored == [Value(option_id=9, row_code="delai"), Value(option_id=8, row_code="cout")]


def test_rows_may_be_left_unless_all_are_required(app):
    assert values_of(make_instrument(MATRIX), cout="suivi") == [Value(option_id=9, row_code="cout")]
    required = make_instrument(MATRIX, is_required=True)
    assert error_of(required, cout="suivi") == "Répondez aussi à « Le délai »."
    assert error_of(required) == "Choisissez une réponse sur chaque ligne de « Question »."


@pytest.mark.parametrize(
    ("replies", "refusal"),
    [
        ([("question_1-cout", "rien")], "Choisissez parmi les réponses proposées."),
        (
            [("question_1-cout", "suivi"), ("question_1-cout", "accueil")],
            "Choisissez une seule réponse sur chaque ligne.",
        ),
    ],
)
def test_matrix_refuses_what_no_page_sends(app, replies, refusal):
    assert validation.check(make_instrument(MATRIX), MultiDict(replies)).errors == {1: [refusal]}


def test_row_that_is_not_asked_is_not_read(app):
    checked = validation.check(make_instrument(MATRIX), MultiDict([("question_1-autre", "suivi")]))

    assert checked.values == {}


def test_ranking_stores_places_in_their_order(app):
    stored = values_of(make_instrument(RANKING), accueil="2", suivi="1")

    assert stored == [Value(option_id=9, rank=1), Value(option_id=7, rank=2)]


def test_tie_is_refused_by_a_sentence_that_names_both(app):
    refusal = error_of(make_instrument(RANKING), accueil="1", donnees="2", suivi="2")

    assert refusal == (
        "La place 2 est donnée à « Donnees » et « Suivi » : donnez à chaque réponse une place"
        " différente."
    )


@pytest.mark.parametrize(
    ("chosen", "refusal"),
    [
        ({"accueil": "2"}, "Aucune réponse n'a la place 1 : commencez à 1"),
        ({"accueil": "1", "suivi": "3"}, "Aucune réponse n'a la place 2 : commencez à 1"),
        ({"accueil": "4"}, "Choisissez parmi les places proposées."),
        ({"accueil": "premier"}, "Choisissez parmi les places proposées."),
    ],
)
def test_ranking_begins_at_one_and_skips_no_place(app, chosen, refusal):
    assert error_of(make_instrument(RANKING), **chosen).startswith(refusal)


def test_replies_are_worded_in_both_languages(app):
    assert described(make_instrument(MATRIX), cout="suivi", delai="accueil") == [
        ["Le délai : Accueil", "Le coût : Suivi"]
    ]
    assert described(make_instrument(MATRIX), "en", cout="suivi") == [["The cost: SUIVI"]]
    assert described(make_instrument(RANKING), accueil="2", suivi="1") == [
        ["1. Suivi", "2. Accueil"]
    ]


@pytest.mark.parametrize("reply", [("suivi", "cout", None), ("suivi", "", 2), ("suivi", "", None)])
def test_reply_is_read_as_it_was_written(reply):
    option, row, rank = reply
    kind = MATRIX if row else RANKING if rank else QuestionKind.SINGLE_CHOICE

    assert KINDS[kind].parts_of(reply_of(option, row, rank)) == reply


@pytest.mark.parametrize("kind", [MATRIX, RANKING])
@pytest.mark.parametrize("seed", range(20))
def test_invented_answer_is_valid(app, kind, seed):
    instrument = make_instrument(kind, is_required=True)
    (question,) = instrument.questions
    replies = KINDS[kind].invented(question, random.Random(seed), [])
    sent = MultiDict((f"question_1-{line}", it) for line, it in map(_split, replies))

    checked = validation.check(instrument, sent)

    assert checked.errors == {}
    assert sorted(checked.values[1]) == sorted(replies)
    assert len(", ".join(replies)) <= KINDS[kind].longest(question)


def _split(reply):
    line, _stop, chosen = reply.partition(".")
    return line, chosen


def test_points_are_as_many_as_options_for_the_first_place():
    assert points({1: 2, 3: 1}, options=3) == 7
    assert points({}, options=3) == 0
