"""A respondent's own copy as a PDF that screen readers can read (PDF/UA-1).

What was written reaches the document as JSON, never as markup: a text that looks like a command is
printed as it stands.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import structlog

from consultation.files import PACKAGE
from consultation.responses.rights.export_formats import CopyTold
from consultation.typesetting.glyphs import FONT, code_of, not_drawn
from consultation.typesetting.subprocess import Refused, typeset

TEMPLATE = PACKAGE / "typesetting" / "copy.typ"
STANDARD = "ua-1"
MOST_TRIES = 8
LONGEST_WORD = 40
"""How many signs where it may not break a line takes, even of capital Ms: more leave the page."""

_NO_BREAK = "[\u00a0\u2007\u202f]"  # between all the words of what is pasted from some pages
_SIGN = rf"(?:[^\s\u200b]|{_NO_BREAK})"
_LONG_WORD = re.compile(rf"{_SIGN}{{{LONGEST_WORD + 1},}}")
_LINE = re.compile(
    rf"{_SIGN}{{0,{LONGEST_WORD - 1}}}{_NO_BREAK}|{_SIGN}{{{LONGEST_WORD}}}(?={_SIGN})"
)
_NOT_ALLOWED = re.compile("[\x00\ufeff]")
_REFUSED_TEXT = re.compile(r'text `"(.+?)"` could not be displayed|codepoint `"(.+?)"`', re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")

log = structlog.get_logger()


def document_of(told: CopyTold, locale: str, *, author: str, missing: str) -> bytes:
    """Return the document; `missing` is what it says when some signs of it can't be drawn.

    Those are written as their code, [U+6F22].  Should the standard refuse the rest all the same,
    the document comes without its label: what somebody gave is never withheld from them.
    Raise `NoTypesetting`.
    """
    content = asdict(told) | {"locale": locale, "author": author}
    absent = not_drawn({sign for text in _texts(content) for sign in text})
    for _ in range(MOST_TRIES):
        try:
            return _compiled(_without(content, absent, missing), [STANDARD])
        except Refused as error:
            refused = _refused_by(error)
        if not refused:
            break
        absent |= refused
    log.error("copy without its standard", kind="copy")
    return _compiled(_without(content, absent, missing), [])


def _without(content: dict[str, Any], absent: frozenset[str], missing: str) -> Any:
    told = content | {"missing": missing if absent else ""}
    return _changed(told, lambda text: _printable(text, absent))


def _compiled(content: Any, standards: list[str]) -> bytes:
    return typeset(
        TEMPLATE,
        format="pdf",
        sys_inputs={"told": json.dumps(content, ensure_ascii=False), "font": FONT},
        pdf_standards=standards,
    )


def _refused_by(error: Refused) -> frozenset[str]:
    """Return the signs that the standard refuses, by what typst says of them."""
    found = _REFUSED_TEXT.search(str(error))
    if found is None:
        return frozenset()
    return frozenset(_ESCAPED.sub(lambda code: chr(int(code[1], 16)), found[1] or found[2]))


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict | list | tuple):
        for part in content.values() if isinstance(content, dict) else content:
            yield from _texts(part)


def _changed(content: Any, change: Callable[[str], str]) -> Any:
    if isinstance(content, str):
        return change(content)
    if isinstance(content, dict):
        return {name: _changed(part, change) for name, part in content.items()}
    if isinstance(content, list | tuple):
        return [_changed(part, change) for part in content]
    return content


def _printable(text: str, absent: frozenset[str]) -> str:
    """Return `text` with codes for the signs that are absent, and long words that may break."""
    text = _NOT_ALLOWED.sub("", text)
    if not absent.isdisjoint(text):
        text = "".join(code_of(sign) if sign in absent else sign for sign in text)
    return _LONG_WORD.sub(lambda word: _LINE.sub("\\g<0>\u200b", word[0]), text)
