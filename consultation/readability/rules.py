"""Advice on a text in a language that says by what it is easy to read."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from consultation.i18n import data_by_language

SENTENCE = re.compile(r"(?<=[.!?:;])\s+|\n+")
WORD = re.compile(r"[\w'’()-]+")
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
FILLED_IN = re.compile(r"%\(\w+\)s|\{\w+\}")
"""What stands in a text for a name or a number."""
TYPED = str.maketrans({"’": "'", "\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " "})
QUOTED = 6
"""Number of words by which a sentence is known again."""
SENTENCES: Mapping[str, str] = {
    "long": "« {what}… » compte {count} mots, {most} au plus : coupez cette phrase.",
    "number": "« {what} » : écrivez ce nombre en chiffres.",
    "abbreviation": "« {what} » : dites en une phrase ce que c'est.",
    "joined": "« {what} » : une idée par phrase, coupez-la ici.",
}


@dataclass(frozen=True)
class Rules:
    """What a language says of its easy texts."""

    longest_sentence: int
    numbers: Sequence[str]
    joining: Sequence[str]
    known: Sequence[str]
    explained: Sequence[str]


@cache
def rules_of(tag: str) -> Rules | None:
    """The rules of a language, None for one that has none."""
    data = data_by_language("readability.toml").get(tag)
    if data is None:
        return None
    return Rules(**data | {it: data[it].split() for it in ("numbers", "known")})


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, and its lines."""
    return [it for it in SENTENCE.split(_plain(text)) if it.strip()]


def tokens_of(sentence: str) -> list[str]:
    """The words of a sentence, one with its apostrophe."""
    return WORD.findall(sentence)


def advice(text: str, rules: Rules) -> list[str]:
    """The sentences that say what would make a text easier to read, each once."""
    return list(dict.fromkeys(_advice(_plain(text), rules)))


def _plain(text: str) -> str:
    return FILLED_IN.sub("N", LINK.sub(r"\1", text)).translate(TYPED)


def _advice(text: str, rules: Rules) -> Iterator[str]:
    for sentence in filter(str.strip, SENTENCE.split(text)):
        tokens = tokens_of(sentence)
        if len(tokens) > rules.longest_sentence:
            start = " ".join(tokens[:QUOTED])
            yield _say("long", start, count=len(tokens), most=rules.longest_sentence)
        parts = [part for token in tokens for part in re.split(r"['()-]", token)]
        lower = [it.lower() for it in parts]
        yield from (_say("number", it) for it in lower if it in rules.numbers)
        line = f" {' '.join(lower)} "
        yield from (_say("joined", it) for it in rules.joining if f" {it} " in line)
        yield from (_say("abbreviation", it) for it in parts if _is_unknown(it, text, rules))


def _is_unknown(part: str, text: str, rules: Rules) -> bool:
    is_short = len(part) > 1 and part.isalpha() and part.isupper() and part not in rules.known
    return is_short and not any(it.format(part) in text for it in rules.explained)


def _say(what: str, quoted: str, **figures: int) -> str:
    return SENTENCES[what].format(what=quoted, **figures)
