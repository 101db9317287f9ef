"""Which of our languages a text is in, guessed from its commonest words."""

import re

from consultation.i18n import DEFAULT_LOCALE

LONGEST_LOOKED_AT = 5_000

_WORD = re.compile(r"[a-zà-ÿœ]+")
_FRENCH = """
    le la les un une des du de et est sont dans pour sur avec que qui nous vous je il elle mon ma
    mes ce cette ces au aux ne pas plus par mesure bonjour merci ou où à
"""
_ENGLISH = """
    the a an of and is are in for on with that this we you i he she my it to not by be have has was
    were would measure hello thanks thank or from your our please
"""
_WORDS_BY_LOCALE = {"fr": frozenset(_FRENCH.split()), "en": frozenset(_ENGLISH.split())}


def guessed_locale(text: str) -> str:
    """Return the language of `text`; French when it can't be told."""
    words = _WORD.findall(text[:LONGEST_LOOKED_AT].casefold())
    counts = {
        locale: sum(word in common for word in words) for locale, common in _WORDS_BY_LOCALE.items()
    }
    return "en" if counts["en"] > counts[DEFAULT_LOCALE] else DEFAULT_LOCALE
