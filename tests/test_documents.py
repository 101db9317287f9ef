"""Documents: links, anchors, sizes, and what they say of the code."""

import ast
import re
import unicodedata
from functools import cache

import pytest

from tests import package_map
from tests.test_architecture import ORDER

ROOT = package_map.ROOT
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
STEP = re.compile(r"`([a-z_/]+): (\w+)`")
LONGEST_README = 150
LARGEST_PICTURE = 150_000


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def prose_of(path):
    """The text of a document without its blocks of code, which hold neither links nor headings."""
    return re.sub(r"(?ms)^\s*```.*?^\s*```$", "", path.read_text("utf-8"))


def anchor_of(heading):
    """The anchor that GitHub gives a heading."""
    kept = (c for c in heading.strip().lower() if c in " -_" or unicodedata.category(c)[0] in "LNM")
    return "".join(kept).replace(" ", "-")


@cache
def anchors_of(path):
    headings = re.findall(r"(?m)^#{1,6} (.+)$", prose_of(path))
    return [anchor_of(heading) for heading in headings]


def links_of(path):
    return LINK.findall(prose_of(path))


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_lead_to_a_file_and_to_a_heading_of_it(path):
    broken = []
    for link in links_of(path):
        if re.match(r"[a-z]+:", link):
            continue
        place, _, anchor = link.partition("#")
        target = (path.parent / place).resolve() if place else path
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_headings_of_a_document_have_different_anchors(path):
    if path.name != "CHANGELOG.md":  # each version has its own lists
        assert len(set(anchors_of(path))) == len(anchors_of(path))


def test_documents_are_all_linked_from_the_readme():
    linked = {(ROOT / link.partition("#")[0]).resolve() for link in links_of(ROOT / "README.md")}

    assert set(DOCUMENTS) - linked == {ROOT / "README.md"}


def test_readme_is_short_and_says_in_both_languages_where_to_read_on():
    french, english = ROOT / "README.md", ROOT / "README.en.md"

    for path in (french, english):
        assert len(path.read_text("utf-8").splitlines()) <= LONGEST_README
    assert set(links_of(french)) - {"README.en.md"} == set(links_of(english)) - {"README.md"}


def test_pictures_are_light_and_described():
    for path in (ROOT / "docs" / "images").iterdir():
        assert path.stat().st_size < LARGEST_PICTURE, path.name
    for path in DOCUMENTS:
        assert "![](" not in path.read_text("utf-8"), name_of(path)


def test_package_map_of_the_architecture_is_that_of_the_docstrings():
    paper = package_map.PAPER.read_text("utf-8")

    assert paper == package_map.with_map(paper), "write it anew: python -m tests.package_map"


def test_order_of_imports_in_the_architecture_is_the_one_that_is_tested():
    chapter = prose_of(package_map.PAPER).partition("## The order of imports")[2]
    listed = next(part for part in chapter.split("\n\n") if part.startswith("`clock`"))

    assert re.findall(r"`(\w+)`", listed) == ORDER


@cache
def functions_of(module):
    tree = ast.parse((ROOT / "consultation" / f"{module}.py").read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_steps_of_the_flows_in_the_architecture_are_functions():
    steps = STEP.findall(prose_of(package_map.PAPER))

    assert len(steps) > 40
    assert [step for step in steps if step[1] not in functions_of(step[0])] == []
