"""Tiers: each test is in the one that follows from what it uses, and the short one is whole."""

import re
import subprocess
from pathlib import Path

import pytest

from consultation.accounts.models import Role
from tests import needing, tiers
from tests.package_map import ROOT

DIALECTS = re.compile(
    r"dialect\.name|dialects\.|postgresql_|sqlite_|skip_locked|with_for_update|on_conflict"
    r"|pg_\w+\(|PRAGMA|sqlite3\."
)
"""What a module says where it asks each database in that one's own way."""
MARKED = re.compile(r"^(?:pytestmark = .*|@)pytest\.mark\.database", re.MULTILINE)
IMPORTED = re.compile(r"^(?:from|import) (consultation[\w.]*)", re.MULTILINE)
JOURNEY = re.compile(r'pytest\.mark\.journey\("(\w+)"\)')


def starts_by_itself():
    subprocess.run(["true"])


def starts_by_import():
    import subprocess as _  # noqa: F401 - what is looked at is its code

    from playwright import sync_api  # noqa: F401


def starts_by_a_helper():
    starts_by_itself()


class Started:
    def start(self):
        return needing.program("git")


def starts_by_a_class():
    return Started()


def starts_by_a_module():
    return needing.program("strace")


def starts_in_a_function_of_its_own():
    return [lambda: starts_by_a_helper() for _ in range(2)]


def starts_nothing():
    return needing.fonts, Path("subprocess"), re.compile("playwright")


@pytest.mark.parametrize(
    "function",
    [
        starts_by_itself, starts_by_import, starts_by_a_helper, starts_by_a_class,
        starts_by_a_module, starts_in_a_function_of_its_own,
    ],
)  # fmt: skip
def test_what_starts_a_programme_is_seen_however_far_away(function):
    assert tiers._starts(function)


def test_what_only_names_a_programme_starts_none():
    assert not tiers._starts(starts_nothing)


@pytest.fixture
def page():
    """No browser, although a browser's page has the same name."""
    return "a page"


def test_fixture_that_another_replaces_is_not_used(request, page):
    names = {it.__name__ for it in tiers.fixtures_of(request.node)}

    assert "page" in names
    assert not names & {"browser", "context", "playwright"}
    assert not tiers.starts_something(request.node)


def test_tier_of_this_run_is_the_one_asked_for(request):
    asked, database = request.config.getoption("tier"), request.config.getoption("database")

    assert tiers.tier_of(request.node, database) == (asked or tiers.TEST)


def test_each_role_has_one_journey_in_the_short_tier():
    texts = [path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    journeys = sorted(role for text in texts for role in JOURNEY.findall(text))

    assert journeys == sorted(["respondent", *(role.value for role in Role)])


def test_package_that_asks_each_database_in_its_own_way_is_tried_on_both():
    asking = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in (ROOT / "consultation").rglob("*.py")
        if DIALECTS.search(path.read_text("utf-8"))
    }
    texts = [path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    marked = "".join(text for text in texts if MARKED.search(text))
    tried = {f"{name}." for name in IMPORTED.findall(marked)}

    assert [it for it in asking if not any(name.startswith(f"{it}.") for name in tried)] == []


def test_costly_tests_are_there():
    names = tiers.COSTLY.read_text("utf-8").split()
    gone = [name for name in names if not is_there(*name.split("::"))]

    assert names == sorted(set(names))
    assert gone == []


def is_there(path, *names):
    place, function = tiers.HERE / path, names[-1]
    return place.exists() and f"def {function}(" in place.read_text("utf-8")
