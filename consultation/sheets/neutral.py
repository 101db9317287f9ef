"""Texts that a spreadsheet would take for formulas, made harmless in a way that can be undone.

Whoever opens a CSV chooses its separator, and Excel chooses it by the country of the computer.
Another one than ours cuts a text into cells of its own: at each separator, and at each line
break, since quotes only count where a cell begins.  A text is therefore guarded at every place
where some reader may begin a cell, and not only where it begins itself.
"""

import re

SEPARATORS = ";,\t|"
"""What some spreadsheet may cut a line at."""

RULE = (
    "Un tableur prend pour une formule une cellule qui commence par « = », « + », « - », « @ » ou"
    " une tabulation, et il peut couper un texte à chaque « ; », « , », « | », tabulation ou"
    " retour à la ligne. Au début du texte et après chacune de ces coupures, une apostrophe, qui"
    " n'est pas de la personne, est donc ajoutée devant ce qui commence ainsi ; une coupure qui"
    " finit le texte en est suivie aussi."
)
"""What our CSV files say of it."""

UNDOING = (
    "Pour retrouver le texte exact, ôtez une apostrophe, une seule, à chacune de ces places où"
    " elle est suivie d'un de ces signes, de leurs variantes pleine chasse, petites, en exposant"
    " ou en indice, ou d'une tabulation (au début du texte, d'un retour à la ligne aussi ;"
    " ailleurs, de la fin du texte aussi), sans compter les apostrophes, guillemets droits,"
    " espaces et caractères invisibles qui les séparent. Cette application le fait quand elle"
    " relit un CSV."
)
"""How somebody else than `undo` gives the texts back."""

_BREAKS = "\n\r\x85\u2028\u2029"
_SIGNS = (
    "=+\\-@"
    "\u207a\u207c\u208a\u208c\u2a75\u2a76\ufb29\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20"
)
"""The signs that begin a formula, and those that compatibility (NFKC) makes of them."""

_SKIPPED = (
    "'\" \xa0\u1680\u2000-\u200a\u202f\u205f\u3000"  # apostrophes, quotes, spaces
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls that cut nothing
    "\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
)
"""What some spreadsheets drop before a sign, or take for quotes."""

_FIRST = re.compile(f"[{_SKIPPED}]*+[{_SIGNS}\t{_BREAKS}]")
_LATER = rf"(?=[{_SKIPPED}]*+(?:[{_SIGNS}\t\r]|\Z))"
_UNGUARDED = re.compile(f"([{SEPARATORS}{_BREAKS}]){_LATER}")
_GUARDED = re.compile(f"([{SEPARATORS}{_BREAKS}])'{_LATER}")


def begins_formula(text: str) -> bool:
    """Tell whether a spreadsheet may run `text` instead of showing it.

    Blanks, invisible signs, quotes and apostrophes before the sign do not help: some spreadsheets
    drop them.  Full-width and small variants of the signs count as the signs.
    """
    # No letter and no figure stands for a sign; asking first is three times as fast.
    return not text[:1].isalnum() and _FIRST.match(text) is not None


def neutralise(text: str) -> str:
    """Return `text` with an apostrophe wherever a cell of a CSV could begin a formula.

    That is before its beginning, and after each separator and line break, where a formula
    follows, or a tab.  So it is after one that ends the text, behind which our closing quote would
    be taken for an opening one.  For CSV only, where a text has no type; `undo` gives it back.
    """
    guarded = _UNGUARDED.sub(r"\1'", text)
    return f"'{guarded}" if begins_formula(text) else guarded


def undo(text: str) -> str:
    """Return what `neutralise` was given, to the letter.

    An apostrophe is ours where what follows it would have been given one: `neutralise` sees
    through apostrophes, and adds one to those that were there.
    """
    is_guarded = text.startswith("'") and begins_formula(text[1:])
    return _GUARDED.sub(r"\1", text[1:] if is_guarded else text)
