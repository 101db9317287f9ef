"""French typography: what is set for authors, and what is left alone."""

from datetime import UTC, datetime

import pytest
from jinja2 import nodes

from consultation.web import typography
from consultation.web.typography import french, moment

WIDE, NARROW = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("typed", "set_"),
    [
        ("Pourquoi ?", f"Pourquoi{NARROW}?"),
        ("Attention !", f"Attention{NARROW}!"),
        ("un ; deux", f"un{NARROW}; deux"),
        ("Rubriques :", f"Rubriques{WIDE}:"),
        ("« oui »", f"«{WIDE}oui{WIDE}»"),
        ("5 000 signes", f"5{NARROW}000 signes"),
        ("19 %", f"19{NARROW}%"),
        ("l'été d'avant", "l’été d’avant"),
        ("https://exemple.fr/?a=b", "https://exemple.fr/?a=b"),
        ("'cité'", "'cité'"),
        ("le 17 ou le 112", "le 17 ou le 112"),
    ],
)
def test_french_is_set_as_printers_do(typed, set_):
    assert french(typed) == set_


def test_setting_twice_changes_nothing():
    once = french("« Est-ce l'heure ? » : 12 000 %")

    assert french(once) == once


def test_moment_is_that_of_paris_on_both_sides_of_a_dst_night(app):
    with app.test_request_context("/"):
        before = moment(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
        after = moment(datetime(2026, 10, 25, 1, 30, tzinfo=UTC))

    assert before == after == f"25{WIDE}octobre 2026 à 2{WIDE}h{WIDE}30"


def test_first_of_a_month_is_written_as_one_says_it(app):
    with app.test_request_context("/"):
        assert moment(datetime(2027, 3, 1, 8, 0, tzinfo=UTC)).startswith(f"1er{WIDE}mars 2027")


def test_english_is_left_alone(client):
    assert NARROW not in client.get("/en/").text


def test_refusal_is_set_as_any_page(client):
    page = client.get("/rien").text

    assert page.count("Cette page n’existe pas") == 2  # its title, and its heading
    assert "L’adresse a peut-être été mal recopiée" in page


def test_sentences_that_an_expression_chooses_are_set_as_those_of_the_page(app):
    environment = app.jinja_env
    unset = [
        (name, text.lineno, text.value)
        for name in environment.list_templates(["html"])
        for output in environment.parse(sources(environment, name)).find_all(nodes.Output)
        for written in output.nodes
        for text in strings_in(written)
        if french(text.value) != text.value
    ]

    assert unset == []


def sources(environment, name):
    return environment.loader.get_source(environment, name)[0]


def strings_in(written):
    """Yield what an expression of a template writes itself, and no filter sets."""
    match written:
        case nodes.Const(value=str()):
            yield written
        case nodes.CondExpr():
            yield from strings_in(written.expr1)
            yield from strings_in(written.expr2)
        case nodes.Or():
            yield from strings_in(written.right)
        case nodes.Concat():
            for part in written.nodes:
                yield from strings_in(part)


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 texte"), (1, "1 texte"), (2, "2 textes"), (12_345, "12\u202f345 textes")],
)
def test_counted_groups_thousands_and_agrees_with_its_noun(count, text):
    assert typography.counted(count, "texte", "textes").replace("\xa0", " ") == text
    assert text.endswith(typography.plural(count, "texte", "textes"))
