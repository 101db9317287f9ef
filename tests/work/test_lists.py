"""Lists of the team: what the address asks for, and addresses that ask for something else."""

from dataclasses import dataclass

import pytest

from consultation.work.lists import LONGEST_SEARCH, ListFilter, Listing, ListOrder

ENDPOINT = "overview.board_page"
PATH = "/organisation/vue-d-ensemble"


@dataclass(frozen=True)
class Fruit:
    name: str
    colour: str
    weight: int | None = None


FRUITS = [
    Fruit("poire", "verte", 180), Fruit("cerise", "rouge", 8), Fruit("pomme", "rouge", 150),
    Fruit("figue", "verte"),
]  # fmt: skip
COLOUR = ListFilter[Fruit](
    "couleur", "Couleur", lambda row, colour: row.colour == colour,
    [("", "Toutes"), ("rouge", "Rouges"), ("verte", "Vertes")], is_tab=True,
)  # fmt: skip
SEARCH = ListFilter[Fruit]("q", "Mots", lambda row, query: query in row.name)
ORDERS = (
    ListOrder[Fruit]("panier", "Panier", is_ascending=True),
    ListOrder[Fruit]("poids", "Poids", lambda row: -row.weight if row.weight else None),
)


@pytest.fixture
def ask(app):
    """What a list gives for an address, by `read`."""

    def ask(read, **arguments):
        with app.test_request_context(PATH, query_string=arguments):
            kept = {"tour": "tour-1"}
            listing = Listing(ENDPOINT, FRUITS, (COLOUR, SEARCH), ORDERS, length=2, kept=kept)
            return read(listing)

    return ask


def names(listing):
    return [row.name for row in listing.page.rows]


def test_page_has_what_filters_keep_in_the_order_asked_for(ask):
    assert ask(names) == ["poire", "cerise"]
    assert ask(names, page="2") == ["pomme", "figue"]
    assert ask(names, couleur="rouge") == ["cerise", "pomme"]
    assert ask(names, couleur="rouge", q="po") == ["pomme"]
    assert ask(names, tri="poids") == ["poire", "pomme"]


def test_row_without_a_key_is_last_either_way_round(ask):
    assert ask(names, tri="poids", page="2") == ["cerise", "figue"]
    assert ask(names, tri="poids", sens="inverse", page="2") == ["poire", "figue"]
    assert ask(names, sens="inverse") == ["figue", "pomme"]


@pytest.mark.parametrize(
    "arguments",
    [{"couleur": "bleue"}, {"tri": "'"}, {"page": "-3"}, {"page": "x"}, {"q": " \x00 "}],
)
def test_what_is_unknown_is_ignored(ask, arguments):
    assert ask(names, **arguments) == ["poire", "cerise"]


def test_page_beyond_the_last_is_the_last(ask):
    assert ask(names, page="99") == ["pomme", "figue"]


def test_search_is_cut_at_its_length(ask):
    assert len(ask(lambda it: it.chosen["q"], q="x" * 500)) == LONGEST_SEARCH


def test_tabs_count_what_the_other_filters_keep(ask):
    counts = ask(lambda it: it.counts(COLOUR), couleur="rouge", q="o")

    assert counts == {"": 2, "rouge": 1, "verte": 1}


def test_address_keeps_everything_but_what_changes_and_the_page(ask):
    address = ask(
        lambda it: it.address(couleur="verte"), couleur="rouge", q="po", tri="poids", page="2"
    )

    assert address == f"{PATH}?tour=tour-1&couleur=verte&q=po&tri=poids"
    assert ask(lambda it: it.address(page=2), tri="panier") == f"{PATH}?tour=tour-1&page=2"


def test_form_of_a_page_comes_back_to_that_page(ask):
    assert ask(lambda it: it.here, q="o", page="2") == {"tour": "tour-1", "q": "o"}
    assert ask(lambda it: it.here, page="2") == {"tour": "tour-1", "page": 2}


def test_address_of_the_whole_list_keeps_the_tab(ask):
    assert ask(lambda it: it.whole, couleur="rouge", q="po") == f"{PATH}?tour=tour-1&couleur=rouge"
    assert ask(lambda it: it.is_narrowed, couleur="rouge", q="po")
    assert not ask(lambda it: it.is_narrowed, couleur="rouge")


def test_column_sorts_the_other_way_round_when_it_sorts_already(ask):
    weight = ORDERS[1]

    assert ask(lambda it: it.sorted_by(weight)) == f"{PATH}?tour=tour-1&tri=poids"
    assert ask(lambda it: it.direction(weight)) is None
    assert ask(lambda it: it.sorted_by(weight), tri="poids").endswith("tri=poids&sens=inverse")
    assert ask(lambda it: it.direction(weight), tri="poids") == "descending"
    assert ask(lambda it: it.direction(weight), tri="poids", sens="inverse") == "ascending"
    assert ask(lambda it: it.direction(ORDERS[0])) == "ascending"


def test_tab_that_comes_first_is_not_in_the_address(app):
    states = [("ouvert", "Ouverts"), ("clos", "Clos")]
    tab = ListFilter[str]("etat", "État", lambda row, it: row == it, states, True, "ouvert")

    with app.test_request_context(PATH):
        listing = Listing(ENDPOINT, ["clos", "ouvert"], (tab,))
        assert listing.page.rows == ["ouvert"]
        assert listing.address(etat="ouvert") == PATH
        assert listing.address(etat="clos") == f"{PATH}?etat=clos"
