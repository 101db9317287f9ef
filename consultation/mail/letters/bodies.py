"""Bodies of letters in passages: those without placeholders are wrapped and encoded once."""

import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email import quoprimime
from itertools import groupby
from typing import Any

from markupsafe import escape

from consultation.mail.letters.placeholders import Marks, Placeholder, Values, has_mark

LINE_WIDTH = 76
LONGEST_ENCODED = 78
_EMPTY_LINES = re.compile(r"\n\s*\n+")
_TURNED_INTO_SPACES = re.compile(r"[\t\n\x0b\x0c\r]")
_ENDS = re.compile(r"\r\n?|\n")


@dataclass(frozen=True)
class Body:
    """A body as it is read, and in quoted-printable lines as it is sent."""

    text: str
    encoded: bytes

    @classmethod
    def of(cls, text: str) -> "Body":
        """Return the body of a text whose last line has an end."""
        return cls(text, _encoded(text))

    @classmethod
    def joined(cls, passages: Sequence["Body"]) -> "Body":
        """Return the body that these make one after the other."""
        return cls(
            "".join(passage.text for passage in passages),
            b"".join(passage.encoded for passage in passages),
        )


@dataclass(frozen=True)
class Template:
    """A text in parts, with a placeholder between any two."""

    parts: tuple[str, ...]
    placeholders: tuple[Placeholder, ...]

    def fill(self, values: Values, write: Callable[[str], str] = str) -> str:
        """Return the text of one mail, its values written by `write`."""
        pieces = [self.parts[0]]
        for placeholder, part in zip(self.placeholders, self.parts[1:], strict=True):
            pieces += (write(values.text(placeholder)), part)
        return "".join(pieces)


@dataclass(frozen=True)
class Passages:
    """A body with placeholders: whole lines, in turns without and with placeholders."""

    passages: Sequence[Body | Template]
    finish: Callable[[str], str]
    write: Callable[[str], Any]

    @classmethod
    def of_text(cls, text: str, marks: Marks) -> "Passages":
        """Return the text body of a rendered letter, to be wrapped."""
        return cls.of(text, marks, wrapped_passage, str)

    @classmethod
    def of_html(cls, html: str, marks: Marks) -> "Passages":
        """Return the HTML body of a rendered letter; the values are text in it."""
        return cls.of(html, marks, str, escape)

    @classmethod
    def of(
        cls, text: str, marks: Marks, finish: Callable[[str], str], write: Callable[[str], Any]
    ) -> "Passages":
        """Return a body whose passages go through `finish`, and its values through `write`."""
        passages = [
            Template(*marks.split(lines)) if has_mark(lines) else Body.of(finish(lines) + "\n")
            for lines in _passages(text.strip())
        ]
        return cls(passages, finish, write)

    def fill(self, values: Values) -> Body:
        filled = []
        for number, passage in enumerate(self.passages):
            if isinstance(passage, Template):
                text = passage.fill(values, self.write)
                # A value is no reason for a body to begin or to end with blanks.
                text = text if number else text.lstrip()
                text = text if number < len(self.passages) - 1 else text.rstrip()
                passage = Body.of(self.finish(text) + "\n")
            filled.append(passage)
        return Body.joined(filled)


def _passages(text: str) -> Iterator[str]:
    """Split a text into lines without placeholders, and those with them and empty lines around.

    So what a value does to the empty lines around it is done within its passage.
    """
    lines = text.split("\n")
    kinds = [has_mark(line) or (None if not line.strip() else False) for line in lines]
    is_personal = [
        bool(kind) or (kind is None and True in (_next(kinds[:n][::-1]), _next(kinds[n:])))
        for n, kind in enumerate(kinds)
    ]
    numbered = zip(is_personal, lines, strict=True)
    for _, group in groupby(numbered, key=lambda pair: pair[0]):
        yield "\n".join(line for _, line in group)


def _next(kinds: Sequence[bool | None]) -> bool | None:
    return next((kind for kind in kinds if kind is not None), None)


def wrapped_passage(text: str) -> str:
    """Return whole lines in lines of at most 76 characters, an empty one for any number of them.

    A link is never cut.
    """
    lines = _EMPTY_LINES.sub("\n\n", f"\n{text}\n")[1:-1].split("\n")
    return "\n".join(map(_wrapped_line, lines))


def _wrapped_line(line: str) -> str:
    text = line.strip()
    indent = line[: len(line) - len(line.lstrip())]
    is_short = len(indent) + len(text) <= LINE_WIDTH or " " not in text
    if is_short and not _TURNED_INTO_SPACES.search(text):
        return indent + text
    return textwrap.fill(
        text,
        LINE_WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _encoded(text: str) -> bytes:
    lines = _ENDS.sub("\n", text).encode(errors="replace").decode("latin-1")
    return quoprimime.body_encode(lines, LONGEST_ENCODED, eol="\r\n").encode("ascii")
