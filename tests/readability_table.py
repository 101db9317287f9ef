"""How easy the easy texts are, each beside its French twin: `python -m tests.readability_table`.

`docs/lisibilite.md` has the table; with `--each`, the texts are printed one by one.

The index is Flesch's for French: 207 - 1.015 words a sentence - 73.6 syllables a word, from
L. Kandel and A. Moles, « Application de l'indice de Flesch à la langue française », Cahiers
d'études de radio-télévision, no. 19, 1958.  A higher one is easier: 60 and more is plain, 70 easy.
Syllables are groups of vowels, without the mute ones at the end of a word.
"""

import json
import re
import sys
import tomllib
from pathlib import Path

from babel.messages.pofile import read_po

from consultation.i18n import FOLDER, SHIPPED
from consultation.readability.rules import rules_of, sentences_of, tokens_of

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "consultation"
EASY = next(tag for tag in SHIPPED if rules_of(tag))
VOWELS = re.compile(r"[aeiouyàâäéèêëîïôöùûüœæ]+")
MUTE = re.compile(r"(?<=.)(?:es|e|ent)$")
DATA = {
    "Le plan": PACKAGE / "plan" / "seed.json",
    "Les questions du formulaire": PACKAGE / "questionnaires" / "outline" / "default.json",
    "Ce que nous gardons": PACKAGE / "privacy" / "inventory.toml",
}
HEAD = """| Textes | Nombre | Mots par phrase : français | facile | Indice : français | facile |
| --- | --: | --: | --: | --: | --: |
"""


def twins():
    """By what they are of, the French and the easy texts that differ."""
    with (FOLDER / EASY / "LC_MESSAGES" / "messages.po").open("rb") as file:
        messages = [it for it in read_po(file, locale=SHIPPED[EASY].locale) if it.id]
    pairs = {}
    for it in messages:
        ids, strings = (it.id, it.string) if isinstance(it.id, tuple) else ((it.id,), (it.string,))
        pairs |= {french: easy for french, easy in zip(ids, strings, strict=True) if easy}
    for name, path in DATA.items():
        loaded = (json if path.suffix == ".json" else tomllib).loads(path.read_text("utf-8"))
        yield name, {it: pairs.pop(it) for it in texts_of(loaded) if it in pairs}
    yield "Les pages, le formulaire et les courriels", pairs
    notices = [(FOLDER / tag / "notice.md").read_text("utf-8") for tag in ("fr", EASY)]
    yield "La notice", dict([notices])


def texts_of(value):
    """Every text in data, once."""
    if isinstance(value, str):
        return {value: None}
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {text: None for part in parts for text in texts_of(part)}


def figures(text):
    """Words a sentence, and the index."""
    sentences = [tokens for it in sentences_of(text) if (tokens := tokens_of(it))]
    tokens = [it for sentence in sentences for it in sentence]
    if not tokens:
        return 0.0, 207.0
    length = len(tokens) / len(sentences)
    return length, 207 - 1.015 * length - 73.6 * sum(map(syllables, tokens)) / len(tokens)


def syllables(token):
    """About as many as are said; a number written as a figure is one."""
    return max(1, len(VOWELS.findall(MUTE.sub("", token.lower()))))


def table():
    return HEAD + "\n".join(_row(name, pairs) for name, pairs in twins())


def _row(name, pairs):
    (length, index), (easy_length, easy_index) = (
        figures("\n".join(pairs)),
        figures("\n".join(pairs.values())),
    )
    numbers = [length, easy_length, index, easy_index]
    shown = " | ".join(f"{it:.1f}".replace(".", ",") for it in numbers)
    return f"| {name} | {len(pairs)} | {shown} |"


def each():
    """A line for each text: words a sentence and index of its twin and of it."""
    for _name, pairs in twins():
        for french, easy in pairs.items():
            (length, index), (easy_length, easy_index) = figures(french), figures(easy)
            yield f"{length:5.1f} {easy_length:5.1f} {index:6.1f} {easy_index:6.1f}  {easy[:90]!r}"


if __name__ == "__main__":
    print("\n".join(each()) if "--each" in sys.argv else table())
