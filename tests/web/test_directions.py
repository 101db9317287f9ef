"""Style sheets of public pages name sides by the direction of reading, so that both read well."""

import re

import pytest

from consultation.files import resource

SHEETS = (
    "choosing", "decisions", "document", "document_pages", "home", "progress", "report", "results",
)  # fmt: skip
LONG = re.compile(r"(?:margin|padding|border)-(?:left|right)|(?<![\w-])(?:left|right):")
SHORT = re.compile(r"(?:margin|padding): ([^\s;]+) ([^\s;]+) ([^\s;]+) ([^\s;]+);")


def physical(text):
    """What of a sheet names left or right, or gives them different lengths in a shorthand."""
    sided = [it[0] for it in SHORT.finditer(text) if it[2] != it[4]]
    return [*LONG.findall(text), *sided]


@pytest.mark.parametrize("name", SHEETS)
def test_sheet_names_no_left_and_no_right(name):
    assert physical((resource("static") / f"{name}.css").read_text("utf-8")) == []


def test_physical_properties_are_found():
    text = "a { margin-left: 0; left: 0; padding: 0 1px 0 2px; margin: 0 1px 0 1px; inset: 0; }"

    assert physical(text) == ["margin-left", "left:", "padding: 0 1px 0 2px;"]
