"""Addresses of mail that look wrong and are right, and such as no mail may be sent to."""

import string
from functools import partial

from tests.hostile.cases import Case, Outcome

ATOM = string.ascii_lowercase + string.digits + "!#$%&'*+/=?^_`{|}~-"
DOMAINS = {
    "exemple.fr": "exemple.fr",
    "Exemple.FR": "exemple.fr",
    "sous.domaine.exemple-long.org": "sous.domaine.exemple-long.org",
    "hébergement.fr": "hébergement.fr",
    "HÉBERGEMENT.fr": "hébergement.fr",
    "xn--hbergement-b7a.fr": "hébergement.fr",
    "例子.中国": "例子.中国",
    "a.museum": "a.museum",
    "1and1.fr": "1and1.fr",
    "straße.de": "straße.de",
}
"""By how they are typed, as they are kept."""


def _atom(chance, length):
    return "".join(chance.choices(ATOM, k=length))


def _right(chance, number):
    """An address that is right, and how it is kept; the number makes it another than the rest."""
    typed, kept = chance.choice(list(DOMAINS.items()))
    local = (
        lambda: f"a{number}",
        lambda: f"prénom.nom{number}",
        lambda: f"o'brien-{number}",
        lambda: f"{_atom(chance, 6)}{number}",
        lambda: f"{_atom(chance, 3)}.{_atom(chance, 3)}.{number}",
        lambda: f"x+étiquette={number}",
        lambda: f"MAJUSCULE.{number}",
        lambda: f"_{number}_",
        lambda: f"用户{number}",
        lambda: f"{number}".rjust(64, "l"),
    )[number % 10]()
    if "=?" in local:  # an encoded word, which some servers decode into two addresses
        local = local.replace("=?", "==")
    blank = chance.choice(("", " ", "\t", "\u00a0", "\r\n"))
    return f"{blank}{local}@{typed}{blank}", f"{local}@{kept}"


def _longest(number, longer=0):
    """An address of 254 signs, or of more."""
    label = "d" * 57
    local = f"{number}".rjust(64, "l")
    rest = 254 + longer - len(f"{local}@{label}.{label}.{label}..fr")
    return f"{local}@{label}.{label}.{label}.{'e' * rest}.fr"


WRONG = (
    "sans-arobase", "@exemple.fr", "a@", "a@@exemple.fr", "a@b@exemple.fr", ".a@exemple.fr",
    "a.@exemple.fr", "a..b@exemple.fr", "a@exemple..fr", "a@-exemple.fr", "a@exemple-.fr",
    "a@exemple", "a@exemple.fr.", "a b@exemple.fr", "a@exem ple.fr", "a,b@exemple.fr",
    "a;b@exemple.fr", "a@exemple.fr, c@exemple.fr", "a@exemple.fr;c@exemple.fr",
    "a@exemple.fr c@exemple.fr", "Nom <a@exemple.fr>", "<a@exemple.fr>",
    "a@exemple.fr (commentaire)", "(x)a@exemple.fr", '"a b"@exemple.fr', '"a@b"@exemple.fr',
    'a"b@exemple.fr', "a\\b@exemple.fr", "a@[127.0.0.1]", "a@[IPv6:::1]", "a@127.0.0.1",
    "a@localhost", "a@exemple.fr\r\nBcc: c@exemple.fr", "a@exemple.fr\nRCPT TO:<c@exemple.fr>",
    "a@exemple.fr%0ABcc:c@exemple.fr", "a\r\n@exemple.fr", "a\u2028@exemple.fr",
    "a@exemple.fr\u2028Bcc: c@exemple.fr", "a:b@exemple.fr", "a@exem_ple.fr", "mailto:a@exemple.fr",
    "a@exemple.fr?cc=c@exemple.fr", "=?utf-8?q?a=40exemple.fr?=@exemple.org", "a@exemple.fr>",
    "a＠exemple.fr", "a@exemple\u200b.fr", "a@exemple.fr\u202e", "a@.fr", "a@fr", "a@exemple.-",
    "a@*.exemple.fr", "a@exemple.123", "a@" + "d" * 64 + ".fr", "l" * 65 + "@exemple.fr",
    "a@exemple,fr", "a@exemple.fr\x1b", "a/b@exem/ple.fr", "a@exemple.fr#", "a@exemple.fr/",
    "a[at]b.fr",
)  # fmt: skip
# Control signs are taken away before an address is looked at: this one is then right.
CLEANED = {"a@exemple.fr\x1b"}


def addressed(chance, count):
    """Half of them right: the mail for each has to leave; the others come back to be corrected."""
    longest = (partial(_longest, longer=0), partial(_longest, longer=1))
    for number in range(count):
        if number % 20 == 0:
            is_right = number % 40 == 0
            typed = kept = longest[not is_right](number)
        elif number % 2:
            is_right, (typed, kept) = True, _right(chance, number)
        else:
            wrong = WRONG[number // 2 % len(WRONG)]
            is_right = wrong in CLEANED
            typed = kept = wrong.replace("a", f"a{number}", 1) if "a" in wrong[:2] else wrong
            kept = kept.replace("\x1b", "")
        yield Case(
            "addresses",
            {"email": typed, "name": None},
            Outcome.STORED if is_right else Outcome.REFUSED,
            {"email": kept},
        )
