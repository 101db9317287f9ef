"""Every regular expression of the site, on the texts that would take it longest."""

import ast
import importlib
import math
import re
import time
from functools import cache
from pathlib import Path
from re import _constants as kinds
from re import _parser as parser

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "consultation"
LONG, GATE = (100_000, 0.1), (4_000, 0.03)
"""How many signs the texts have, and the seconds of processor time that each may take."""
BOUNDED = {"consultation.typesetting.tagged_pdf": 5_000}
"""Where what is read is never longer: a text of the form, in what the typesetter says of it."""
ANYWHERE = (
    "a", " ", "1", "é", "\n", "(", "<", "@", "-", ".", "=", "/", '"', "'", "A a", "a.", "a@", "1 ",
    "Aa ", "a-", "<a ", "a=", "\t\n", "_", "A", "0.", "::", "&#", "a\n",
)  # fmt: skip


@cache
def patterns():
    """Each expression by what it says: those compiled when a module is read, and those written."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        written = path.read_text("utf-8")
        held = _compiled(vars(importlib.import_module(name)))
        named = ((_method_of(variable, written), pattern) for variable, pattern in held)
        for method, pattern in (*named, *_written(written)):
            found.setdefault((method, pattern), name)
    return [(name, method, pattern) for (method, pattern), name in found.items()]


def _compiled(thing, variable="", depth=3):
    """The expressions that a module, a table or an object holds, and under which name."""
    if isinstance(thing, re.Pattern):
        yield variable, thing
    elif depth and isinstance(thing, dict):
        for name, value in thing.items():
            yield from _compiled(value, name, depth - 1)
    elif depth and isinstance(thing, list | tuple | set | frozenset):
        for value in thing:
            yield from _compiled(value, "", depth - 1)
    elif depth and type(thing).__module__.startswith("consultation") and hasattr(thing, "__dict__"):
        yield from _compiled(vars(thing), "", depth - 1)


def _method_of(variable, written):
    """How an expression is used: from the beginning only, or wherever it may be found."""
    used = set(re.findall(rf"\b{variable}\.([a-z]+)\b", written)) if variable else set()
    anchored = used & {"match", "fullmatch"}
    return anchored.pop() if anchored and anchored == used else "search"


def _written(written):
    """The expressions that are handed to the functions of `re` as they are written."""
    for node in ast.walk(ast.parse(written)) if "re." in written else ():
        match node:
            case ast.Call(ast.Attribute(ast.Name("re"), method), [ast.Constant(said), *_]):
                if method != "compile":
                    is_anchored = method in ("match", "fullmatch")
                    yield (method if is_anchored else "search"), re.compile(said)


def texts_for(pattern, length):
    """What repeats each part that may repeat, after what has to come before, and ends otherwise."""
    made = {character * (length // len(character)) + "!" for character in ANYWHERE}
    for before, body in _repeats(parser.parse(pattern.pattern, pattern.flags), ""):
        if body:
            pumped = body * (length // len(body))
            made |= {before + pumped + "\x01", (before + body) * (length // len(before + body))}
    return made


def _repeats(tree, before):
    for kind, value in tree:
        for inner in _inside(kind, value):
            yield from _repeats(inner, before)
        if kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT) and value[1] > 1:
            yield before, _sample(value[2])
        before += _sample([(kind, value)])


def _inside(kind, value):
    if kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT):
        return [value[2]]
    if kind is kinds.SUBPATTERN:
        return [value[3]]
    if kind is kinds.BRANCH:
        return value[1]
    return [value[1]] if kind in (kinds.ASSERT, kinds.ASSERT_NOT) else []


OF_CATEGORY = {
    kinds.CATEGORY_DIGIT: "1", kinds.CATEGORY_SPACE: " ", kinds.CATEGORY_WORD: "a",
    kinds.CATEGORY_NOT_DIGIT: "a", kinds.CATEGORY_NOT_SPACE: "a", kinds.CATEGORY_NOT_WORD: " ",
}  # fmt: skip


def _sample(tree):
    """A short text that a part of an expression would take."""
    made = ""
    for kind, value in tree:
        if kind is kinds.LITERAL:
            made += chr(value)
        elif kind in (kinds.NOT_LITERAL, kinds.ANY):
            made += "a" if value != ord("a") else "b"
        elif kind is kinds.IN:
            made += _one_of(value)
        elif kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT):
            made += _sample(value[2]) * max(1, value[0])
        elif kind is kinds.SUBPATTERN:
            made += _sample(value[3])
        elif kind is kinds.BRANCH:
            made += _sample(value[1][0])
    return made


def _one_of(choices):
    kind, value = choices[0]
    if kind is kinds.NEGATE:
        taken = {number for kind, number in choices[1:] if kind is kinds.LITERAL}
        return next(character for character in "a1 -.x" if ord(character) not in taken)
    if kind is kinds.CATEGORY:
        return OF_CATEGORY[value]
    return chr(value[0] if kind is kinds.RANGE else value)


def seconds_of(pattern, method, text, patience):
    """Seconds of processor, the fewest of three times where one is not enough to tell."""
    took = math.inf
    for _ in range(3):
        start = time.process_time()
        getattr(pattern, method)(text if type(pattern.pattern) is str else text.encode())
        took = min(took, time.process_time() - start)
        if took <= patience:
            break
    return took


@pytest.mark.timeout(600)
def test_no_expression_takes_long_on_any_text(is_long, recorded):
    (length, patience), slow, slowest = LONG if is_long else GATE, [], 0
    for name, method, pattern in patterns():
        for text in texts_for(pattern, min(length, BOUNDED.get(name, length))):
            took = seconds_of(pattern, method, text, patience)
            slowest = max(slowest, took)
            if took > patience:
                slow.append((name, pattern.pattern, text[:40], round(took, 2)))
                break

    recorded(
        f"S10 slowest of {len(patterns())} expressions",
        f"{slowest * 1000:.0f} ms on {length} signs",
    )
    assert len(patterns()) > 150
    assert slow == []
