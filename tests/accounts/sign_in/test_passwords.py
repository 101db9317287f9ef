"""Password policy: what it demands, and what it does not."""

import pytest

from consultation.accounts.sign_in import passwords

ADDRESS = "nadia@association.example"


@pytest.mark.parametrize(
    "password",
    [
        "motdepasse1234", "azertyuiopqs", "qwertyuiop123", "123456789012", "password12345",
        "jetaimejetaime", "soleilsoleil", "iloveyou12345", "chocolat1234", "nicolas19751975",
        "abcdefghijklmn", "P@ssw0rdP@ssw0rd", "michaeljackson", "Trustno1Trustno1",
    ],
)  # fmt: skip
def test_what_has_leaked_or_is_a_row_of_keys_is_refused(password):
    assert passwords.errors(password, ADDRESS)


@pytest.mark.parametrize(
    "password",
    ["ensemblecontrelatraite", "Secours-Catholique2026", "traite-humains-24", "Modération 2026!"],
)
def test_what_is_made_of_words_of_this_site_is_refused(password):
    assert passwords.errors(password, ADDRESS)


@pytest.mark.parametrize(
    "password",
    [
        "le chat dort ce soir",
        "tronçonneuse à pédales",
        "XKJDWPQMBVZR",
        "hqdzmtkvwlrc",
        "la consultation des grenouilles",
        "Ж" * 3 + "щыфабвгд ё",
        "v" + "ieux tracteur " * 14,
    ],
)
def test_any_signs_will_do(password):
    assert passwords.errors(password, ADDRESS) == []


def test_password_may_be_long_and_looking_at_it_takes_no_time():
    assert passwords.errors("un très long poème " * 10, ADDRESS) == []
    assert passwords.MAX_LENGTH >= 64
