import time
from dataclasses import replace

import pytest

from consultation.inbox.measure_proposals import KnownMeasure, propose
from consultation.inbox.models import Clue
from consultation.inbox.parsing.message import read
from tests.inbox.corpus import KNOWN
from tests.inbox.letters import BOX, mail

CODE_BY_ID = {measure.id: measure.code for measure in KNOWN}
MESSAGE = read(mail("x", Subject=""))


def proposed(text, **changes):
    message = replace(MESSAGE, **{"kept": text, "original": text, **changes})
    return [(CODE_BY_ID[it.measure_id], it.clue) for it in propose(message, KNOWN)]


def codes(text, **changes):
    return [code for code, _ in proposed(text, **changes)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Le T4, oui", ["T4"]), ("thème T 4 et t-10", ["T4", "T10"]), ("(T2)", ["T2"]),
        ("T4.2", ["T4"]), ("T04", ["T4"]), ("https://exemple.fr/mesures/T4", ["T4"]),
        ("mesure 12", ["12"]), ("Mesure\u00a012", ["12"]), ("MESURE N° 12", ["12"]),
        ("mesure nº12", ["12"]), ("mesure numéro 12", ["12"]), ("mesure #12", ["12"]),
        ("mesures 12 et 13", ["12", "13"]), ("mesures 3, 12, et 13.", ["3", "12", "13"]),
        ("mesures n° 12 à 14", ["12", "13", "14"]), ("mesures 12-14", ["12", "13", "14"]),
        ("Measure 12", ["12"]), ("measures 12 and 13", ["12", "13"]), ("measure no. 12", ["12"]),
        ("indicateur T4.2", ["T4"]), ("indicateur 12.3", ["12"]), ("indicator 12.1", ["12"]),
        ("thème 10", ["T10"]), ("theme 4", ["T4"]), ("mesures 12 et 3 indicateurs", ["12"]),
    ],
)  # fmt: skip
def test_measure_is_found_by_its_code_or_number(text, expected):
    assert codes(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "RT4", "T42", "T4x", "xT4", "T4@exemple.fr", "v1.T4", "AT4 et T4_2", "T 400",
        "article 12", "les articles 12 et 13", "12 mesures", "page 12", "p. 12", "page T4",
        "le 12 mars", "12/03/2025", "12 h 13", "un appartement T4", "la ligne T4 du tramway",
        "cette mesure 12 mois après", "la mesure 12 % du temps", "la mesure 120", "mesure 12 000",
        "la mesure 99", "démesure 12", "indicateur 12", "mesure du 12 mars", "loi n° 12",
        "la traite des êtres humains", "les victimes de leurs droits", "mesure 3 fois par an",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_measure_is_none(text):
    assert codes(text) == []


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("+mesure-12", ["12"]), ("+MESURE-12", ["12"]), ("+t4", ["T4"]), ("+measure-t10", ["T10"]),
        ("+mesure3", ["3"]), ("+12", []), ("+k7lq2m-abc", []), ("+mesure-99", []), ("", []),
    ],
)  # fmt: skip
def test_plus_address_proposes_its_measure(tag, expected):
    assert codes("Oui.", recipients=(BOX.replace("@", f"{tag}@"),)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sur « Hébergement et mise à l’abri » :", ["T2"]),
        ("sur HEBERGEMENT  et\nmise à l'abri", ["T2"]),
        ("Informer les victimes de leurs droits, mais comment ?", ["13"]),
        ("You should inspect working conditions on farms.", ["27"]),
        ("L'hébergement manque.", []),
    ],
)
def test_measure_is_found_by_its_title_or_a_clear_part_of_it(text, expected):
    assert proposed(text) == [(code, Clue.TITLE) for code in expected]


def test_name_that_two_measures_share_proposes_neither():
    known = [
        KnownMeasure(1, "1", ("Former les juges",)),
        KnownMeasure(2, "2", ("Former les juges",)),
    ]

    assert propose(replace(MESSAGE, kept="Former les juges !"), known) == []


def test_likeliest_measure_comes_first_and_each_comes_once():
    assert proposed(
        "La mesure 13, puis T4 et encore la mesure 13.",
        recipients=(BOX.replace("@", "+mesure-27@"),),
        subject="Indemniser les victimes (T2)",
        original="La mesure 13, puis T4.\n> mesure 3, mesure 27",
    ) == [
        ("27", Clue.ADDRESS), ("T2", Clue.CODE), ("14", Clue.TITLE), ("13", Clue.NUMBER),
        ("T4", Clue.CODE), ("3", Clue.NUMBER),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "unit", ["mesures 12 et ", "mesure ", "T4 ", "t", "1,", "mesures 1, ", "publier un rapport "]
)
def test_hostile_text_is_searched_in_a_moment(unit):
    start = time.process_time()
    propose(replace(MESSAGE, kept=(unit * 100_000)[:100_000]), KNOWN)

    assert time.process_time() - start < 5
