"""Tagged PDF of texts that anybody may have written, which screen readers can read (PDF/UA-1).

Texts reach the document as JSON, never as markup: one that looks like a command is printed.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import structlog

from consultation.typesetting.font_coverage import DRAWN_BY_ALL, FONT, drawable, not_drawn
from consultation.typesetting.subprocess import Refused, typeset

STANDARD = "ua-1"
MOST_TRIES = 8
_REFUSED_TEXT = re.compile(r'text `"(.+?)"` could not be displayed|codepoint `"(.+?)"`', re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")

log = structlog.get_logger()


@dataclass(frozen=True)
class Attachment:
    """A file that a PDF carries with it."""

    name: str
    content: str
    media_type: str
    description: str


def tagged_pdf(
    template: Path,
    content: Mapping[str, Any],
    missing: str,
    drawings: Mapping[str, str] | None = None,
    attachment: Attachment | None = None,
) -> bytes:
    """Return the PDF of a template that reads `content`; raise `NoTypesetting`.

    Characters that the font lacks are written as their code, [U+6F22], and `missing` says so: the
    template finds it under that name.  Should the standard refuse the rest all the same, the PDF
    comes without its label.  `drawings` are SVG images by their name; `attachment` is kept exact.
    """
    absent = not_drawn({character for text in _texts(content) for character in text})
    exact = {
        "drawings": json.dumps(drawings or {}),
        "attachment": json.dumps(attachment and asdict(attachment)),
    }
    for _ in range(MOST_TRIES):
        try:
            return _compiled(template, _without(content, absent, missing), exact, [STANDARD])
        except Refused as error:
            refused = _refused_by(error, _texts(content))
        if not refused:
            break
        absent |= refused
    log.error("document without its standard", kind=template.stem)
    return _compiled(template, _without(content, absent, missing), exact, [])


def _without(content: Mapping[str, Any], absent: frozenset[str], missing: str) -> Any:
    described = {**content, "missing": missing if absent else ""}
    return _changed(described, lambda text: drawable(text, absent))


def _compiled(
    template: Path, content: Any, exact: Mapping[str, str], standards: list[str]
) -> bytes:
    inputs = {
        "content": json.dumps(content, ensure_ascii=False),
        "font": FONT,
        **exact,
    }
    return typeset(template, format="pdf", sys_inputs=inputs, pdf_standards=standards)


def _refused_by(error: Refused, texts: Iterable[str]) -> frozenset[str]:
    """Return the characters that the standard refuses, from the error of typst.

    It may name what marks stand on, such as the digit of a keycap: the marks are what is refused.
    """
    match = _REFUSED_TEXT.search(str(error))
    if match is None:
        return frozenset()
    named = frozenset(_ESCAPED.sub(lambda code: chr(int(code[1], 16)), match[1] or match[2]))
    rare = frozenset(it for it in named if ord(it) > DRAWN_BY_ALL)
    return rare or frozenset(_marks_on(named, texts)) or named


def _marks_on(characters: frozenset[str], texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        is_on = False
        for character in text:
            is_mark = unicodedata.category(character).startswith("M")
            if is_on and is_mark and ord(character) > DRAWN_BY_ALL:
                yield character
            is_on = character in characters or (is_on and is_mark)


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
