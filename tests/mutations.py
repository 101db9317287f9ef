"""Mutations: ten lines in each of five packages are broken, one at a time, and tests must notice.

`python -m tests.mutations [--base COMMIT] [--lines 10] [PACKAGE...]` picks lines with a fixed seed.
With a base, only lines that stand once in the package then and now, so that the same mutants are
tried on both: what the tests of then have killed, the tests of now have to kill.
"""

import argparse
import ast
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

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
                is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
                if isinstance(node, ast.stmt) and node is not function and not is_text:
                    yield node.lineno


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


def dies(root: Path, package: str, mutant: Mutant) -> bool:
    """Break a line in a checkout, run the tests of its package, and mend it again."""
    path = root / mutants(root, package)[mutant.line]
    text = path.read_text("utf-8")
    try:
        path.write_text(text.replace(f"{mutant.line}\n", f"{mutant.broken}\n", 1), "utf-8")
        return _fails(root, package)
    finally:
        path.write_text(text, "utf-8")


def _fails(root: Path, package: str) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "2", "--dist", "loadfile"]
    try:
        run = subprocess.run(
            [*command, f"tests/{package}"], cwd=root, capture_output=True, timeout=LONGEST_RUN
        )
    except subprocess.TimeoutExpired:
        return True
    return run.returncode == 1


def main() -> int:
    """Print each mutant with what became of it; return 1 if one lives that once died."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutations")
    parser.add_argument("--base", help="a commit, to compare with")
    parser.add_argument("--lines", type=int, default=10)
    parser.add_argument("packages", nargs="*", default=PACKAGES)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        roots = [_checkout("HEAD", Path(folder) / "now")]
        if given.base:
            roots.insert(0, _checkout(given.base, Path(folder) / "base"))
        is_lost = False
        for package in given.packages:
            for mutant in choose(roots, package, given.lines):
                deaths = [dies(root, package, mutant) for root in roots]
                is_lost |= deaths[0] and not deaths[-1]
                states = " then ".join("died" if death else "LIVES" for death in deaths)
                print(f"{package}: {states}: {mutant.line.strip()}", flush=True)
    return int(is_lost)


def _checkout(commit: str, folder: Path) -> Path:
    folder.mkdir()
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True)
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
    return folder


if __name__ == "__main__":
    raise SystemExit(main())
