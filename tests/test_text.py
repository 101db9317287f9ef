"""Texts that were typed: what shows nothing is empty, and nothing else is."""

import pytest

from consultation.text import capitalized, clean_line, clean_text, shows_nothing


@pytest.mark.parametrize(
    "text",
    [
        "", "\u200b", "\u2060", "\ufeff", "\u00ad", "\u202e", "\u3164", "\u2800", "\u034f",
        "\ufe0f", "\U000e0041", "\x07\x1b", "\u00a0\u2007\u202f\u205f\u3000", " \t\n\u2028\u200d ",
    ],
)  # fmt: skip
def test_text_without_a_shape_is_empty(text):
    assert clean_text(text) == clean_line(text) == ""


@pytest.mark.parametrize(
    "text", ["a", "\u200ba", "\u00ad—", "\u0301", "🏴\U000e0067\U000e007f", "❤\ufe0f", "م\u200cن"]
)
def test_text_that_shows_anything_is_kept_as_it_is(text):
    assert not shows_nothing(text)
    assert clean_text(text) == clean_line(text) == text


@pytest.mark.parametrize(
    ("text", "set_"),
    [
        ("portugais du Brésil", "Portugais du Brésil"),
        ("état", "État"),
        ("", ""),
        ("12 PDF", "12 PDF"),
    ],
)
def test_first_letter_alone_becomes_a_capital(text, set_):
    assert capitalized(text) == set_
