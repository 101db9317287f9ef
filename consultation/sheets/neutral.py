"""The place that knows which texts a spreadsheet would take for a formula."""

import unicodedata

FORMULA_SIGNS = frozenset("=+-@")
BREAKING_BLANKS = frozenset("\t\r\n")


def begins_formula(text: str) -> bool:
    """Tell whether a spreadsheet may run `text` instead of showing it.

    Blanks, invisible signs and apostrophes before the sign do not help: some spreadsheets drop
    them.  Full-width and small variants of the signs count as the signs.
    """
    if text[:1].isalnum():  # no letter and no figure stands for a sign
        return False
    for character in text:
        if character in BREAKING_BLANKS:
            return True
        if not _is_skipped(character):
            return unicodedata.normalize("NFKC", character)[0] in FORMULA_SIGNS
    return False


def neutralise(text: str) -> str:
    """Return `text` with one apostrophe before it when it may be taken for a formula.

    For CSV only, where a text has no type.  Nothing is lost: when what follows a leading
    apostrophe begins a formula, taking that one apostrophe away gives the text back.
    """
    return f"'{text}" if begins_formula(text) else text


def _is_skipped(character: str) -> bool:
    return (
        character == "'" or character.isspace() or unicodedata.category(character) in ("Cf", "Cc")
    )
