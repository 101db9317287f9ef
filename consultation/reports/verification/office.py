"""Paragraphs and cells of DOCX, ODT and HTML, as a reader sees them."""

import json
import re
import string
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from consultation.imports import load

MOST_BYTES = 100 << 20
"""Of all that a package holds, unpacked."""
PICTURE = "\ufffc"
"""Stands for a picture or another object: what lies over a text is a part as well."""
NUMBERS = "{urn:consultation:numbers}numbers"

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_LANGUAGE = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}language"
_SECONDARY = re.compile(r"word/(?:header|footer|footnotes|endnotes)\d*\.xml")
_CARRYING = re.compile(r"customXml/item\d+\.xml")


class UnknownPackage(Exception):
    """An archive that is neither DOCX nor ODT."""


@dataclass(frozen=True)
class Package:
    """What DOCX or ODT say: `feet` is at the heads and feet of pages, without their numbers."""

    format: str
    parts: Sequence[str]
    feet: Sequence[str]
    carried: Any = None
    language: str = ""


def read_package(content: bytes) -> Package:
    """Read DOCX or ODT; raise `UnknownPackage`."""
    with zipfile.ZipFile(BytesIO(content)) as package:
        if sum(it.file_size for it in package.infolist()) > MOST_BYTES:
            raise UnknownPackage
        names = set(package.namelist())
        if "word/document.xml" in names:
            return _read_docx(package, names)
        if {"content.xml", "styles.xml"} <= names:
            return _read_odt(package)
    raise UnknownPackage


def _read_docx(package: zipfile.ZipFile, names: set[str]) -> Package:
    parts = _docx_parts(_tree(package.read("word/document.xml")))
    feet = [
        part
        for name in sorted(filter(_SECONDARY.fullmatch, names))
        for part in _docx_parts(_tree(package.read(name)))
    ]
    carried = None
    for name in sorted(filter(_CARRYING.fullmatch, names)):
        root = _tree(package.read(name))
        if root.tag == NUMBERS:
            carried = json.loads(root.text or "null")
    return Package("docx", parts, _feet(feet), carried)


def _read_odt(package: zipfile.ZipFile) -> Package:
    parts = _odt_parts(_tree(package.read("content.xml")))
    styles = _tree(package.read("styles.xml"))
    languages = (it.get(_LANGUAGE) for it in styles.iter(f"{_STYLE}text-properties"))
    language = next(filter(None, languages), "")
    return Package("odt", parts, _feet(_odt_parts(styles)), language=language)


def _feet(parts: Sequence[str]) -> Sequence[str]:
    """Return what is at the heads and feet of pages, once each, without the number of the page."""
    return sorted({part.strip().rstrip(string.digits) for part in parts})


def _tree(content: bytes) -> Any:
    etree = load("lxml.etree")
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))


_Written = Callable[[Any], str | None]
"""What an element writes by itself; None where its content is what it writes."""


def _docx_parts(root: Any) -> list[str]:
    return [part for part in _paragraphs(root, _DOCX_PARAGRAPHS, _docx_written) if part.strip()]


def _odt_parts(root: Any) -> list[str]:
    return [part for part in _paragraphs(root, _ODT_PARAGRAPHS, _odt_written) if part.strip()]


def _paragraphs(element: Any, paragraphs: frozenset[str], written: _Written) -> Iterator[str]:
    """Yield the text of each paragraph; one within another, as in a text box, comes after it."""
    for child in element:
        if not isinstance(child.tag, str) or written(child) == "":
            continue
        if child.tag in paragraphs:
            yield "".join(_pieces(child, paragraphs, written))
        yield from _paragraphs(child, paragraphs, written)


def _pieces(element: Any, paragraphs: frozenset[str], written: _Written) -> Iterator[str]:
    is_odt = paragraphs is _ODT_PARAGRAPHS
    if is_odt and element.text:
        yield element.text
    for child in element:
        if isinstance(child.tag, str) and child.tag not in paragraphs:
            text = written(child)
            if text is not None:
                yield text
            if text is None or text == PICTURE:
                yield from _pieces(child, paragraphs, written)
        if is_odt and child.tail:
            yield child.tail


_DOCX_PARAGRAPHS = frozenset({f"{_W}p"})
_ODT_PARAGRAPHS = frozenset({f"{_TEXT}p", f"{_TEXT}h"})
_DOCX_UNREAD = frozenset(
    {
        *(f"{_W}{it}" for it in ("instrText", "delText", "delInstrText", "del", "moveFrom")),
        *(f"{_W}{it}" for it in ("pPr", "rPr", "sectPr", "tblPr", "trPr", "tcPr", "sdtPr")),
        "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
    }
)
_DOCX_PICTURES = frozenset(f"{_W}{it}" for it in ("drawing", "pict", "object"))
_DOCX_CHARACTERS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "‑"}
_IS_OFF = ("0", "false", "off")


def _docx_written(element: Any) -> str | None:
    tag = element.tag
    if tag in _DOCX_UNREAD or (tag == f"{_W}r" and _is_hidden(element)):
        return ""
    if tag in _DOCX_PICTURES:
        return PICTURE
    if tag == f"{_W}t":
        return element.text or ""
    if tag == f"{_W}sym":
        return chr(int(element.get(f"{_W}char") or "0", 16))
    return _DOCX_CHARACTERS.get(tag)


def _is_hidden(run: Any) -> bool:
    hidden = run.find(f"{_W}rPr/{_W}vanish")
    return hidden is not None and hidden.get(f"{_W}val") not in _IS_OFF


_ODT_UNREAD = frozenset(
    {f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_OFFICE}automatic-styles"}
)
_ODT_PICTURES = frozenset(f"{_DRAW}{it}" for it in ("frame", "custom-shape", "rect", "g"))


def _odt_written(element: Any) -> str | None:
    tag = element.tag
    if tag in _ODT_UNREAD:
        return ""
    if tag in _ODT_PICTURES:
        return PICTURE
    if tag == f"{_TEXT}s":
        return " " * min(int(element.get(f"{_TEXT}c") or 1), 1000)
    return {f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n"}.get(tag)


_INLINE = frozenset({"a", "b", "br", "code", "del", "em", "i", "ins", "small", "span", "strong"})
_HTML_PICTURES = frozenset({"img", "svg", "canvas", "object", "iframe", "embed", "video"})


def read_html(content: bytes) -> tuple[str, Sequence[str]]:
    """Return the language and the parts; its style sheet is one of them, since styles can write."""
    html = load("lxml.html")
    root = html.document_fromstring(content, parser=html.HTMLParser(encoding="utf-8"))
    pieces: list[str] = []
    _html_pieces(root, pieces)
    parts = "".join(pieces).split(_END)
    return root.get("lang", ""), [part for part in parts if part.strip()]


_END = "\0"


def _html_pieces(element: Any, pieces: list[str]) -> None:
    if isinstance(element.tag, str):
        ends = [] if element.tag in _INLINE else [_END]
        pieces += [*ends, *_html_styles(element)]
        pieces.append(element.text or "")
        if element.tag == "br":
            pieces.append("\n")
        for child in element:
            _html_pieces(child, pieces)
        pieces += ends
    pieces.append(element.tail or "")


def _html_styles(element: Any) -> Iterator[str]:
    if element.tag in _HTML_PICTURES:
        yield PICTURE
    if element.get("style"):
        yield f"{_END}{element.get('style')}{_END}"
