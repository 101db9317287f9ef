"""Stems: the words of a text, folded and without their endings.

Folding comes first, so that a query without accents has the stems of a text with them.
"""

import re
from functools import lru_cache
from threading import Lock

import snowballstemmer

from consultation.i18n import DEFAULT_LOCALE, LANGUAGES, LOCALES, folded

_WORD = re.compile(r"[^\W_]+")
_STEMMERS = {
    tag: snowballstemmer.stemmer(it.stemmer) for tag, it in LANGUAGES.items() if it.stemmer
}
SHORTEST_PLURAL = 4
_lock = Lock()  # a stemmer keeps the word that it works on

STOP_TOKENS = frozenset().union(*(it.unsearched for it in LANGUAGES.values()))
"""Folded words that say nothing of a subject in one of the languages."""


def tokens_of(text: str) -> list[str]:
    """Return the words of a text, folded, in their order."""
    return _WORD.findall(folded(text))


def spelling_of(text: str) -> dict[str, str]:
    """Return the words of a text as it writes them, without capitals, by their folded form."""
    written = {folded(word): word for word in _WORD.findall(text.lower())}
    return {word: written.get(word, word) for word in tokens_of(text)}


def significant(tokens: list[str]) -> list[str]:
    """Leave out function words, unless nothing else is there."""
    return [word for word in tokens if word not in STOP_TOKENS] or tokens


def stems_of(word: str) -> dict[str, str]:
    """The stem of a folded word in each language of the site, itself where nobody stems it."""
    return {locale: stem(word, locale) for locale in LOCALES}


@lru_cache(maxsize=20_000)
def stem(word: str, locale: str) -> str:
    """Return a folded word without the endings of the language.

    A French word loses what the stemmer goes astray on: it takes "foyer" for a verb, not "foyers",
    and tells "-ée" by its accent, which is folded.
    """
    if locale == DEFAULT_LOCALE and len(word) > SHORTEST_PLURAL:
        word = word.removesuffix("s")
        word = word[:-1] if word.endswith("ee") else word
    if locale not in _STEMMERS:
        return word
    with _lock:
        stemmed: str = _STEMMERS[locale].stemWord(word)
    return stemmed
