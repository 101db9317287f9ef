"""Addresses: identity of a box under all spellings, one recipient only, masking."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.mail.addresses import (
    canonical,
    for_envelope,
    index_of,
    indexes_of,
    is_robot,
    is_sendable,
    mailbox,
    masked,
)
from tests.mail.lookalikes import TWINS


@pytest.mark.parametrize(
    ("address", "other"),
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
def test_spellings_of_one_box_are_counted_as_one(address, other):
    assert canonical(address) == canonical(other)


@pytest.mark.parametrize(
    ("address", "other"),
    [
        ("jeanne+plan@exemple.fr", "jeanne@exemple.fr"),
        ("jeanne.martin@exemple.fr", "jeannemartin@exemple.fr"),
        ("jeanne.martin@outlook.com", "jeannemartin@outlook.com"),
        ("jeanne@faß.de", "jeanne@fass.de"),
        ("jeanne@gmail.com", "jeanne@exemple.fr"),
    ],
)
def test_boxes_that_may_differ_are_counted_apart(address, other):
    assert canonical(address) != canonical(other)


def test_index_shows_nothing_of_the_address(app):
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
def test_ordinary_address_is_taken(address):
    assert is_sendable(address)


@given(st.text(max_size=300))
def test_any_text_has_a_canonical_spelling_and_a_mask(text):
    assert "@" in canonical(text)
    assert "…" in masked(text)


def test_domain_is_written_as_servers_know_it():
    assert for_envelope("Élise@faß.de") == "Élise@xn--fa-hia.de"


@pytest.mark.parametrize(
    ("address", "masked_address"),
    [
        ("jeanne@exemple.fr", "j…@e….fr"),
        ("jeanne@courriel.exemple.org", "j…@c….org"),
        ("jeanne", "…"),
        ("@exemple.fr", "…"),
    ],
)
def test_staff_see_little_of_an_address(address, masked_address):
    assert masked(address) == masked_address


ROBOTS = (
    "noreply@exemple.fr", "no-reply@exemple.fr", "ne-pas-repondre@exemple.fr",
    "noreply-plan@exemple.fr", "no-reply+T7@exemple.fr", "MAILER-DAEMON@exemple.fr",
    "postmaster@exemple.fr",
    "bounce-4821@exemple.fr", "bounces-membres@exemple.fr", "bounce_12@exemple.fr",
    "bounce.20261128.77@exemple.fr", "bounces+1234-ab=exemple.fr@news.exemple.fr",
    "bounce-mc.us1_2.3-jeanne=exemple.fr@mail1.exemple.net", "membres-bounces@exemple.fr",
    "membres-bounces+jeanne=exemple.fr@listes.exemple.fr", "membres+bounces@exemple.fr",
    "jeanne@bounces.exemple.fr", "0102018abc-000000@bounce2.exemple.fr",
    "membres-request@exemple.fr", "membres-owner@exemple.fr", "owner-membres@exemple.fr",
    "membres-subscribe@exemple.fr", "membres-unsubscribe@exemple.fr", "membres-join@exemple.fr",
    "membres-leave@exemple.fr", "membres-confirm+0f3a9c@exemple.fr", "Membres-Request@Exemple.fr",
    "ｍｅｍｂｒｅｓ-request@exemple.fr", "membres-return-12-jeanne=exemple.fr@exemple.fr",
    "membres-return-8@exemple.fr", "lettre+jeanne=exemple.fr@exemple.org",
    "lettre-jeanne=mail.exemple.fr@exemple.org", "SRS0=HHH=TT=exemple.fr=jeanne@relais.example",
    "SRS1=HHH=autre.example==HHH=TT=exemple.fr=jeanne@relais.example", "srs0+ab=cd=e.fr=j@e.org",
    "prvs=0123456789=jeanne@exemple.fr", "membres+bncBDEXAMPLE12345@groupes.example",
)  # fmt: skip
PEOPLE = (
    "jeanne@exemple.fr", "jean.request@exemple.fr", "request@exemple.fr", "requests@exemple.fr",
    "bounce.dupont@exemple.fr", "m.bouncet@exemple.fr", "bounceur@exemple.fr", "jean@bounce.fr",
    "owner@exemple.fr", "jeanne.owner@exemple.fr", "product-owner@exemple.fr",
    "co-owner@exemple.fr", "homeowner@exemple.fr", "subscribe@exemple.fr", "confirm@exemple.fr",
    "marie.join@exemple.fr", "list-help@exemple.fr", "asso-admin@exemple.fr",
    "liste@exemple.fr", "membres@listes.exemple.fr", "jeanne+plan@exemple.fr",
    "jeanne+plan=2026@exemple.fr", "a/b=c{d}@exemple.fr", "srs@exemple.fr", "srs0@exemple.fr",
    "jean-return@exemple.fr", "prvs@exemple.fr", "noreen@exemple.fr", "jeanne+bnc@exemple.fr",
    "reply@exemple.fr", "abuse.victimes@exemple.fr", "racine@exemple.fr",
)  # fmt: skip


@pytest.mark.parametrize("address", ROBOTS)
def test_address_of_a_list_or_for_bounces_is_a_robot(address):
    assert is_robot(address)


@pytest.mark.parametrize("address", PEOPLE)
def test_address_that_somebody_may_read_is_no_robot(address):
    assert not is_robot(address)


def test_very_long_address_is_judged_at_once():
    start = time.process_time()

    for character in "-+=.a":
        assert not is_robot(f"{character * 200_000}@exemple.fr")

    assert time.process_time() - start < 1


@pytest.mark.parametrize(("plain", "other"), TWINS.values(), ids=list(TWINS))
def test_addresses_that_look_alike_are_boxes_of_their_own_and_count_as_one(plain, other):
    assert mailbox(plain) != mailbox(other)
    assert canonical(plain) == canonical(other)


@pytest.mark.parametrize(
    ("address", "other"),
    [
        ("Jeanne.Martin@Exemple.FR", "jeanne.martin@exemple.fr"),
        ("jeanne.martin+plan@gmail.com", "JeanneMartin@googlemail.com"),
        ("jeanne+essai@outlook.com", "jeanne@outlook.com"),
        ("jeanne@BÜCHER.example", "jeanne@xn--bcher-kva.example"),
        ("jeanne@exemple。fr", "jeanne@exemple.fr"),
        ("\u00e9lise@exemple.fr", "e\u0301lise@exemple.fr"),
        ("I\u0307@exemple.fr", "\u0130@exemple.fr"),
    ],
)
def test_spellings_of_one_mailbox_are_one(address, other):
    assert mailbox(address) == mailbox(other)


@pytest.mark.parametrize(
    ("address", "other"),
    [
        ("jeanne+plan@exemple.fr", "jeanne@exemple.fr"),
        ("jeanne.martin@outlook.com", "jeannemartin@outlook.com"),
        ("jeanne@faß.de", "jeanne@fass.de"),
        ("jeanne@fa\u00df_.de", "jeanne@fass_.de"),
        ("\u00c9lise@exemple.fr", "\u00e9lise@exemple.fr"),
        ("\u212aim@exemple.fr", "kim@exemple.fr"),
        ("\u212aim@exemple.fr", "Kim@exemple.fr"),
        ("\u0130@exemple.fr", "i@exemple.fr"),
        ("a\u1fefb@exemple.fr", "a`b@exemple.fr"),
        ("\ufb01@gmail.com", "fi@gmail.com"),
        ("jeanne\uff0bplan@gmail.com", "jeanne@gmail.com"),
        ("+un@gmail.com", "+deux@gmail.com"),
    ],
)
def test_mailboxes_that_may_be_of_different_people_are_told_apart(address, other):
    assert mailbox(address) != mailbox(other)


ALIKE = st.sampled_from(
    "kK\u212asS\u017f\u00df.+eE\u0301\u00e9\u00c9iI\u0307\u0130\u0131fF\ufb01h\u0331"
)


@given(
    st.text(ALIKE, min_size=1, max_size=4),
    st.text(ALIKE, min_size=1, max_size=4),
    st.sampled_from(["gmail.com", "outlook.com", "exemple.fr"]),
)
def test_spellings_of_one_mailbox_always_count_as_one(address, other, domain):
    """So that the folded hash finds whatever the exact one is asked about."""
    for first, second in (
        (address, other),
        (address, unicodedata.normalize("NFD", address).swapcase()),
    ):
        if mailbox(f"{first}@{domain}") == mailbox(f"{second}@{domain}"):
            assert canonical(f"{first}@{domain}") == canonical(f"{second}@{domain}")


@given(st.text(max_size=100))
def test_mailbox_is_spelt_the_same_again(text):
    assert mailbox(mailbox(text)) == mailbox(text)


def test_each_index_of_an_address_is_of_its_own_purpose(app):
    indexes = indexes_of("jeanne@exemple.fr")

    assert indexes == indexes_of("Jeanne@Exemple.FR")
    assert len({*indexes.values()}) == 2
    assert indexes_of(None) == {"address_index": None, "mailbox_index": None}
