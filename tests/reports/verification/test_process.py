"""A hostile file is read by a process with limits, one at a time, and takes nothing down."""

import zipfile
from io import BytesIO

import pytest

from consultation.reports.verification import process
from consultation.reports.verification.file_text import Unreadable
from consultation.reports.verification.process import Busy, Limits

pytestmark = pytest.mark.once


def package(name, content):
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return made.getvalue()


def swollen():
    return package("word/document.xml", b"<a>" + b" " * (90 << 20) + b"</a>")


def deep():
    return package("word/document.xml", b"<a>" * 200_000 + b"</a>" * 200_000)


def billion_laughs():
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    text = f'<!DOCTYPE a [<!ENTITY l0 "ha">{entities}]><a>&l9;</a>'
    return package("word/document.xml", text)


@pytest.mark.parametrize(
    "content",
    [swollen(), deep(), billion_laughs(), b"<html>" + b"<div>" * 100_000, b"%PDF-1.7\n" * 1000],
    ids=["swollen", "deep", "entities", "nested", "pdf"],
)
def test_hostile_file_ends_by_itself(content):
    try:
        identity = process.identify(content, process.OF_PUBLIC)
    except Unreadable:
        return
    assert identity.report is None


def test_file_that_takes_too_long_is_given_up():
    with pytest.raises(Unreadable):
        process.identify(b"<html>" + b"<p>a" * 1_500_000, Limits(1, 1))


def test_second_file_is_refused_while_the_first_is_read():
    with process._one_at_a_time, pytest.raises(Busy):
        process.identify(b"<html>", Limits(1, 0))
