"""French typography: what is set for authors, and what is left alone."""

from datetime import UTC, date, datetime

import pytest
from jinja2 import nodes

from consultation.web import typography
from consultation.web.typography import french, moment

WIDE, NARROW, HYPHEN = "\u00a0", "\u202f", "\u2011"


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
        ("le plan 2024-2027.", f"le plan 2024{HYPHEN}2027."),
        ("le 2024-06-30", "le 2024-06-30"),
        ("/plan-2024-2027/", "/plan-2024-2027/"),
        ("0123-4567", "0123-4567"),
        ("à mi-parcours", f"à mi{HYPHEN}parcours"),
        ("demi-tour", "demi-tour"),
        ("M1.1@mi-parcours", "M1.1@mi-parcours"),
        ("le 11 décembre 2023", f"le 11{WIDE}décembre 2023"),
        ("le 1er mars", f"le 1er{WIDE}mars"),
        ("les 60 mars", "les 60 mars"),
        ("le 3 maires", "le 3 maires"),
    ],
)
def test_french_is_set_as_printers_do(typed, set_):
    assert french(typed) == set_


def test_setting_twice_changes_nothing():
    once = french("« Est-ce l'heure ? » : 12 000 %, à mi-parcours, le 11 décembre 2023, 2024-2027")

    assert french(once) == once


def test_moment_is_that_of_paris_on_both_sides_of_a_dst_night(app):
    with app.test_request_context("/"):
        before = moment(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
        after = moment(datetime(2026, 10, 25, 1, 30, tzinfo=UTC))

    assert before == after == f"25{WIDE}octobre 2026 à 2{WIDE}h{WIDE}30"


def test_first_of_a_month_is_written_as_one_says_it(app):
    with app.test_request_context("/"):
        assert moment(datetime(2027, 3, 1, 8, 0, tzinfo=UTC)).startswith(f"1er{WIDE}mars 2027")


def test_english_is_left_alone_but_for_what_no_line_may_end_within(client):
    page = client.get("/en/").text

    assert NARROW not in page
    assert f"2024{HYPHEN}2027" in page
    assert f"11{WIDE}December" in page


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


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2026, 12, 1, 23, 30, tzinfo=UTC), "2 décembre 2026"),
        (datetime(2026, 7, 31, 22, tzinfo=UTC), "1er août 2026"),
        (date(2026, 12, 1), "1er décembre 2026"),
    ],
)
def test_day_of_a_moment_is_that_of_paris(app, value, text):
    with app.test_request_context():
        assert typography.day(value).replace(WIDE, " ") == text
