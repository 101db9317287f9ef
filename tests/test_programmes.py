"""Programmes, modules of the tests that `python -m` runs: each is named, and each is tried."""

import re
from functools import cache

from tests.benchmarks.__main__ import NAMES
from tests.package_map import ROOT
from tests.programmes.short_forms import BENCHMARKS, JOURNEYS, OF_FILES, STARTED, TOOLS, UNDER_LOAD

DOCUMENTS = [ROOT / "Makefile", *ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
MODULES = sorted((ROOT / "tests").rglob("*.py"))
NAME = re.compile(r"(?<!\w)-m\s+(tests(?:\.\w+)+)")
START_OF = r'"{0}"|-m {0}\s|"{1}\.py"|\b{1}\.main\('
START = re.compile(r'^if __name__ == "__main__":', re.MULTILINE)


@cache
def text_of(path):
    return path.read_text("utf-8")


def name_of(path):
    """The name by which Python runs a module: that of its package, for `__main__`."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__main__")


def programmes():
    return {
        name_of(path) for path in MODULES if path.stem == "__main__" or START.search(text_of(path))
    }


def named():
    """The programmes that documents and modules name."""
    return {name for path in (*DOCUMENTS, *MODULES) for name in NAME.findall(text_of(path))}


def test_named_programme_is_there():
    assert named() - programmes() == set()


def test_programme_is_named_by_a_document_or_its_docstring():
    assert programmes() - named() == set()


def test_programme_has_a_short_form_or_is_started_by_a_test():
    kinds = (BENCHMARKS, OF_FILES, UNDER_LOAD, JOURNEYS, TOOLS, STARTED)

    assert programmes() == set().union(*kinds)


def test_what_starts_a_programme_for_a_test_names_it():
    missing = {
        name
        for name, place in STARTED.items()
        if not re.search(START_OF.format(name, name.rpartition(".")[2]), text_of(ROOT / place))
    }

    assert missing == set()


def test_make_bench_names_benchmarks_that_are_there():
    measured = BENCHMARKS.keys() | OF_FILES.keys() | UNDER_LOAD.keys()
    assert {f"tests.benchmarks.{name}" for name in NAMES} - measured == set()


def test_documents_run_no_module_by_its_path():
    by_path = re.compile(r"python3? tests/[\w/]+\.py")

    assert [path.name for path in DOCUMENTS if by_path.search(text_of(path))] == []
