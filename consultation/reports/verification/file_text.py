"""Reading of a file: its parts in order, whatever its format.

Imports nothing of Flask or the database: it runs in the subprocess that opens untrusted files.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consultation.reports.verification import office, pdf
from consultation.reports.verification.links import Link, merged

HASH = re.compile(r"[0-9a-f]{64}")


class Unreadable(Exception):
    """No format of ours, or a damaged file; the message is `UNKNOWN` or `DAMAGED`."""


UNKNOWN, DAMAGED = "unknown", "damaged"


@dataclass(frozen=True)
class Reading:
    """What a file says.

    `parts` are lines of a PDF, paragraphs and cells of the others; `pages` has how many of them
    each page of a PDF has, `footers` what is at the foot of a page.
    """

    format: str
    parts: Sequence[str]
    footers: Sequence[str]
    carried: Any = None
    """The numbers that it carries, as its writer attached them."""
    pages: Sequence[int] = ()
    language: str = ""
    """As ODT and HTML say it."""
    links: Sequence[Link] = ()

    @property
    def hashes(self) -> Sequence[str]:
        """The texts in it that may be the hash of a report."""
        return HASH.findall("\n".join(self.parts))


def read(content: bytes) -> Reading:
    """Read a PDF, DOCX, ODT or HTML; raise `Unreadable`."""
    start = content[:1024].lstrip().lower()
    try:
        if start.startswith(b"%pdf"):
            return _read_pdf(content)
        if start.startswith(b"pk\x03\x04"):
            package = office.read_package(content)
            feet, carried, language = package.feet, package.carried, package.language
            links = merged(package.links)
            return Reading(
                package.format, package.parts, feet, carried, language=language, links=links
            )
        if start.startswith((b"<!doctype html", b"<html")):
            language, parts, leading = office.read_html(content)
            return Reading("html", parts, (), language=language, links=merged(leading))
    except office.UnknownPackage as error:
        raise Unreadable(UNKNOWN) from error
    except Exception as error:
        raise Unreadable(DAMAGED) from error
    raise Unreadable(UNKNOWN)


def _read_pdf(content: bytes) -> Reading:
    pages = pdf.pages_of(content)
    parts = [line for page in pages for line in page.lines]
    counts = [len(page.lines) for page in pages]
    links = merged(pdf.links_of(content, counts))
    feet = [it.footer for it in pages]
    return Reading("pdf", parts, feet, pdf.attached(content), counts, links=links)


def key_of(part: str) -> str:
    """Return a part as parts are compared: without blanks, which formats and pages break otherwise.

    The invisible ones are those that word processors add or drop.  Nor does it matter whether a
    line may end at a hyphen: files from before « 2024‑2027 » was held together stay genuine.
    """
    return _BLANKS.sub("", part).replace("\u2011", "-")


_BLANKS = re.compile("[\\s\u200b\u00ad\ufeff\u2060]+")


def whole(carried: Any) -> Mapping[str, Any] | None:
    """Return the numbers that a file carries, None unless they are as `numbers_of` writes them."""
    kinds = {"report": int, "language": str, "figures": dict, "hash": str}
    if not isinstance(carried, dict):
        return None
    is_whole = all(isinstance(carried.get(name), kind) for name, kind in kinds.items())
    return carried if is_whole else None
