"""Questions that addresses carry: searches, filters, orders, pages and ids that are statements."""

import re
from functools import cache
from pathlib import Path

import pytest
import sqlalchemy as sa

from consultation.responses.models import Respondent, Response, Submission
from tests.hostile.places import ARGUMENT, QUICK_EXIT, places_of
from tests.hostile.shaped import SERVER_SET
from tests.hostile.stored import changed, everything
from tests.responses.conftest import consultation_round as consultation_round
from tests.responses.conftest import form as form
from tests.responses.conftest import measure as measure

pytestmark = pytest.mark.timeout(1200)
PACKAGE = Path(__file__).parent.parent.parent / "consultation"
NAMED = re.compile(r'(?:args(?:\.get|\.getlist)?[(\[]|ListFilter(?:\[[^\]]+\])?\(\s*)"(\w+)"')
BY_CONSTANT = re.compile(r"args(?:\.get)?[(\[]([A-Z]+)\b")
NOTHING = "zzinconnu"
STATEMENTS = (
    "' OR 'zz'='zz", "x' UNION SELECT email FROM account --", "%", "_%_", "%' ESCAPE '!", "\\",
    "a) OR ('zz'='zz'", '" OR ""="', "NEAR(a b)", "*", "^q:*", "[1,2]",
    "1;DROP TABLE response", "${7*7}",
)  # fmt: skip
"""Statements of words that no text holds: searches find words, whatever signs are around them."""
NUMBERS = ("-1", "0", "9" * 30, "1e9", "NaN", "0x10", "１２", "1.5", "-" * 90, "2147483648")


@cache
def asked_names():
    """Every name under which some view reads a question of an address."""
    found = set()
    for text in (path.read_text() for path in PACKAGE.rglob("*.py")):
        found.update(NAMED.findall(text))
        for constant in BY_CONSTANT.findall(text):
            for line in re.findall(rf"^[A-Z, ]*\b{constant}\b[A-Z, ]* = .*", text, re.MULTILINE):
                found.update(re.findall(r'"(\w+)"', line))
    assert {"q", "axe", "page", "mesure", "etat", "tri", "sens"} <= found
    return sorted(found)


@pytest.fixture
def pages(app, made):
    """An address of each rule that shows a page and changes nothing."""
    found = [paths[0] for paths in places_of(app, made).values() if paths]
    return [path for path in found if not path.endswith(QUICK_EXIT)]


def ask(visitor, path, value):
    """The status, and how many lines of tables and lists the page shows."""
    answer = visitor.get(path.partition("?")[0], query_string=dict.fromkeys(asked_names(), value))
    lines = answer.text.count("<tr") + answer.text.count("<li") if _is_page(answer) else 0
    return answer.status_code, lines


def harmless(statement):
    """The same words without what makes them a statement: a search may find one of them."""
    return re.sub(r"[^\w']+", " ", statement)


def _is_page(answer):
    return answer.mimetype == "text/html"


def test_statement_finds_what_an_unknown_word_finds(visitor, pages, is_long, session, recorded):
    before = everything(session)
    statements = STATEMENTS if is_long else STATEMENTS[:2]
    wanted = pages if is_long else [path for path in pages if path.count("/") < 3]
    other = []

    for path in wanted:
        control = ask(visitor, path, NOTHING)
        for statement in statements:
            found = ask(visitor, path, statement)
            if found not in (control, ask(visitor, path, harmless(statement))):
                other.append((path, statement, found, control))

    recorded("S4 statements obeyed", f"{len(other)}/{len(wanted) * len(statements)}")
    assert other == []
    assert changed(before, everything(session)) == {}


def test_no_number_of_a_page_makes_the_site_fail(visitor, pages, is_long):
    numbers = NUMBERS if is_long else NUMBERS[1:3]
    wanted = pages if is_long else [path for path in pages if path.count("/") < 3]

    failed = [
        (path, number)
        for path in wanted
        for number in numbers
        if ask(visitor, path, number)[0] >= 500
    ]

    assert failed == []


def test_id_that_is_a_statement_is_no_id(app, visitor, made, is_long):
    rules = [rule for rule in app.url_map.iter_rules() if ARGUMENT.search(rule.rule)]
    found = []

    for rule in rules if is_long else rules[::4]:
        for statement in STATEMENTS if is_long else STATEMENTS[:1]:
            path = ARGUMENT.sub(lambda _match, statement=statement: statement, rule.rule)
            answer = visitor.get(path)
            if answer.status_code not in (301, 302, 303, 308, 403, 404, 405, 410):
                found.append((rule.rule, statement, answer.status_code))

    assert found == []


def test_no_field_that_nobody_asks_for_changes_what_the_server_sets(client, session, form):
    plain = form.data(suggestions="Un avis.", email="a@exemple.fr")
    more = form.data(suggestions="Un autre.", email="b@exemple.fr") | SERVER_SET

    answers = [client.post(form.path, data=data).status_code for data in (plain, more)]

    assert answers == [303, 303]
    for model in (Response, Respondent, Submission):
        first, second = session.query(model).order_by(model.id)
        own = {"id", "public_id", "receipt_code", "content_hash", "key", "submission_id"}
        own |= {"respondent_id", "submitted_at", "received_at", "created_at", "said_at"}
        for column in set(model.__table__.columns.keys()) - own:
            assert getattr(first, column) == getattr(second, column), column
    assert session.scalar(sa.select(sa.func.max(Response.revision))) == 1
