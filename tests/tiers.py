"""Tiers of the tests: which of them `make test` runs, and which are left to `make test-deep`.

The tier follows from what a test uses.  One that starts a browser, a server, a screen reader or any
other programme is deep, and so is one of a folder that is about nothing else; so is, on PostgreSQL,
one that is not marked `database`.  A browser is also used in `make test`, by what is marked
`journey` or `layout`: one journey of each role, one page of each layout.  What a response costs is
counted there too, by a process of its own (`cost`).
"""

import inspect
import re
import types
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TEST, DEEP = "test", "deep"
PROPERTY = "tier"
DEEP_FOLDERS = frozenset({"browser", "faults", "hearing", "hostile", "programmes", "surfaces"})
"""Journeys, servers that are ended, what is heard, crawls and attacks, programmes, comparisons."""
STARTERS = frozenset({"subprocess", "playwright"})
"""Modules by which tests start something: a test that reaches a function of theirs is deep."""
FINDER = ("tests.needing", "program")
"""What tells a test where a programme is."""
IN_TEST = ("journey", "layout", "cost")
DATABASE = ("database", "only")
OF_DATABASE = re.compile(rf"\bmark\.({'|'.join(DATABASE)})\b")
COSTLY = HERE / "costly.txt"
"""What `make test-fast` leaves out for what it takes; a run with `--keep-costs` writes it."""
MOST = 0.25
"""Seconds of processor that a case may take and still be in `make test-fast`."""


def tier_of(item: pytest.Item, database: str) -> str:
    """Say in which tier a test is, on a database."""
    if any(map(item.get_closest_marker, IN_TEST)) and database == "sqlite":
        return TEST
    if item.get_closest_marker("long") or starts_something(item):
        return DEEP
    is_of_database = any(map(item.get_closest_marker, DATABASE))
    return TEST if database == "sqlite" or is_of_database else DEEP


def may_be_of_database(path: Path) -> bool:
    """Say whether a folder or file of tests may have one that `make test` tries on PostgreSQL."""
    if path.suffix != ".py" or not path.name.startswith("test_"):
        return True
    return OF_DATABASE.search(path.read_text("utf-8")) is not None


def starts_something(item: pytest.Item) -> bool:
    """Say whether a test starts a programme, by itself, by a helper or by a fixture."""
    if folder_of(item.path) in DEEP_FOLDERS:
        return True
    return any(map(_starts, (item.function, *fixtures_of(item))))


def fixtures_of(item: pytest.Item) -> set:
    """The functions of the fixtures that a test uses, without those that others replace."""
    by_name = item._fixtureinfo.name2fixturedefs
    given = getattr(item, "callspec", None)
    waiting = [(name, -1) for name in item._fixtureinfo.initialnames]
    seen, functions = set(), set()
    while waiting:
        name, place = waiting.pop()
        known = by_name.get(name, ())
        if (name, place) in seen or len(known) < -place or (given and name in given.params):
            continue
        seen.add((name, place))
        functions.add(known[place].func)
        # A fixture that asks for its own name gets the one that it replaces.
        waiting += [(it, place - 1 if it == name else -1) for it in known[place].argnames]
    return functions


def folder_of(path: Path) -> str:
    """The folder under `tests` that a file lies in, or nothing."""
    return path.relative_to(HERE).parts[0] if path.is_relative_to(HERE) else ""


@cache
def _starts(function) -> bool:
    """Say whether a function of the tests, or what it names, belongs to a module that starts."""
    seen, waiting = set(), [function]
    while waiting:
        for it in _named_by(inspect.unwrap(waiting.pop())):
            if _is_starter(it):
                return True
            if it not in seen and _is_of_tests(it):
                seen.add(it)
                waiting.append(it)
    return False


def _named_by(function) -> tuple:
    """The modules, functions and classes that a function names, also by attributes of modules."""
    if isinstance(function, type):
        methods = map(inspect.unwrap, vars(function).values())
        return tuple(it for it in methods if isinstance(it, types.FunctionType))
    if not isinstance(function, types.FunctionType):
        return ()
    names = _names_in(function.__code__)
    known = {name: function.__globals__[name] for name in names if name in function.__globals__}
    modules = [it for it in known.values() if isinstance(it, types.ModuleType)]
    # A module may also be imported in the function itself.
    modules += [types.ModuleType(name) for name in names - known.keys() if name in STARTERS]
    inner = [vars(module)[name] for module in modules for name in names & vars(module).keys()]
    kinds = (types.ModuleType, types.FunctionType, type)
    return tuple(it for it in (*known.values(), *modules, *inner) if isinstance(it, kinds))


def _names_in(code: types.CodeType) -> set[str]:
    inner = (it for it in code.co_consts if isinstance(it, types.CodeType))
    return set(code.co_names).union(*map(_names_in, inner))


def _is_starter(thing) -> bool:
    is_module = isinstance(thing, types.ModuleType)
    name = thing.__name__ if is_module else getattr(thing, "__module__", "") or ""
    is_finder = (name, getattr(thing, "__qualname__", "")) == FINDER
    return is_finder or name.partition(".")[0] in STARTERS


def _is_of_tests(thing) -> bool:
    if isinstance(thing, types.ModuleType):
        return False
    return (getattr(thing, "__module__", "") or "").startswith("tests.")


def name_of(nodeid: str) -> str:
    """The name of a test from the folder of the tests, without its case."""
    return nodeid.partition("[")[0].removeprefix(f"{HERE.name}/")


def costly(items) -> list:
    """Return the tests that `make test-fast` leaves out for what they take, of these."""
    names = set(COSTLY.read_text("utf-8").split())
    return [item for item in items if name_of(item.nodeid) in names]


def keep_costly(seconds: Mapping[str, Sequence[float]]) -> None:
    """Write which tests cost too much, given the processor seconds of each case of each test."""
    names = set(COSTLY.read_text("utf-8").split()) - seconds.keys()
    names |= {name for name, cases in seconds.items() if max(cases) > MOST}
    COSTLY.write_text("".join(f"{name}\n" for name in sorted(names)), "utf-8")
