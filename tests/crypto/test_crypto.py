"""Encryption at rest: what is sealed, and which keys open it."""

import base64

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from consultation.crypto import key_files
from consultation.crypto.keyring import Keyring, Unreadable

TEXT = "Prénom et nom, l’été 😀"


@pytest.fixture
def keys_of_one(tmp_path):
    return tmp_path / "keys"


def opened(directory):
    ring = Keyring()
    ring.load(directory)
    return ring


@pytest.fixture
def ring(keys_of_one):
    return opened(keys_of_one)


@pytest.fixture(scope="module")
def any_ring(tmp_path_factory):
    return opened(tmp_path_factory.mktemp("keys"))


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back_and_no_two_sealings_are_alike(any_ring, text):
    first, second = any_ring.encrypt(text), any_ring.encrypt(text)

    assert any_ring.decrypt(first) == any_ring.decrypt(second) == text
    assert first != second


def test_what_is_sealed_can_stand_in_a_field_of_a_form_and_shows_nothing(ring):
    sealed = ring.encrypt(TEXT).decode("ascii")

    assert TEXT not in sealed
    assert set(sealed) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=.")


def test_changed_key_reads_what_the_former_sealed_and_seals_by_itself(ring, keys_of_one):
    sealed = ring.encrypt(TEXT)
    file = keys_of_one / "encryption_keys"
    former, other = file.read_text("ascii").strip(), Fernet.generate_key().decode()

    file.write_text(f"{other}\n{former}\n", "ascii")
    changed = opened(keys_of_one)
    assert changed.decrypt(sealed) == TEXT
    renewed = changed.encrypt(TEXT)

    file.write_text(f"{other}\n", "ascii")
    assert opened(keys_of_one).decrypt(renewed) == TEXT
    with pytest.raises(Unreadable):
        opened(keys_of_one).decrypt(sealed)


def test_what_was_tampered_with_is_not_read(ring):
    sealed = ring.encrypt(TEXT)
    raw = bytearray(base64.urlsafe_b64decode(sealed))
    raw[-1] ^= 1

    for forged in (base64.urlsafe_b64encode(raw), sealed[:9], b"", b"g"):
        with pytest.raises(Unreadable):
            ring.decrypt(forged)


def test_each_key_has_a_file_that_its_owner_alone_reads(ring, keys_of_one):
    modes = {path.name: path.stat().st_mode & 0o777 for path in keys_of_one.iterdir()}

    assert modes == dict.fromkeys(key_files.NAMES, 0o600)
    assert keys_of_one.stat().st_mode & 0o777 == 0o700
    contents = {(keys_of_one / name).read_text() for name in key_files.NAMES}
    assert len(contents) == len(key_files.NAMES)
