"""The text rule as the documentation words it, written a second time to compare with."""

import unicodedata

KEPT_CONTROLS = "\t\n"
NO_XML = "\ufffe\uffff"


def text(typed):
    """What is kept of a text of several lines; None for nothing."""
    lines = typed.replace("\r\n", "\n").replace("\r", "\n")
    kept = (character for character in lines if not _is_taken_away(character))
    return "".join(kept).strip() or None


def line(typed):
    """What is kept of a text of one line; None for nothing."""
    return " ".join((text(typed) or "").split()) or None


def _is_taken_away(character):
    category = unicodedata.category(character)
    return (
        category == "Cs"
        or character in NO_XML
        or (category == "Cc" and character not in KEPT_CONTROLS)
    )
