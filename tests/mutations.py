"""Mutations: ten lines in each of five packages are broken, one at a time, and tests must notice.

`python -m tests.mutations [--base COMMIT] [--lines 10] [PACKAGE...]` picks lines with a fixed seed,
and runs for each mutant the test files of its package that enter the function broken.  With a base,
only lines that stand once in the package then and now are picked, and what lives now is tried on
the base as well: what the tests of then kill, the tests of now have to kill.
"""

import argparse
import ast
import os
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.sizes import sized

ROOT = Path(__file__).parent.parent
SEED = 10
PACKAGES = ("mail", "moderation", "questionnaires", "responses", "results")
LONGEST_RUN = 1200  # seconds
SWAPS = (
    (r" == ", " != "), (r" != ", " == "), (r" <= ", " > "), (r" >= ", " < "), (r" < ", " >= "),
    (r" > ", " <= "), (r" is not None", " is None"), (r" is None", " is not None"),
    (r" not in ", " in "), (r"(?<!for) in (?!.*:$)", " not in "), (r" and ", " or "),
    (r" or ", " and "), (r"\bnot ", ""), (r"\bTrue\b", "False"), (r"\bFalse\b", "True"),
    (r" \+ ", " - "), (r" - ", " + "), (r"\b([1-9]\d*)\b", r"\g<1>1"),
    (r"^(\s*)return (?!None)\S.*$", r"\1return None"),
)  # fmt: skip
"""What is swapped in a line: the first that applies."""


class Mutant(NamedTuple):
    """A line, as it is and as it is broken."""

    line: str
    broken: str


def mutants(root: Path, package: str) -> dict[str, str]:
    """Return the lines of a package that can be broken and stand in it once, each with its file."""
    places: dict[str, str] = {}
    count: Counter[str] = Counter()
    for path in sorted((root / "consultation" / package).rglob("*.py")):
        lines = path.read_text("utf-8").splitlines()
        count.update(lines)
        for number in _code_lines(path):
            line = lines[number - 1]
            if _broken(line) is not None:
                places[line] = str(path.relative_to(root))
    return {line: place for line, place in places.items() if count[line] == 1}


def _code_lines(path: Path) -> Iterator[int]:
    """Yield the lines on which a statement of a function begins, without docstrings."""
    for function in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.stmt) and node is not function and not _is_text(node):
                    yield node.lineno


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _broken(line: str) -> str | None:
    for pattern, replacement in SWAPS:
        broken, count = re.subn(pattern, replacement, line, count=1)
        if count and _compiles(broken):
            return broken
    return None


def _compiles(line: str) -> bool:
    """Whether a line is one that a parser takes, alone or as the head of a block."""
    text = line.strip()
    try:
        ast.parse(text if not text.endswith(":") else f"{text}\n    pass")
    except SyntaxError:
        return text.endswith(("(", "[", "{", ","))
    return True


def choose(roots: list[Path], package: str, count: int) -> list[Mutant]:
    """Return the same `count` mutants for all roots, by the seed."""
    shared = set.intersection(*(set(mutants(root, package)) for root in roots))
    lines = sorted(shared)
    random.Random(f"{SEED} {package}").shuffle(lines)
    return [Mutant(line, _broken(line) or "") for line in lines[:count]]


def entering(root: Path, package: str, tried: list[Mutant]) -> dict[str, list[str]]:
    """Return for each line the test files that enter its function, by one run of all of them.

    A function entered outside of any test, by an import or by what serves several files, has all.
    """
    places = mutants(root, package)
    log = root / "entered"
    log.touch()
    (root / "entering.py").write_text(_PROBE, "utf-8")
    originals = {place: (root / place).read_text("utf-8") for place in set(places.values())}
    try:
        for number, mutant in enumerate(tried):
            probe = f"__import__('entering').tell({number})"
            _insert(root / places[mutant.line], mutant.line, probe)
        if _run(root, [f"tests/{package}"]) != 0:
            raise RuntimeError(f"the tests of {package} fail before any line is broken")
    finally:
        for place, text in originals.items():
            (root / place).write_text(text, "utf-8")
    files: dict[str, set[str]] = {mutant.line: set() for mutant in tried}
    for entry in log.read_text("utf-8").splitlines():
        place, file = entry.split(" ", 1)
        files[tried[int(place)].line].add(file or f"tests/{package}")
    log.unlink()
    return {
        line: [f"tests/{package}"] if f"tests/{package}" in found else sorted(found)
        for line, found in files.items()
    }


