"""What a password has to be; one rule for setting, changing and resetting it."""

import unicodedata

from consultation.text import length

SHORTEST = 12
LONGEST = 200
FEWEST_SIGNS = 4
RULE = (
    f"Au moins {SHORTEST} caractères, par exemple une phrase courte. Vous pouvez coller le mot de"
    " passe d'un gestionnaire."
)
# The first that anyone tries among passwords this long.
COMMON = frozenset(
    {
        "motdepasse123", "motdepasse1234", "motdepassemotdepasse", "azertyuiop123", "azertyuiopqs",
        "azertyuiopqsdf", "azertyazerty", "123456789012", "1234567890123", "12345678901234",
        "123456123456", "123123123123", "password1234", "password12345", "passwordpassword",
        "qwertyuiop123", "qwertyuiopas", "administrateur", "administrator", "consultation",
        "ensemblecontrelatraite", "secourscatholique", "jetaimejetaime", "bonjourbonjour",
    }
)  # fmt: skip


def normalized(password: str) -> str:
    """Return the one form in which a password typed on any keyboard is compared."""
    return unicodedata.normalize("NFKD", password)


def faults(password: str, address: str) -> list[str]:
    """Return in French what is wrong with `password` for the account at `address`, if anything."""
    if length(password) < SHORTEST:
        return [f"Choisissez un mot de passe d'au moins {SHORTEST} caractères."]
    if length(password) > LONGEST:
        return [f"Choisissez un mot de passe d'au plus {LONGEST} caractères."]
    bare = "".join(sign for sign in password.casefold() if sign.isalnum())
    if bare in COMMON or len(set(password)) < FEWEST_SIGNS:
        return ["Ce mot de passe est trop facile à deviner : choisissez-en un autre."]
    if password.casefold() == address.casefold():
        return ["Le mot de passe ne peut pas être votre adresse : choisissez-en un autre."]
    return []
