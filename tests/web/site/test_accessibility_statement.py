"""Accessibility statement: it claims what was verified and by whom, and no more."""

import ast
import html
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from consultation.clock import in_paris, now
from consultation.files import resource
from consultation.web.site import accessibility_statement, audited_pages, judgements
from consultation.web.site.accessibility_statement import (
    EVIDENCE,
    AuditGrid,
    Criterion,
    Source,
    State,
    Statement,
    Theme,
)
from consultation.web.site.audited_pages import AuditedPage, parts_of
from consultation.web.site.judgements import Audit, Finding, Judgement, JudgementsInvalid
from tests.pages import straight

ROOT = Path(__file__).parents[3]
# How many criteria each theme of RGAA 4.1.2 has, and those that WCAG 2.2 adds at A and AA.
COUNTS = (9, 2, 3, 13, 8, 2, 5, 10, 4, 14, 13, 11, 12)
ADDED = ["2.4.11", "2.5.7", "2.5.8", "3.2.6", "3.3.7", "3.3.8"]
GRID = accessibility_statement.shipped()
ROWS = [criterion for theme in GRID.parts for criterion in theme.criteria]
MENDED = replace(
    GRID,
    machine={
        page: {number: each for number, each in row.items() if each is not Finding.FAILED}
        for page, row in GRID.machine.items()
    },
)
"""The grid as it is once the machine sees no defect."""
NUMBERS = frozenset(GRID.numbers)
PAGES = frozenset(GRID.fingerprints)
DAY = date(2026, 12, 1)
RATE = re.compile(r"\d\s?% (sont respectés|are met)")
FILE = """
[pages]
{pages}

[[avis]]
criteres = [{criteria}]
constat = "conforme"
signature = "Lou Martin"
jour = {day}
"""


