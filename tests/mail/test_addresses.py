"""Addresses: one box under all its spellings, one recipient only, and little of it on screen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.mail.addresses import canonical, for_envelope, index_of, is_sendable, masked


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jeanne.Martin@Exemple.FR", "jeanne.martin@exemple.fr"),
        ("jeanne.martin+plan@gmail.com", "JeanneMartin@googlemail.com"),
        ("j.e.a.n.n.e@gmail.com", "jeanne@gmail.com"),
        ("jeanne+essai@outlook.com", "jeanne@outlook.com"),
        ("jeanne@BÜCHER.example", "jeanne@xn--bcher-kva.example"),
        ("jeanne@exemple。fr", "jeanne@exemple.fr"),
        ("ＪＥＡＮＮＥ@exemple.fr", "jeanne@exemple.fr"),
    ],
)
def test_spellings_of_one_box_are_counted_as_one(one, other):
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("jeanne+plan@exemple.fr", "jeanne@exemple.fr"),
        ("jeanne.martin@exemple.fr", "jeannemartin@exemple.fr"),
        ("jeanne.martin@outlook.com", "jeannemartin@outlook.com"),
        ("jeanne@faß.de", "jeanne@fass.de"),
        ("jeanne@gmail.com", "jeanne@exemple.fr"),
    ],
)
def test_boxes_that_may_differ_are_counted_apart(one, other):
    assert canonical(one) != canonical(other)


def test_the_index_shows_nothing_of_the_address(app):
    index = index_of("Jeanne@exemple.fr")

    assert index == index_of("jeanne@Exemple.FR")
    assert "jeanne" not in index
    assert len(index) == 64


@pytest.mark.parametrize(
    "address",
    [
        "jeanne@exemple.fr,paul@exemple.fr",
        "jeanne@exemple.fr;paul@exemple.fr",
        "jeanne@exemple.fr paul@exemple.fr",
        "jeanne@exemple.fr\r\nBcc: paul@exemple.fr",
        "jeanne@exemple.fr\n",
        "jeanne@exemple.fr\u2028Bcc:paul@exemple.fr",
        "jeanne@exemple.fr\u0085",
        "jeanne\x00@exemple.fr",
        "Jeanne <jeanne@exemple.fr>",
        '"jeanne@exemple.fr"@exemple.fr',
        "l" * 65 + "@exemple.fr",
        "(note)jeanne@exemple.fr",
        "jeanne@[127.0.0.1]",
        "=?utf-8?q?paul=40exemple=2Efr=2C?=@exemple.fr",
        "jeanne",
        "@exemple.fr",
        "jeanne@",
        "",
        "j" * 250 + "@exemple.fr",
    ],
)
def test_what_could_name_another_recipient_is_refused(address):
    assert not is_sendable(address)


@pytest.mark.parametrize(
    "address",
    ["jeanne@exemple.fr", "j'anne+plan@exemple.fr", "élise@bücher.example", "a/b=c{d}@exemple.fr"],
)
def test_an_ordinary_address_is_taken(address):
    assert is_sendable(address)


@given(st.text(max_size=300))
def test_any_text_has_a_canonical_spelling_and_a_mask(text):
    assert "@" in canonical(text)
    assert "…" in masked(text)


def test_the_domain_is_written_as_servers_know_it():
    assert for_envelope("Élise@faß.de") == "Élise@xn--fa-hia.de"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("jeanne@exemple.fr", "j…@e….fr"),
        ("jeanne@courriel.exemple.org", "j…@c….org"),
        ("jeanne", "…"),
        ("@exemple.fr", "…"),
    ],
)
def test_staff_see_little_of_an_address(address, shown):
    assert masked(address) == shown
