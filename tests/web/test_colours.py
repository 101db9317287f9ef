"""Colours: contrast of edges, marks and focus, in light and in dark."""

import re

import pytest

from consultation.files import resource

ENOUGH = 3  # WCAG 1.4.11, what is no text
GROUNDS = ("paper", "sheet")
MARKS = ("line", "accent", "warm", "error", "focus-edge")


def tokens():
    """The colours of the sheet by name, for each scheme; what dark does not say stays as it was."""
    text = (resource("static") / "consultation.css").read_text("utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", text, re.DOTALL)[:2]
    read = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part)) for part in (light, dark)]
    return {"light": read[0], "dark": read[0] | read[1]}


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(colour, other):
    high, low = sorted((luminance(colour), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("mark", MARKS)
def test_what_is_no_text_stands_out(scheme, mark):
    colours = tokens()[scheme]

    assert all(contrast(colours[mark], colours[ground]) >= ENOUGH for ground in GROUNDS)