def names_in(path):
    """The names of the functions in a file of tests."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def signed(finding=Finding.MET, criteria=NUMBERS, pages=PAGES, day=DAY, defect=""):
    return Judgement(frozenset(criteria), frozenset(pages), finding, "Lou Martin", day, defect)


def statement_of(*signed_judgements, grid=MENDED, today=DAY, fingerprints=None):
    return Statement(grid, Audit(signed_judgements, fingerprints or grid.fingerprints), today)


def make_grid(machine=None, heard=None, pages=("accueil", "liste")):
    """Two criteria on two pages."""
    criteria = tuple(Criterion(number, {}, {}, heard or {}) for number in ("10.11", "10.12"))
    audited = tuple(AuditedPage(name, {"fr": name}, ("base.html",)) for name in pages)
    return AuditGrid((Theme({}, criteria),), Theme({}, ()), audited, machine or {}, "4.12.1")


def written(folder, criteria=NUMBERS, fingerprints=None, day=DAY):
    """The folder of a site with a file of judgements on all pages."""
    prints = (fingerprints or GRID.fingerprints).items()
    content = FILE.format(
        pages="\n".join(f'{name} = "{digits}"' for name, digits in prints),
        criteria=", ".join(f'"{number}"' for number in criteria),
        day=day,
    )
    (folder / judgements.FILE).write_text(content, "utf-8")
    return folder / judgements.FILE


def text_of(client, address="/accessibilite"):
    return straight(html.unescape(client.get(address).text))


def test_every_criterion_has_its_row_in_the_order_of_the_themes():
    numbers = [f"{theme}.{row + 1}" for theme, n in enumerate(COUNTS, 1) for row in range(n)]

    assert sum(COUNTS) == 106
    assert [criterion.number for criterion in GRID.criteria] == numbers
    assert tuple(len(theme.criteria) for theme in GRID.themes) == COUNTS
    assert [criterion.number for criterion in GRID.additions.criteria] == ADDED


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_row_has_one_kind_of_evidence_and_words_in_both_languages(row):
    assert len(row.evidence) == 1
    assert set(row.evidence) < set(EVIDENCE)
    assert all(row.evidence.values())
    assert row.says["fr"]
    assert row.says["en"]


@pytest.mark.parametrize(
    "row", [r for r in ROWS if "test" in r.evidence or r.heard], ids=lambda r: r.number
)
def test_tests_named_by_a_row_exist(row):
    assert set(row.heard) <= PAGES
    for node in [
        *row.evidence.get("test", ()),
        *(n for nodes in row.heard.values() for n in nodes),
    ]:
        path, _, name = node.partition("::")

        assert name in names_in(path), node


@pytest.mark.parametrize("row", [r for r in ROWS if "seen" in r.evidence], ids=lambda r: r.number)
def test_what_was_looked_at_says_the_day_and_at_what(row):
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d) : (.{20,})", row.evidence["seen"])

    assert match
    assert date.fromisoformat(match[1])


def test_pages_of_which_all_that_scripts_do_was_heard_have_the_quick_exit_only():
    by_number = {row.number: row.heard for row in ROWS}
    scripts = {
        name
        for page in GRID.pages
        if page.name in by_number["7.1"].keys() | by_number["7.4"].keys()
        for name in parts_of(page.templates)
        if name.endswith(".js")
    }

    assert scripts == {"exit.js"}


def test_ten_pages_are_measured_and_nothing_is_signed():
    statement = statement_of(grid=GRID)

    assert len(PAGES) == 10
    assert GRID.machine.keys() == PAGES
    assert all(NUMBERS.issuperset(found) for found in GRID.machine.values())
    assert statement.sources[Source.PERSON] == 0
    assert statement.sources.total() == 1060
    assert statement.state is State.UNASSESSED


@pytest.mark.parametrize(
    ("machine", "heard", "judgement", "finding", "source"),
    [
        ({}, {}, None, Finding.UNVERIFIED, None),
        ({"10.11": Finding.MET}, {}, None, Finding.MET, Source.MACHINE),
        ({"10.11": Finding.MET}, {"accueil": ["t"]}, None, Finding.MET, Source.READER),
        ({"10.11": Finding.MET}, {}, Finding.ABSENT, Finding.ABSENT, Source.PERSON),
        ({"10.11": Finding.MET}, {}, Finding.FAILED, Finding.FAILED, Source.PERSON),
        ({"10.11": Finding.FAILED}, {}, Finding.MET, Finding.FAILED, Source.MACHINE),
    ],
)
def test_defect_outweighs_all_and_a_person_the_machine(machine, heard, judgement, finding, source):
    grid = make_grid({"accueil": machine}, heard)
    made = [signed(judgement, ["10.11"], ["accueil"])] if judgement else []

    cell = statement_of(*made, grid=grid).cells["10.11"]["accueil"]

    assert (cell.finding, cell.source) == (finding, source)


@pytest.mark.parametrize(
    ("on_one_page", "on_the_other", "finding"),
    [
        (Finding.MET, Finding.MET, Finding.MET),
        (Finding.MET, Finding.ABSENT, Finding.MET),
        (Finding.ABSENT, Finding.ABSENT, Finding.ABSENT),
        (Finding.MET, Finding.UNVERIFIED, Finding.UNVERIFIED),
        (Finding.ABSENT, Finding.UNVERIFIED, Finding.UNVERIFIED),
        (Finding.UNVERIFIED, Finding.FAILED, Finding.FAILED),
    ],
)
def test_criterion_is_as_good_as_its_worst_page(on_one_page, on_the_other, finding):
    grid = make_grid({"accueil": {"10.11": on_one_page}, "liste": {"10.11": on_the_other}})

    assert statement_of(grid=grid).finding(grid.criteria[0]) is finding


def test_rate_leaves_out_what_does_not_apply():
    failed = {"10.11": Finding.FAILED}
    grid = make_grid({"accueil": failed})

    statement = statement_of(signed(criteria=["10.12"], pages=["accueil", "liste"]), grid=grid)
    without = statement_of(signed(Finding.ABSENT, ["10.12"], ["accueil", "liste"]), grid=grid)

    assert (statement.rate, statement.state) == (0.5, State.PARTIAL)
    assert (without.rate, without.state) == (0, State.NONE)


def test_no_state_and_no_rate_while_a_criterion_is_unverified_or_unsigned():
    everything = dict.fromkeys(("10.11", "10.12"), Finding.MET)
    grid = make_grid({"accueil": everything, "liste": everything})
    partly = statement_of(signed(criteria=NUMBERS - {"1.3"}))

    assert statement_of(grid=grid).state is State.UNASSESSED
    assert not statement_of(grid=grid).has_rate
    assert partly.state is State.UNASSESSED
    assert statement_of(signed()).state is State.TOTAL


@pytest.mark.parametrize("number", ["10.4", "10.11", "10.12"])
def test_narrow_window_or_large_text_that_fails_keeps_it_below_total(number):
    machine = MENDED.machine | {"recu": MENDED.machine["recu"] | {number: Finding.FAILED}}

    statement = statement_of(signed(), grid=replace(MENDED, machine=machine))

    assert statement.state is State.PARTIAL
    assert statement.rate < 1
    assert [criterion.number for criterion in statement.with_finding(Finding.FAILED)] == [number]


@pytest.mark.parametrize(
    ("today", "state"),
    [(date(2029, 11, 30), State.TOTAL), (date(2029, 12, 1), State.STALE)],
)
def test_audit_is_stale_after_three_years(today, state):
    statement = statement_of(signed(), signed(day=DAY + timedelta(days=90)), today=today)

    assert statement.state is state
    assert statement.has_rate is (state is State.TOTAL)
    assert statement.sources[Source.PERSON] == (1060 if state is State.TOTAL else 0)


def test_audit_of_a_leap_day_ends_on_a_day_that_there_is():
    assert Audit((signed(day=date(2028, 2, 29)),)).ends == date(2031, 2, 28)


def test_audit_is_stale_once_a_judged_page_has_changed():
    fingerprints = GRID.fingerprints | {"formulaire": "00000000"}
    statement = statement_of(signed(), fingerprints=fingerprints)
    of_another = statement_of(signed(pages=["accueil"]), fingerprints=fingerprints)

    assert statement.state is State.STALE
    assert [page.name for page in statement.changed] == ["formulaire"]
    assert of_another.state is State.UNASSESSED


@pytest.mark.parametrize(
    ("folder", "name", "text", "is_changed"),
    [
        ("templates", "base.html", "<p>Autre chose", True),
        ("templates", "_footer.html", "<p>Autre chose", True),
        ("static", "consultation.css", "p { color: red }", True),
        ("templates", "base.html", "\n\n  {# Une note. #}\n", False),
        ("static", "consultation.css", "\n/* Une note. */\n", False),
        ("static", "staff.css", "p { color: red }", False),
        ("static", "exit.js", "alert(1)", True),
        ("static", "exit.js", "\n/* Une note. */\n", False),
        ("static", "moderation.js", "alert(1)", False),
    ],
)
def test_print_follows_templates_styles_and_scripts_but_not_comments(
    tmp_path, monkeypatch, folder, name, text, is_changed
):
    for each in ("templates", "static"):
        (tmp_path / each).symlink_to(resource(each))
    (tmp_path / folder).unlink()
    for source in resource(folder).rglob("*.*"):
        target = tmp_path / folder / source.relative_to(resource(folder))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(source)
    changed = tmp_path / folder / name
    changed.unlink()
    changed.write_text((resource(folder) / name).read_text("utf-8") + text, "utf-8")
    before = GRID.pages[0].fingerprint
    monkeypatch.setattr(audited_pages, "resource", lambda each: tmp_path / each)

    audited_pages._fingerprint.cache_clear()
    after = GRID.pages[0].fingerprint
    audited_pages._fingerprint.cache_clear()

    assert (before != after) is is_changed


def test_file_of_a_site_is_read(tmp_path):
    audit = judgements.read(written(tmp_path), NUMBERS, PAGES, DAY)

    assert audit == Audit((signed(),), GRID.fingerprints)
    assert judgements.read(tmp_path / "rien.toml", NUMBERS, PAGES, DAY) == Audit()


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ('["1.1"]', '["1.99"]', "avis 1 : critère inconnu : 1.99"),
        ("accueil =", "acceuil =", "avis 1 : page inconnue : acceuil"),
        ('"Lou Martin"', '" "', "avis 1 : il faut un nom et un jour"),
        ("jour = 2026-12-01", 'jour = "hier"', "avis 1 : il faut un nom et un jour"),
        ("2026-12-01", "2062-12-01", "avis 1 : le jour est à venir"),
        ('"conforme"', '"non conforme"', "avis 1 : dites le défaut"),
        ('"conforme"', '"bien"', "avis 1 : revoyez 'bien'"),
        ("[[avis]]", "[[avis", "ne se lit pas"),
    ],
)
def test_file_that_does_not_read_is_refused_with_its_place(tmp_path, before, after, sentence):
    path = written(tmp_path, ["1.1"])
    content = path.read_text("utf-8")
    assert before in content
    path.write_text(content.replace(before, after), "utf-8")

    with pytest.raises(JudgementsInvalid, match=re.escape(sentence)):
        judgements.read(path, NUMBERS, PAGES, DAY)


@pytest.mark.parametrize(("prefix", "locale"), [("", "fr"), ("/en", "en")])
def test_page_says_what_the_grid_says_and_whom_to_write_to(client, app, prefix, locale):
    statement, text = statement_of(grid=GRID), text_of(client, f"{prefix}/accessibilite")

    for finding in Finding:
        assert f" {statement.count()[finding]}" in text
    for row in statement.with_finding(Finding.UNVERIFIED):
        assert f"{row.number} · {row.says[locale]}" in text
    for page in GRID.pages:
        assert page.title[locale] in text
        assert page.fingerprint in text
    assert {"fr": "Conformité non évaluée", "en": "not been assessed"}[locale] in text
    assert not RATE.search(text)
    assert app.config["MAIL_SENDER"] in text
    assert "defenseurdesdroits.fr" in text


def test_tables_of_the_page_count_every_theme_and_every_page(client):
    page = client.get("/accessibilite").text
    counted = [
        [int(cell) if cell.isdigit() else 0 for cell in re.findall(r'"num">([^<]*)</td>', line)]
        for line in re.findall(r"<tr><th scope=\"row\">.*?</tr>", page, re.DOTALL)
    ]

    assert [sum(line) for line in counted] == [*COUNTS, len(ADDED), *[106] * 10]
    assert sum(line[0] for line in counted[:13]) == statement_of(grid=GRID).count()[Finding.MET]


def test_page_says_state_and_age_once_all_is_signed(client, app, monkeypatch):
    monkeypatch.setattr(accessibility_statement, "shipped", lambda: MENDED)
    written(app.config["HOME"], day=in_paris(now()).date() - timedelta(days=40))
    text = text_of(client)
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text))

    assert "Conformité totale. Parmi les critères qui s'appliquent, 100 % sont respectés." in plain
    assert RATE.search(plain)
    assert "Le plus ancien avis signé a 40 jours. Il vaut jusqu'au" in plain


def test_page_says_that_the_audit_is_stale_and_which_page_changed(client, app):
    changed = GRID.fingerprints | {"formulaire": "00000000"}
    written(app.config["HOME"], fingerprints=changed, day=in_paris(now()).date())
    text = text_of(client)

    assert "Audit périmé." in text
    assert "Formulaire d'une mesure." in text
    assert not RATE.search(text)


def test_page_counts_nothing_of_a_file_that_does_not_read(client, app, caplog):
    written(app.config["HOME"], ["1.99"])
    text = text_of(client)

    assert "Le fichier des avis signés ne se lit pas" in text
    assert "1.99" not in text
    assert "critère inconnu : 1.99" in caplog.text
