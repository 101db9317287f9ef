"""Prefilter of danger phrases: patterns that a text may match, by the words that they need.

Of each pattern is known how some words of all its matches begin; a text without such words is
spared it.  Beginnings are looked up in a table: ten thousand patterns take no longer than ten.
"""

from collections.abc import Iterable, Sequence
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

LONGEST = 5
"""Characters of a beginning; the blank after a whole word is one."""
MOST = 400
"""Beginnings of one word of a pattern: what may be any word tells nothing."""
_BLANK = ord(" ")
_WITHOUT_WIDTH = (op.ASSERT, op.ASSERT_NOT, op.AT)

Item = tuple[Any, Any]
"""An operation of a parsed pattern with its argument."""
Beginnings = frozenset[str]


class Prefilter:
    """Patterns, and which of them a text may match."""

    def __init__(self, expressions: Iterable[str]) -> None:
        clauses: dict[Beginnings, int] = {}
        self._by_clause: dict[int, list[tuple[frozenset[int], int]]] = {}
        self._always: list[int] = []
        for number, expression in enumerate(expressions):
            for items in _alternatives(list(parser.parse(expression))):
                needed = sorted(_clauses(items), key=_commonness)
                ids = [clauses.setdefault(it, len(clauses)) for it in needed]
                if ids:
                    self._by_clause.setdefault(ids[0], []).append((frozenset(ids), number))
                else:
                    self._always.append(number)
        self._tables = _tables(clauses)

    def possible(self, folded: str) -> list[int]:
        """Return the numbers of the patterns that may match a folded text, in their order."""
        tokens = {f"{word} " for word in folded.split()}
        met: set[int] = set()
        for length, table in self._tables:
            for beginning in table.keys() & {word[:length] for word in tokens}:
                met.update(table[beginning])
        rarest = met & self._by_clause.keys()
        possible = {number for it in rarest for ids, number in self._by_clause[it] if ids <= met}
        return sorted(possible.union(self._always))


def _tables(clauses: dict[Beginnings, int]) -> Sequence[tuple[int, dict[str, tuple[int, ...]]]]:
    """Return the clauses of each beginning, by its length; those alike share one tuple."""
    ids: dict[str, tuple[int, ...]] = {}
    alike: dict[tuple[int, ...], tuple[int, ...]] = {}
    for beginnings, number in clauses.items():
        for it in beginnings:
            ids[it] = (*ids.get(it, ()), number)
    tables: dict[int, dict[str, tuple[int, ...]]] = {}
    for it, numbers in ids.items():
        tables.setdefault(len(it), {})[it] = alike.setdefault(numbers, numbers)
    return sorted(tables.items())


def _commonness(beginnings: Beginnings) -> tuple[float, list[str]]:
    return sum(4.0 ** -len(it) for it in beginnings), sorted(beginnings)


def _alternatives(items: Sequence[Item]) -> Sequence[Sequence[Item]]:
    """Return the patterns of which one is an alternation."""
    if len(items) == 1 and items[0][0] is op.BRANCH:
        return [it for branch in items[0][1][1] for it in _alternatives(list(branch))]
    return [items]


def _clauses(items: Sequence[Item]) -> set[Beginnings]:
    """Return, for each word that every match has, the ways in which it may begin."""
    clauses = set()
    is_at_word = True
    for place, (operation, argument) in enumerate(items):
        if operation in _WITHOUT_WIDTH:
            continue
        if is_at_word:
            open_, closed = _begun(items[place:], {""})
            beginnings = frozenset(closed | {f"{it} " for it in open_})
            if len(beginnings) <= MOST and all(it.strip() for it in beginnings):
                clauses.add(beginnings)
        is_at_word = _ends_a_word((operation, argument), was_at_word=is_at_word)
    return clauses


def _ends_a_word(item: Item, *, was_at_word: bool = False) -> bool:
    """Return whether a word begins after an item, whatever that matches."""
    operation, argument = item
    if operation is op.LITERAL:
        return bool(argument == _BLANK)
    if operation is op.BRANCH:
        return all(it and _ends_a_word(it[-1]) for it in argument[1])
    if operation is op.MAX_REPEAT:
        least, _most, repeated = argument
        is_word = _ends_a_word(repeated[-1])
        return is_word and (least > 0 or was_at_word)
    return False


def _begun(items: Sequence[Item], begun: set[str]) -> tuple[set[str], set[str]]:
    """Return beginnings of words that items continue, and those that they leave as they are.

    What is left ends with the word, at `LONGEST`, or where any character may follow.
    """
    left: set[str] = set()
    for operation, argument in items:
        if operation in _WITHOUT_WIDTH:
            continue
        if operation is op.LITERAL and argument == _BLANK:
            return set(), left | {f"{it} " for it in begun}
        begun, ended = _continued(operation, argument, begun)
        left |= ended | {it for it in begun if len(it) >= LONGEST}
        begun = {it for it in begun if len(it) < LONGEST}
    return begun, left


def _continued(operation: Any, argument: Any, begun: set[str]) -> tuple[set[str], set[str]]:
    if operation is op.LITERAL:
        return {it + chr(argument) for it in begun}, set()
    if operation is op.IN and all(kind in (op.LITERAL, op.RANGE) for kind, _value in argument):
        characters = [character for it in argument for character in _characters(*it)]
        return {it + character for it in begun for character in characters}, set()
    if operation is op.BRANCH:
        parts = [_begun(list(branch), begun) for branch in argument[1]]
        return set().union(*(it for it, _ in parts)), set().union(*(it for _, it in parts))
    if operation is op.MAX_REPEAT and argument[:2] == (0, 1):
        longer, ended = _begun(list(argument[2]), begun)
        return begun | longer, ended
    return set(), begun


def _characters(kind: Any, value: Any) -> Sequence[str]:
    numbers = [value] if kind is op.LITERAL else range(value[0], value[1] + 1)
    return [chr(number) for number in numbers]
