"""Addresses with a token, which give access to their holder: masked in logs."""

import re

from consultation.i18n import LOCALES, prefix_for

TOKEN_PATHS = (
    "/recu", "/contributions", "/courriel", "/connexion/bienvenue", "/connexion/oubli",
    "/reponse",
)  # fmt: skip
"""Paths before a token, without the language.

Read by the log filter, the privacy records, the nginx sample and the test of routes; listed in
`docs/deploiement.md`.
"""


def token_prefixes() -> list[str]:
    """Return the paths of `TOKEN_PATHS` in each language."""
    return [prefix_for(locale) + path for locale in LOCALES for path in TOKEN_PATHS]


def is_token_address(path: str) -> bool:
    """Return whether `path`, with any language or without, may end in a token."""
    return _IN_ANY_LANGUAGE.match(path) is not None


def masked(text: str) -> str:
    """Replace the token of each token address in `text` by "…"."""
    return _IN_A_TEXT.sub(r"\1/…", text)


def listed_in_french() -> str:
    """Return the paths as a French enumeration in Markdown, for documents."""
    *most, last = (f"`{path}`" for path in TOKEN_PATHS)
    return f"{', '.join(most)} ou {last}, avec ou sans langue devant (`/en`, `/ar`…)"


def nginx_pattern() -> str:
    """Return the regular expression of nginx for a token address in a path or a Referer.

    Whatever stands before is a language, which the site may have had or may get.
    """
    return f"({'|'.join(TOKEN_PATHS)})/"


_IN_ANY_LANGUAGE = re.compile(rf"(/[A-Za-z]{{2,8}}(-[A-Za-z0-9]{{1,8}})*)?{nginx_pattern()}")
_IN_A_TEXT = re.compile(rf"{nginx_pattern()}[^\s\"'<>]+")
