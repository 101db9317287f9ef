"""Names and dates of birth in the languages that ship: found where announced, and not elsewhere."""

import csv
from pathlib import Path

import pytest

from consultation.moderation.detectors import screen
from consultation.moderation.models import FindingKind

FILE = Path(__file__).with_name("names_by_language.csv")
KINDS = {"name": FindingKind.NAME, "birth": FindingKind.BIRTH}


def rows():
    with FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


TAGS = sorted({row["locale"] for row in rows()})


def passages_of(row):
    """The passages of its kind in the text of a row."""
    text, kind = row["text"], KINDS[row["kind"]]
    return [text[it.start : it.end] for it in screen(text).findings if it.kind is kind]


@pytest.mark.parametrize("tag", TAGS)
def test_who_is_named_is_found(tag):
    missed = [
        row["text"]
        for row in rows()
        if row["locale"] == tag
        and row["found"]
        and not any(row["found"] in it or row["kind"] == "birth" for it in passages_of(row))
    ]

    assert missed == []


@pytest.mark.parametrize("tag", TAGS)
def test_nobody_is_found_where_nobody_is_named(tag):
    seen = [
        (row["text"], passages_of(row))
        for row in rows()
        if row["locale"] == tag and not row["found"] and passages_of(row)
    ]

    assert seen == []
    assert sum(row["locale"] == tag for row in rows()) > 40
