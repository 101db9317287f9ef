"""Accessibility statement: it claims what was verified, and no more."""

import ast
import html
import re
from datetime import date
from pathlib import Path

import pytest

from consultation.web.site import accessibility_statement
from consultation.web.site.accessibility_statement import (
    EVIDENCE,
    Criterion,
    Finding,
    Statement,
    Theme,
)
from tests.pages import straight

ROOT = Path(__file__).parents[3]
# How many criteria each theme of RGAA 4.1.2 has, and those that WCAG 2.2 adds at A and AA.
COUNTS = (9, 2, 3, 13, 8, 2, 5, 10, 4, 14, 13, 11, 12)
ADDED = ["2.4.11", "2.5.7", "2.5.8", "3.2.6", "3.3.7", "3.3.8"]
STATEMENT = accessibility_statement.read()
ROWS = (*STATEMENT.all.criteria, *STATEMENT.additions.criteria)


def names_in(path):
    """The names of the functions in a file of tests."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def make_criterion(number="1.1", defect=None, **evidence):
    return Criterion(number, {"fr": number, "en": number}, evidence, defect)


def test_every_criterion_has_its_row_in_the_order_of_the_themes():
    numbers = [f"{theme}.{row + 1}" for theme, n in enumerate(COUNTS, 1) for row in range(n)]

    assert sum(COUNTS) == 106
    assert [criterion.number for criterion in STATEMENT.all.criteria] == numbers
    assert tuple(len(theme.criteria) for theme in STATEMENT.themes) == COUNTS
    assert [criterion.number for criterion in STATEMENT.additions.criteria] == ADDED


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_row_has_one_kind_of_evidence_and_words_in_both_languages(row):
    assert len(row.evidence) == 1
    assert all(row.evidence.values())
    assert row.says["fr"]
    assert row.says["en"]
    if row.defect:
        assert "seen" in row.evidence
        assert row.defect["fr"]
        assert row.defect["en"]


@pytest.mark.parametrize("row", [r for r in ROWS if "test" in r.evidence], ids=lambda r: r.number)
def test_tests_named_by_a_row_exist(row):
    for node in row.evidence["test"]:
        path, _, name = node.partition("::")

        assert name in names_in(path), node


@pytest.mark.parametrize("row", [r for r in ROWS if "seen" in r.evidence], ids=lambda r: r.number)
def test_what_was_looked_at_says_the_day_and_at_what(row):
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d) : (.{20,})", row.evidence["seen"])

    assert match
    assert date.fromisoformat(match[1]) <= STATEMENT.revised


@pytest.mark.parametrize(
    ("criterion", "finding"),
    [
        (make_criterion(test=["a"]), Finding.MET),
        (make_criterion(seen="a"), Finding.MET),
        (make_criterion(seen="a", defect={"fr": "b"}), Finding.FAILED),
        (make_criterion(absent="a"), Finding.ABSENT),
        (make_criterion(unverified="a"), Finding.UNVERIFIED),
    ],
)
def test_finding_follows_from_the_evidence(criterion, finding):
    assert criterion.finding is finding
    assert set(criterion.evidence) < set(EVIDENCE)


def test_rate_leaves_out_what_does_not_apply_and_what_nobody_looked_at():
    met, failed = make_criterion(seen="a"), make_criterion(seen="a", defect={"fr": "b"})
    others = (make_criterion(absent="a"), make_criterion(unverified="a"))

    content = Statement(
        date(2026, 11, 25), (Theme({}, (met, met, met, failed, *others)),), Theme({}, ())
    )

    assert content.rate == 0.75


@pytest.mark.parametrize(("prefix", "locale", "percent"), [("", "fr", " %"), ("/en", "en", "%")])
def test_page_says_what_the_table_says_and_whom_to_write_to(client, app, prefix, locale, percent):
    page = client.get(f"{prefix}/accessibilite").text
    text = straight(html.unescape(page))
    for finding in Finding:
        assert f" {STATEMENT.all.count(finding)}" in text
    for row in STATEMENT.with_finding(Finding.FAILED):
        assert row.defect[locale] in text
    for row in STATEMENT.with_finding(Finding.UNVERIFIED):
        assert f"{row.number} · {row.says[locale]}" in text
    assert f" {int(STATEMENT.rate * 100)}{percent}" in text
    assert app.config["MAIL_SENDER"] in text


def test_table_of_the_page_counts_every_theme(client):
    page = client.get("/accessibilite").text
    counted = [
        [int(cell) if cell.isdigit() else 0 for cell in re.findall(r'"num">([^<]*)</td>', line)]
        for line in re.findall(r"<tr><th scope=\"row\">.*?</tr>", page)
    ]

    assert [sum(line) for line in counted] == [*COUNTS, len(ADDED)]
    assert sum(line[0] for line in counted[:-1]) == STATEMENT.all.count(Finding.MET)
