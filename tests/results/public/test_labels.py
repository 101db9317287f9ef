"""Sentences about published figures, made from their numbers: of none, of one and of many."""

from datetime import date

import pytest

from consultation.results.public import labels
from consultation.results.public.overview import Outcome, Part
from consultation.results.public.tables import KeepOrChange, PublicIndicator, PublicQuestion
from tests.pages import straight

WHERE = "Là où les avis sont publics, la majorité veut"
EVENLY = "Sur 2 indicateurs, autant veulent les garder que les changer."
PROTECTION = "chiffres masqués, pour protéger un petit nombre"
KEPT, CHANGED, EVEN = KeepOrChange(9, 5), KeepOrChange(5, 9), KeepOrChange(7, 7)


@pytest.fixture(autouse=True)
def request_context(app):
    with app.test_request_context("/"):
        yield


def part(**values):
    usual = {
        "axis": None, "measures": 3, "uncounted": 0, "responses": 30, "indicators": 8,
        "concluded": 0, "opinion": KeepOrChange(None, None), "opinions": (),
    }  # fmt: skip
    return Part(**usual | values)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"responses": 0}, "0 contribution sur 3 mesures."),
        ({"responses": 1, "measures": 1}, "1 contribution sur 1 mesure."),
        ({"responses": 10_000}, "10 000 contributions sur 3 mesures."),
        ({"uncounted": 1}, "30 contributions sur 2 mesures ; sur 1 autre, leur nombre est masqué."),
        ({"uncounted": 2}, "30 contributions sur 1 mesure ; sur 2 autres, leur nombre est masqué."),
        ({"uncounted": 3, "responses": 0}, "Nombre de contributions masqué."),
    ],
)
def test_statement_begins_with_the_contributions_that_are_public(values, sentence):
    assert plain(labels.statement(part(**values))[0]) == sentence


@pytest.mark.parametrize(
    ("concluded", "indicators", "sentence"),
    [
        (0, 8, "Aucun des 8 indicateurs n'a encore de résultat public."),
        (0, 1, "Son indicateur n'a pas encore de résultat public."),
        (1, 8, "1 indicateur sur 8 a un résultat public."),
        (3, 8, "3 indicateurs sur 8 ont un résultat public."),
        (8, 8, "Les 8 indicateurs ont un résultat public."),
        (1, 1, "Leur indicateur a un résultat public."),
    ],
)
def test_statement_says_of_how_many_indicators_something_is_known(concluded, indicators, sentence):
    assert labels.statement(part(concluded=concluded, indicators=indicators))[1] == sentence


def test_statement_of_a_plan_without_indicators_says_nothing_of_them():
    assert len(labels.statement(part(indicators=0))) == 1


@pytest.mark.parametrize(
    ("opinions", "sentence"),
    [
        ([KEPT], f"{WHERE} garder 1 indicateur."),
        ([KEPT] * 2, f"{WHERE} garder 2 indicateurs."),
        ([CHANGED], f"{WHERE} changer 1 indicateur."),
        (
            [KEPT, CHANGED, CHANGED],
            f"{WHERE} garder 1 indicateur et en changer 2.",
        ),
        ([EVEN], "Sur 1 indicateur, autant veulent le garder que le changer."),
        (
            [KEPT, EVEN, EVEN],
            f"{WHERE} garder 1 indicateur. {EVENLY}",
        ),
    ],
)
def test_statement_says_what_most_want_where_that_is_public(opinions, sentence):
    whole = part(opinions=opinions, concluded=len(opinions))

    assert labels.statement(whole)[2] == sentence


def test_statement_says_nothing_of_what_nobody_may_know():
    assert len(labels.statement(part(concluded=2))) == 2


@pytest.mark.parametrize(
    ("outcome", "count", "reason"),
    [
        (Outcome.FEW, 1, "1 autre mesure : trop peu de contributions pour publier ses avis"),
        (Outcome.FEW, 37, "37 autres mesures : trop peu de contributions pour publier leurs avis"),
        (Outcome.PROTECTED, 1, f"1 autre mesure : {PROTECTION}"),
        (Outcome.PROTECTED, 2, f"2 autres mesures : {PROTECTION}"),
        (Outcome.NONE, 1, "1 autre mesure : pas de conclusion sur ses indicateurs"),
        (Outcome.NONE, 2, "2 autres mesures : pas de conclusion sur leurs indicateurs"),
    ],
)
def test_reason_is_that_of_what_is_hidden(outcome, count, reason):
    assert plain(labels.others(outcome, count)) == reason


@pytest.mark.parametrize(
    ("concluded", "sentence"),
    [
        (0, "30 contributions sur 3 mesures"),
        (1, "30 contributions sur 3 mesures · 1 indicateur sur 8 a un résultat"),
        (2, "30 contributions sur 3 mesures · 2 indicateurs sur 8 ont un résultat"),
    ],
)
def test_axis_is_said_by_its_contributions_and_results(concluded, sentence):
    assert labels.basis(part(concluded=concluded)) == sentence


def test_figures_are_dated_by_a_day_or_the_first_and_the_last():
    days = [date(2026, 12, 2), date(2026, 12, 1)]

    assert plain(labels.dated(days[:1])) == "Chiffres du 2 décembre 2026."
    assert plain(labels.dated(days)) == "Chiffres du 1er décembre 2026 au 2 décembre 2026."


def plain(text):
    return straight(text)


@pytest.mark.parametrize(
    ("kept", "changed", "sentence"),
    [
        (12, 8, "12 réponses sur 20 demandent de garder cet indicateur."),
        (1, 19, "1 réponse sur 20 demande de garder cet indicateur."),
        (0, 20, "Sur 20 réponses, aucune ne demande de garder cet indicateur."),
        (1200, 0, "1 200 réponses sur 1 200 demandent de garder cet indicateur."),
        (0, 0, "Personne n'a dit s'il faut garder cet indicateur."),
        (None, 8, "Ce chiffre est caché, pour protéger les personnes."),
        (12, None, "Ce chiffre est caché, pour protéger les personnes."),
    ],
)
def test_result_of_an_indicator_is_one_sentence(kept, changed, sentence):
    assert plain(labels.result(asked_of(kept, changed), {})) == sentence


def test_result_of_an_indicator_that_was_not_asked_of_is_said():
    assert (
        labels.result(PublicIndicator("T7.1", {"fr": "…"}, ()), {})
        == "Il n'y a pas de résultat sur cet indicateur."
    )


def asked_of(kept, changed):
    content = {
        "indicator": "T7.1", "code": "stance", "type": "single",
        "values": [{"code": "keep", "count": kept}],
        "classes": [{"count": kept}, {"count": changed}],
    }  # fmt: skip
    return PublicIndicator("T7.1", {"fr": "…"}, [PublicQuestion(content, None, 5)])
