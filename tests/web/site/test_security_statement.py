"""Security statement: the page follows the table, and the table is checked."""

import ast
import html
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from consultation.web.site import security_statement
from consultation.web.site.security_statement import Finding
from tests.pages import straight

ROOT = Path(__file__).parents[3]
# How many requirements each chapter of ASVS 5.0 has at levels 1 and 2.
COUNTS = (27, 11, 19, 10, 9, 35, 18, 7, 7, 29, 14, 9, 13, 9, 13, 16, 7)
STATEMENT = security_statement.read()
ROWS = STATEMENT.all.requirements
WANTED = {1: 1.0, 2: 0.95}


@cache
def names_in(path):
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_requirement_of_both_levels_stands_once():
    numbers = [each.number for each in ROWS]
    levels = Counter(each.level for each in ROWS)

    assert levels == {1: 70, 2: 183}
    assert [number for number, times in Counter(numbers).items() if times > 1] == []
    assert tuple(len(chapter.requirements) for chapter in STATEMENT.chapters) == COUNTS
    assert sum(COUNTS) == 253


def test_each_row_says_what_it_is_about_and_shows_it_or_says_what_is_needed():
    for each in ROWS:
        assert each.says["fr"], each.number
        assert each.says["en"], each.number
        assert bool(each.evidence) == (each.finding is Finding.MET), each.number
        assert bool(each.needed) == (each.finding is Finding.MISSED), each.number


def test_every_test_and_file_that_a_row_names_is_there():
    missing = [
        (each.number, evidence)
        for each in ROWS
        for evidence in each.evidence
        for path, _, name in [evidence.partition("::")]
        if not (ROOT / path).exists() or (name and name not in names_in(path))
    ]

    assert missing == []


def test_levels_are_held_as_far_as_was_promised(capsys):
    for level, wanted in WANTED.items():
        met, apply = STATEMENT.counted(level)
        with capsys.disabled():
            line = (
                f"\nASVS 5.0, L{level}: {met}/{apply}; up to L{level}: {STATEMENT.rate(level):.1%}"
            )
            print(line)  # noqa: T201 - the figure is read by people
        assert STATEMENT.rate(level) >= wanted


@pytest.mark.parametrize(("prefix", "locale"), [("", "fr"), ("/en", "en")])
def test_page_says_what_the_table_says_and_whom_to_write_to(client, app, prefix, locale):
    page = client.get(f"{prefix}/securite").text
    text = straight(html.unescape(page))
    for finding in Finding:
        assert f" {STATEMENT.all.count(finding)}" in text
    for each in STATEMENT.with_finding(Finding.MISSED):
        assert f"{each.number} · {each.says[locale]}" in text
        assert each.needed[locale] in text
    for each in STATEMENT.with_finding(Finding.MET):
        assert f"{each.number} · {each.says[locale]}" in text
    assert app.config["MAIL_SENDER"] in text


def test_table_of_the_page_counts_every_chapter(client):
    page = client.get("/securite").text
    counted = [
        [int(cell) if cell.isdigit() else 0 for cell in re.findall(r'"num">([^<]*)</td>', line)]
        for line in re.findall(r"<tr><th scope=\"row\">.*?</tr>", page)
    ]

    assert tuple(map(sum, counted)) == COUNTS


def fields_of(text):
    return dict(line.split(": ", 1) for line in text.splitlines())


def test_researchers_are_told_in_the_form_of_the_standard(client, app):
    answer = client.get("/.well-known/security.txt")
    fields = fields_of(answer.text)
    base = app.config["BASE_URL"]

    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text.endswith("\n")
    assert set(fields) == {"Contact", "Expires", "Preferred-Languages", "Canonical", "Policy"}
    assert fields["Contact"] == f"mailto:{app.config['MAIL_SENDER']}"
    assert fields["Preferred-Languages"] == "fr, en"
    assert fields["Canonical"] == f"{base}/.well-known/security.txt"
    assert client.get(fields["Policy"].removeprefix(base)).status_code == 200


@pytest.mark.parametrize(
    ("contact", "address"),
    [
        ("failles@exemple.fr", "mailto:failles@exemple.fr"),
        ("https://exemple.fr/signaler", "https://exemple.fr/signaler"),
    ],
)
def test_settings_say_where_to_report(app, contact, address):
    text = security_statement.security_txt({**app.config, "SECURITY_CONTACT": contact}, AT)

    assert fields_of(text)["Contact"] == address


AT = datetime(2026, 11, 25, 13, 0, tzinfo=UTC)


@pytest.mark.every_case
@pytest.mark.parametrize("days", [*range(0, 366, 7), 95, 96, 97, 430])
def test_file_is_never_stale_nor_good_for_more_than_a_year(app, days):
    at = AT + timedelta(days=days)

    text = security_statement.security_txt(app.config, at)
    until = datetime.strptime(fields_of(text)["Expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)

    assert timedelta(days=330) < until - at < timedelta(days=366)
    assert (until + timedelta(seconds=1)).day == 1