_PROBE = """
import os
from pathlib import Path

told = set()


def tell(number):
    entry = f"{number} {os.environ.get('PYTEST_CURRENT_TEST', '').partition('::')[0]}\\n"
    if entry not in told:
        told.add(entry)
        with open(Path(__file__).parent / "entered", "a") as log:
            log.write(entry)
"""


def _insert(path: Path, line: str, statement: str) -> None:
    """Put a statement at the beginning of the innermost function that holds a line."""
    lines = path.read_text("utf-8").splitlines()
    number = lines.index(line) + 1
    around = [
        node
        for node in ast.walk(ast.parse("\n".join(lines)))
        if isinstance(node, ast.FunctionDef)
        and node.body[0].lineno <= number <= (node.end_lineno or 0)
    ]
    body = max(around, key=lambda node: node.lineno).body
    first = next(node for node in body if not _is_text(node))
    above = min(node.lineno for node in [first, *getattr(first, "decorator_list", [])])
    lines.insert(above - 1, " " * first.col_offset + statement)
    path.write_text("\n".join(lines) + "\n", "utf-8")


def dies(root: Path, package: str, mutant: Mutant, files: list[str]) -> bool:
    """Break a line in a checkout, run the tests that enter its function, and mend it again."""
    path = root / mutants(root, package)[mutant.line]
    text = path.read_text("utf-8")
    try:
        path.write_text(text.replace(f"{mutant.line}\n", f"{mutant.broken}\n", 1), "utf-8")
        return bool(files) and _run(root, ["-x", *files]) != 0
    finally:
        path.write_text(text, "utf-8")


def _run(root: Path, arguments: list[str]) -> int:
    """Run tests and return pytest's status; one that never ends counts as failed."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", sized("2", "0"), "--dist", "loadfile"]
    # As where changes land: the same examples each time, however slow the machine.
    environment = os.environ | {"PYTHONPATH": str(root), "CI": "true"}
    try:
        return subprocess.run(
            [*command, *arguments],
            cwd=root,
            env=environment,
            capture_output=True,
            timeout=LONGEST_RUN,
        ).returncode
    except subprocess.TimeoutExpired:
        return 1


def main() -> int:
    """Print what became of each mutant; return 1 if one is lost: it lives, and once died."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutations")
    parser.add_argument("--base", help="a commit, to compare with")
    parser.add_argument("--lines", type=int, default=10)
    parser.add_argument("packages", nargs="*", default=PACKAGES)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        roots = [_checkout("HEAD", Path(folder) / "now")]
        if given.base:
            roots.append(_checkout(given.base, Path(folder) / "base"))
        lost = sum(_try(roots, package, given.lines) for package in given.packages)
    return int(lost > 0)


def _try(roots: list[Path], package: str, count: int) -> int:
    """Try the mutants of a package now, and on the base those that live; count those lost."""
    tried = choose(roots, package, count)
    living = _living(roots[0], package, tried)
    always = _living(roots[1], package, living) if roots[1:] else living
    for mutant in tried:
        state = "LIVES" if mutant in always else "LOST" if mutant in living else "died"
        print(f"{package}: {state}: {mutant.line.strip()}", flush=True)
    return len(living) - len(always)


def _living(root: Path, package: str, tried: list[Mutant]) -> list[Mutant]:
    files = entering(root, package, tried) if tried else {}
    return [mutant for mutant in tried if not dies(root, package, mutant, files[mutant.line])]


def _checkout(commit: str, folder: Path) -> Path:
    folder.mkdir()
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True)
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
    return folder


if __name__ == "__main__":
    raise SystemExit(main())
