"""Data export as a PDF that screen readers can read (PDF/UA-1).

Texts reach the document as JSON, never as markup: one that looks like a command is printed.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import structlog

from consultation.files import PACKAGE
from consultation.responses.rights.export_formats import CopyDescription
from consultation.typesetting.font_coverage import FONT, drawable, not_drawn
from consultation.typesetting.subprocess import AUTHOR, Refused, typeset

TEMPLATE = PACKAGE / "typesetting" / "copy.typ"
STANDARD = "ua-1"
MISSING = "Certains caractères n'ont pas pu être dessinés : ils sont écrits par leur code."
MOST_TRIES = 8
LONGEST_WORD = 40
"""Characters without a break that fit a line, even of capital Ms; more would leave the page."""

_NO_BREAK = "[\u00a0\u2007\u202f]"  # texts pasted from some pages have one between all words
_CHARACTER = rf"(?:[^\s\u200b]|{_NO_BREAK})"
_LONG_WORD = re.compile(rf"{_CHARACTER}{{{LONGEST_WORD + 1},}}")
_LINE = re.compile(
    rf"{_CHARACTER}{{0,{LONGEST_WORD - 1}}}{_NO_BREAK}"
    rf"|{_CHARACTER}{{{LONGEST_WORD}}}(?={_CHARACTER})"
)
_REFUSED_TEXT = re.compile(r'text `"(.+?)"` could not be displayed|codepoint `"(.+?)"`', re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")

log = structlog.get_logger()


def document_of(copy: CopyDescription, locale: str, *, author: str, missing: str) -> bytes:
    """Return the PDF; `missing` is its sentence for characters that the font lacks.

    Those are written as their code, [U+6F22].  Should the standard refuse the rest all the same,
    the PDF comes without its label: a respondent is never refused their own data.
    Raise `NoTypesetting`.
    """
    content = asdict(copy) | {"locale": locale, "author": author}
    absent = not_drawn({character for text in _texts(content) for character in text})
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


def team_document(content: CopyDescription) -> bytes:
    """Return a document of the team, in French.  Raise `NoTypesetting`."""
    return document_of(content, "fr", author=AUTHOR, missing=MISSING)


def _without(content: dict[str, Any], absent: frozenset[str], missing: str) -> Any:
    described = content | {"missing": missing if absent else ""}
    return _changed(described, lambda text: _printable(text, absent))


def _compiled(content: Any, standards: list[str]) -> bytes:
    return typeset(
        TEMPLATE,
        format="pdf",
        sys_inputs={"copy": json.dumps(content, ensure_ascii=False), "font": FONT},
        pdf_standards=standards,
    )


def _refused_by(error: Refused) -> frozenset[str]:
    """Return the characters that the standard refuses, from the error of typst."""
    match = _REFUSED_TEXT.search(str(error))
    if match is None:
        return frozenset()
    return frozenset(_ESCAPED.sub(lambda code: chr(int(code[1], 16)), match[1] or match[2]))


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
    """Return `text` with codes for the `absent` characters and breaks in long words."""
    return _LONG_WORD.sub(lambda word: _LINE.sub("\\g<0>\u200b", word[0]), drawable(text, absent))
