"""Token addresses: those that open something for whoever has them, and stand in no log."""

import re

from consultation.i18n import LOCALES, prefix_for

TOKEN_PATHS = (
    "/recu", "/contributions", "/courriel", "/connexion/bienvenue", "/connexion/oubli",
)  # fmt: skip
"""What stands before a token, without the language.

The log filter, the README, the papers, the nginx sample and the test of the routes read this list.
"""


def token_prefixes() -> list[str]:
    """Return the paths of `TOKEN_PATHS` in each language."""
    return [prefix_for(locale) + path for locale in LOCALES for path in TOKEN_PATHS]


def is_token_address(path: str) -> bool:
    """Say whether `path`, with its language or without, may end in a token."""
    return any(path.startswith(f"{prefix}/") for prefix in token_prefixes())


def masked(text: str) -> str:
    """Return `text` with "…" for what follows the path of each token address in it."""
    return _IN_A_TEXT.sub(r"\1/…", text)


def listed_in_french() -> str:
    """Return the list as the documents say it, in Markdown."""
    *most, last = (f"`{path}`" for path in TOKEN_PATHS)
    prefixes = " ou ".join(f"`{prefix}`" for prefix in map(prefix_for, LOCALES) if prefix)
    return f"{', '.join(most)} ou {last}, avec ou sans {prefixes} devant"


def nginx_pattern() -> str:
    """Return the regular expression by which nginx knows a token address in a path or a Referer."""
    return f"({'|'.join(token_prefixes())})/"


_IN_A_TEXT = re.compile(rf"({'|'.join(map(re.escape, token_prefixes()))})/[^\s\"'<>]+")
