"""What is left of a text when two are compared, and how their differences are shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.moderation.clusters.similarity import likeness, normal, pieces
from tests.moderation import campaign
from tests.moderation.cluster_builders import OTHER_PETITION, PETITION

ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=200)


@pytest.mark.parametrize(
    ("typed", "tokens"),
    [
        ("Mesdames, Messieurs,\nL'ÉTÉ à Œuilly…", "l ete a oeuilly"),
        ("Bonjour à toutes et à tous ! Un cœur « net ».", "un coeur net"),
        ("Gardez-le. Bien cordialement", "gardez le"),
        ("e\u0301te\u0301 été é\u200bté", "ete ete ete"),
        ("Merci de votre attention 🙏", ""),
        ("12 places à l'hôtel", "12 places a l hotel"),
        ("\u202eNom\u202c caché", "nom cache"),
    ],
)
def test_case_accents_signs_and_courtesies_are_dropped(typed, tokens):
    assert normal(typed).tokens == tuple(tokens.split())


def test_sentences_may_change_places_and_be_misspelt():
    first, *others = campaign.CAMPAIGNS[0]
    in_order = normal(" ".join([first, *others])).in_order
    other = normal(" ".join([*others, first]).replace("plainte", "plinte").upper()).in_order

    assert likeness(in_order, other) > 95
    assert likeness(in_order, normal(" ".join(campaign.CAMPAIGNS[1])).in_order) == 0


def test_only_texts_of_a_dozen_words_are_compared():
    assert not any(normal(text).is_long_enough for text in campaign.SHORT)
    assert not normal("oui " * 11).is_long_enough
    assert not normal("oui " * 12).is_long_enough
    assert normal(PETITION).is_long_enough


def test_pieces_show_what_the_example_does_not_say():
    cut = pieces(f"BONJOUR, {PETITION} Moi, Zoé, j’y crois.", PETITION)

    assert [piece.text for piece in cut if piece.is_own][-1].endswith("Zoé, j’y crois.")
    assert all(piece.text.strip() in PETITION for piece in cut[1:-1] if not piece.is_own)
    assert not any(piece.is_own for piece in pieces(PETITION.upper(), PETITION))


@given(ANY_TEXT, ANY_TEXT)
def test_pieces_are_the_whole_text(text, example):
    assert "".join(piece.text for piece in pieces(text, example)) == text
    assert not any(piece.is_own for piece in pieces(text, text))


@given(st.permutations([*campaign.CAMPAIGNS[2], OTHER_PETITION]))
def test_likeness_knows_no_order(sentences):
    ordered = normal(" ".join([*campaign.CAMPAIGNS[2], OTHER_PETITION])).in_order

    assert likeness(normal(" ".join(sentences)).in_order, ordered) == 100
