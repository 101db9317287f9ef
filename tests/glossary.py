"""Words that no name may hold, and what is said instead: `python -m tests.glossary [PATH]`.

A name is what code defines: a module, function, class, parameter, attribute or variable, a variable
or macro of a template, a CSS class.  Sentences (names of tests) and stored strings are none, and a
test may say what it `found` in a variable that ends with it.
"""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment

ROOT = Path(__file__).parent.parent
FOLDERS = ("consultation", "tests", "templates", "static")

INSTEAD = {
    "accepting": "context",
    "apart": "process, or in a subprocess",
    "asides": "excluded responses",
    "asked": "instrument, question",
    "attack": "proof of work",
    "breaking": "circuit breaker",
    "care": "warning",
    "cast": "render",
    "cleaning": "erase_copies",
    "composing": "editor",
    "departing": "withdrawal, erasure",
    "desk": "editor",
    "dial": "gauge",
    "doubt": "spam signal",
    "doubting": "spam signals",
    "emptied": "blanked",
    "emptying": "blank",
    "fate": "outcome (of a mail), summary (of an indicator)",
    "fates": "outcomes, summaries",
    "fault": "error",
    "faults": "errors",
    "forgetting": "erase",
    "found": "what was found: text, mail, row",
    "giving": "context",
    "guard": "proof of work",
    "guarded": "protected",
    "hearing": "coverage",
    "hold": "lock",
    "hole": "placeholder",
    "holes": "placeholders",
    "instant": "snapshot",
    "kicker": "eyebrow",
    "leaving": "withdrawal, erasure",
    "meanwhile": "stale",
    "mould": "cached page",
    "moulds": "cached pages",
    "nobody": "the actor's name",
    "one": "what it is: axis, row, message",
    "outdated": "stale",
    "overtaken": "stale",
    "owe": "enqueue",
    "owed": "queued, due",
    "owes": "enqueues",
    "owing": "enqueuing",
    "pour": "fill",
    "recall": "load",
    "recalling": "load",
    "returning": "bounces",
    "said": "value, label, sentence",
    "seeing": "detector",
    "shown": "displayed",
    "sign": "character; heartbeat (of a worker)",
    "signs": "characters",
    "somebody": "the actor's name",
    "standing": "state, status, current",
    "standings": "states",
    "stands": "status, current",
    "tell": "report, describe",
    "telling": "progress",
    "terms": "retention policy",
    "theirs": "stored",
    "ticket": "attempt",
    "told": "description, displayed",
    "tongues": "languages",
    "trail": "audit log",
    "twofold": "two-columns",
    "voices": "one vote per organisation",
    "vouch": "verify",
    "vouched": "verified",
    "vouching": "key verification",
    "whoever": "the actor's name",
    "words": "labels",
}
"""What each word is in the terms of the field."""

WHOLE = {"found", "one", "said", "told", "shown", "asked", "hold"}
"""Forbidden as a whole name only, since a longer name may need them."""

ALLOWED: dict[str, str] = {
    "sign": "to make a cryptographic signature",
    "GUARD": "a member of `Permission`, whose names are not renamed",
    "READ_TRAIL": "a member of `Permission`, whose names are not renamed",
    "ASKED": "stored value of a message's state",
    "HIDDEN_SIGNS": "enum name of a stored value",
    "danger_words_by": "stored column",
    "has_danger_words": "stored column",
    "needs_care": "stored column of a question, and its form field",
    "STANDING": "stored side of a tally, and code of a question",
    "standing": "stored column of a respondent",
    "Standing": "the enum of that column",
    "APART": "value of the form field `intent`",
    "doubt": "stored column of a submission",
    "break_long_words": "a parameter of textwrap",
}
"""Names that keep a word, each with the reason."""

FIELD_NAMES = {"tests/faults": {"fault", "faults"}}
"""Words that are terms of the field in a folder: these tests inject faults."""

_SIGN_IN = re.compile(r"[Ss]ign_?(?:[Ii]ns?|[Oo]ut)(?![a-z])|SIGN_(?:INS?|OUT)")
"""The term of the field for authenticating; it is no character."""

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SELECTOR = re.compile(r"\.([a-z][\w-]*)(?=[^{}]*\{)")


class Hit(NamedTuple):
    """A name that holds a forbidden word."""

    path: str
    line: int
    name: str
    word: str


def hits(path: Path) -> Iterator[Hit]:
    """Yield what is wrong in a file or below a folder."""
    files = [path] if path.is_file() else sorted(path.rglob("*"))
    for file in files:
        place = file.relative_to(ROOT).as_posix()
        of_the_field = {
            each for folder, names in FIELD_NAMES.items() if folder in place for each in names
        }
        for line, name in _names(file):
            word = _word_in(name)
            if word and word not in of_the_field and name not in ALLOWED:
                yield Hit(place, line, name, word)


def _word_in(name: str) -> str:
    bare = name.strip("_").lower()
    if bare in WHOLE:
        return bare
    parts = {part.lower() for part in _PART.findall(_SIGN_IN.sub("", name))}
    return min(parts & (set(INSTEAD) - WHOLE), default="")


@cache
def _names(file: Path) -> tuple[tuple[int, str], ...]:
    return tuple(_names_in(file))


def _names_in(file: Path) -> Iterator[tuple[int, str]]:
    if file.suffix == ".py":
        yield 0, file.stem
        yield from _names_of_code(file)
    elif file.suffix in (".html", ".txt") and "templates" in file.parts:
        yield 0, file.stem
        yield from _names_of_template(file.read_text())
    elif file.suffix == ".css":
        for number, line in enumerate(file.read_text().splitlines(), 1):
            yield from ((number, name) for name in _SELECTOR.findall(line))


def _names_of_code(file: Path) -> Iterator[tuple[int, str]]:
    is_test = "tests" in file.relative_to(ROOT).parts
    for node in ast.walk(ast.parse(file.read_text())):
        name = _name_of(node)
        is_local = isinstance(node, ast.Name) and name in WHOLE
        if name and not name.startswith("test_") and not (is_test and is_local):
            yield getattr(node, "lineno", 0), name


def _name_of(node: ast.AST) -> str | None:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
            return name
        case ast.Attribute(attr=name, ctx=ast.Store()):
            return name
        case ast.keyword(arg=name) | ast.alias(asname=name):
            return name
    return None


def _names_of_template(source: str) -> Iterator[tuple[int, str]]:
    for line, kind, value in Environment().lex(source):
        if kind == "name":
            yield line, value
        elif kind == "data":
            for classes in re.findall(r'class="([^"]*)', value):
                yield from ((line, name) for name in classes.split())


def main() -> None:
    """Print what is wrong below the paths of the command line, one name a line."""
    for path in sys.argv[1:] or FOLDERS:
        for hit in hits(ROOT / path):
            print(f"{hit.path}:{hit.line}: {hit.name}: not {hit.word!r}: {INSTEAD[hit.word]}")


if __name__ == "__main__":
    main()
