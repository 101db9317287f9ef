"""Words that a page uses and its language explains, in a file beside its catalogue."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from consultation.i18n import data_by_language, folded

TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)
TOKEN = re.compile(r"\w+")


@dataclass(frozen=True)
class Explanation:
    """A word, or a few that belong together, and what it means in a sentence."""

    name: str
    forms: Sequence[str]
    """As texts have it, folded."""
    meaning: str


@cache
def explanations(tag: str) -> Sequence[Explanation]:
    """What a language explains, in its order; nothing for most."""
    data = data_by_language("explanations.toml").get(tag, {})
    return [
        Explanation(name, [_tokens(form) for form in it["forms"]], it["meaning"])
        for name, it in data.items()
    ]


def explained(page: str, tag: str) -> Sequence[Explanation]:
    """What the markup of a page uses of that."""
    known = explanations(tag)
    if not known:
        return ()
    text = f" {_tokens(TAG.sub(' ', page))} "
    return [it for it in known if any(f" {form} " in text for form in it.forms)]


def _tokens(text: str) -> str:
    return " ".join(TOKEN.findall(folded(text)))
