"""Every file that the site offers to everybody, from a demonstration with small numbers."""

import csv
import io
import json
import re
import zipfile

import pytest

from consultation.clock import now
from consultation.db.base import writing
from consultation.demo import fill
from consultation.questionnaires.models import Round
from tests.results.publishing_builders import SMALL, publish
from tests.results.publishing_builders import settings as settings

BEGINNINGS = ("/", "/resultats", "/decisions", "/plan", "/bilan", "/document")
ELSEWHERE = ("/static", "/en", "/quitter", "/connexion", "/contributions")
PRINTED = (".pdf", ".docx", ".png", ".svg")
COUNTS = {
    "count", "counts", "responses", "responses_by_mail", "contributions", "kept", "changed",
    "reçues", "contributions reçues", "nombre", "effectif",
}  # fmt: skip
"""Names of what counts persons, in JSON and in CSV."""


@pytest.fixture
def files(app, session, client):
    """The files to which public pages lead, by their addresses; printed ones are apart."""
    with writing(session()):
        fill.fill(session(), measures=2, responses=40, at=now())
    publish(session, session.query(Round).order_by(Round.id.desc()).first())
    waiting, known, kept = list(BEGINNINGS), set(), {}
    while waiting:
        address = waiting.pop()
        if address in known:
            continue
        known.add(address)
        answer = client.get(address)
        if answer.mimetype != "text/html":
            kept[address] = answer
            continue
        links = (it.replace("&amp;", "&") for it in re.findall('href="(/[^"#]*)', answer.text))
        waiting += [it for it in links if is_public_file_or_page(it)]
    return kept


def is_public_file_or_page(address):
    # Each filter of a list has its own address: one is enough.
    is_filtered = re.search("[?&](?!tour=)", address) and "." not in address.partition("?")[0]
    return not (
        is_filtered
        or address.startswith(ELSEWHERE)
        or address.partition("?")[0].endswith(PRINTED)
        or "contribuer" in address
    )


def numbers_of(answer):
    """Every number in a file that counts persons, with its name."""
    if answer.mimetype == "application/json":
        yield from _in_json(answer.json, "")
    elif answer.mimetype == "text/csv":
        yield from _in_csv(answer.data)
    elif answer.mimetype == "application/zip":
        with zipfile.ZipFile(io.BytesIO(answer.data)) as package:
            for name in package.namelist():
                if name.endswith(".csv"):
                    yield from _in_csv(package.read(name))
                elif name.endswith(".json"):
                    yield from _in_json(json.loads(package.read(name)), "")


def _in_json(value, name):
    if isinstance(value, dict):
        for key, it in value.items():
            # A count in a dictionary of counts has the name of what it counts.
            yield from _in_json(it, name if name in COUNTS and name != "contributions" else key)
    elif isinstance(value, list):
        for it in value:
            yield from _in_json(it, name)
    elif isinstance(value, int) and not isinstance(value, bool) and name in COUNTS:
        yield name, value


def _in_csv(content):
    text = content.decode("utf-8-sig")
    delimiter = ";" if text.partition("\n")[0].count(";") else ","
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    names = list(rows.fieldnames)
    if "Libellé" in names:  # of results: all that is between is counted
        counted = names[names.index("Libellé") + 1 : names.index("Licence")]
    else:
        counted = [name for name in names if name.lower() in COUNTS]
    for row in rows:
        yield from (
            (name, int(row[name])) for name in counted if re.fullmatch(r"\d+", row[name] or "")
        )


def test_no_public_file_has_a_small_count(files):
    found = [(address, *it) for address, answer in files.items() for it in numbers_of(answer)]
    (content,) = [it.json for address, it in files.items() if address == "/decisions.json"]
    ranges = [it["contributions"] for it in content["decisions"]]

    assert {address.partition("?")[0].rpartition(".")[2] for address, _name, _count in found} == {
        "json", "csv",
    }  # fmt: skip
    assert "application/zip" in {answer.mimetype for answer in files.values()}
    assert len(found) > 100
    assert [it for it in found if 0 < it[2] < SMALL] == []
    assert ranges
    assert all(it["below"] - it["at_least"] >= SMALL - 1 for it in ranges)
