"""Style sheets name sides by the direction of reading, so that both read well."""

import re

import pytest

from consultation.files import resource

SHEETS = sorted(resource("static").glob("*.css"))
LONG = re.compile(
    r"(?:margin|padding|border)-(?:left|right)|(?<![\w-])(?:left|right):"
    r"|(?:text-align|float|clear): (?:left|right)|gradient\(to (?:left|right)"
)
SHORT = re.compile(r"(?:margin|padding): ([^\s;()]+) ([^\s;()]+) ([^\s;()]+) ([^\s;()]+);")


def physical(text):
    """What of a sheet names left or right, or gives them different lengths in a shorthand."""
    sided = [it[0] for it in SHORT.finditer(text) if it[2] != it[4]]
    return [*LONG.findall(text), *sided]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.stem)
def test_sheet_names_no_left_and_no_right(sheet):
    assert physical(sheet.read_text("utf-8")) == []


def test_physical_properties_are_found():
    text = (
        "a { margin-left: 0; left: 0; padding: 0 1px 0 2px; margin: 0 1px 0 1px; inset: 0; "
        "text-align: right; text-align: end; background: linear-gradient(to right, red, blue); }"
    )

    assert physical(text) == [
        "margin-left",
        "left:",
        "text-align: right",
        "gradient(to right",
        "padding: 0 1px 0 2px;",
    ]
