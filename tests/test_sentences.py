"""What people read holds no riddle, and no spelling that cannot be said aloud."""

import pytest

from tests import sentences

FORBIDDEN = (
    "Occulter", "Modalités", "Sorte de question", "personne de connu", "le texte qui fut lu",
    "demandez à qui administre le site", "relu par un modérateur", "Jour de clôture",
    "Le tour est clos", "pour répondre à un jugement", "Ne désignez personne", "Your receipt code",
    "pour ce moment et de cette source",
)  # fmt: skip
SAYABLE = (
    "citoyenne ou citoyen",
    "M1 · 3 textes",
    "(e-mail)",
    "texte(fr)",
    "Élu ou élue",
    "Fin. Et après",
)


def test_sentences_hold_no_forbidden_expression():
    assert list(sentences.hits()) == []


def test_templates_name_no_variable_to_those_who_cannot_set_it():
    assert list(sentences.variables()) == []


def test_expression_of_a_template_is_found_over_two_lines(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<p>demandez à\n  qui administre</p>", "utf-8")

    assert any(sentences._FORBIDDEN.search(text) for text in sentences.texts(page))


@pytest.mark.parametrize("text", FORBIDDEN)
def test_forbidden_expression_is_found(text):
    assert sentences._FORBIDDEN.search(text)


@pytest.mark.parametrize(
    "text", ["citoyen·ne", "Élu(e)", "invité·es", "directeur(rice)", "élu.e", "invité.e.s"]
)
def test_inclusive_mark_is_found(text):
    assert sentences.UNSAYABLE.search(text)


@pytest.mark.parametrize("text", SAYABLE)
def test_doublets_and_separators_are_kept(text):
    assert not sentences.UNSAYABLE.search(text)


def test_every_allowed_word_is_needed(monkeypatch):
    allowed = {(place, word) for place, kept in sentences.ALLOWED.items() for word in kept}
    monkeypatch.setattr(sentences, "ALLOWED", {})

    used = {
        (place, word)
        for hit in sentences.hits()
        for place, word in allowed
        if hit.path.startswith(place) and hit.expression.lower() == word
    }

    assert allowed - used == set()
