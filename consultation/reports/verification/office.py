"""Paragraphs and cells of DOCX, ODT and HTML, as a reader sees them."""

import json
import re
import string
import zipfile
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import accumulate
from typing import Any

from consultation.imports import load
from consultation.reports.verification.links import Link

MOST_BYTES = 100 << 20
"""Of all that a package holds, unpacked."""
PICTURE = "\ufffc"
"""Stands for a picture or another object: what lies over a text is a part as well."""
NUMBERS = "{urn:consultation:numbers}numbers"

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_LISTENER = "{urn:oasis:names:tc:opendocument:xmlns:script:1.0}event-listener"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_LANGUAGE = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}language"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_CLICKED = "{http://schemas.openxmlformats.org/drawingml/2006/main}hlinkClick"
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
    links: Sequence[Link] = ()


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
    parts, links = _docx_part(package, names, "word/document.xml")
    feet: list[str] = []
    for name in sorted(filter(_SECONDARY.fullmatch, names)):
        texts, others = _docx_part(package, names, name)
        feet += texts
        links += [replace(it, part=None) for it in others]
    carried = None
    for name in sorted(filter(_CARRYING.fullmatch, names)):
        root = _tree(package.read(name))
        if root.tag == NUMBERS:
            carried = json.loads(root.text or "null")
    return Package("docx", parts, _feet(feet), carried, links=links)


def _docx_part(
    package: zipfile.ZipFile, names: set[str], name: str
) -> tuple[Sequence[str], list[Link]]:
    """Return the parts and the links of one XML of a DOCX."""
    related, root = f"{name.replace('word/', 'word/_rels/')}.rels", _tree(package.read(name))
    targets = {}
    if related in names:
        relations = _tree(package.read(related))
        targets = {it.get("Id"): it.get("Target", "") for it in relations if it.get("TargetMode")}
    return _read(root, _DOCX, lambda element, text: _docx_led(element, text, targets))


def _docx_led(element: Any, text: str, targets: Mapping[str, str]) -> tuple[str, str]:
    field = element.get(f"{_W}instr", "")
    if element.tag == f"{_W}instrText":
        field, text = _docx_field(element)
    if address := _FIELD.search(field):
        within = _WITHIN.search(field)
        return text, f"{address[1]}#{within[1]}" if within else address[1]
    target = targets.get(element.get(f"{_RELATIONS}id", ""), "")
    anchor = element.get(f"{_W}anchor")
    return text, f"{target}#{anchor}" if target and anchor else target


def _docx_field(begun: Any) -> tuple[str, str]:
    """Return the instruction of a field, from an element of it on, and its result."""
    instruction, result = begun.text or "", ""
    for run in begun.getparent().itersiblings():
        if any(it.get(f"{_W}fldCharType") == "end" for it in run.iter(f"{_W}fldChar")):
            break
        instruction += "".join(it.text or "" for it in run.iter(f"{_W}instrText"))
        result += "".join(_pieces(run, _DOCX))
    return instruction, result


_FIELD = re.compile(r"(?i)\bHYPERLINK\s+\"([^\"]+)")
_WITHIN = re.compile(r"\\l\s+\"([^\"]+)")


def _read_odt(package: zipfile.ZipFile) -> Package:
    styles = _tree(package.read("styles.xml"))
    parts, links = _read(_tree(package.read("content.xml")), _ODT, _odt_led)
    feet, others = _read(styles, _ODT, _odt_led)
    links += [replace(it, part=None) for it in others]
    languages = (it.get(_LANGUAGE) for it in styles.iter(f"{_STYLE}text-properties"))
    language = next(filter(None, languages), "")
    return Package("odt", parts, _feet(feet), language=language, links=links)


def _odt_led(element: Any, text: str) -> tuple[str, str]:
    target = element.get(_XLINK, "")
    return text, "" if target.startswith("#") else target


def _feet(parts: Sequence[str]) -> Sequence[str]:
    """Return the heads and feet of pages, once each, without the number of the page."""
    return sorted({part.strip().rstrip(string.digits) for part in parts})


def _tree(content: bytes) -> Any:
    etree = load("lxml.etree")
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))


@dataclass(frozen=True)
class _Format:
    """What the elements of a format are: paragraphs, links on words, and others that lead away."""

    paragraphs: frozenset[str]
    links: frozenset[str]
    leading: frozenset[str]
    written: Callable[[Any], str | None]
    """What an element writes by itself; None where its content is what it writes."""
    has_text_anywhere: bool = False


_Targets = Callable[[Any, str], tuple[str, str]]
"""Return the words of a link, given those in its element, and where it leads, or nothing."""


def _read(root: Any, format: _Format, led: _Targets) -> tuple[list[str], list[Link]]:
    """Return the texts of the paragraphs, and the links; a blank one cannot be clicked."""
    parts: list[str] = []
    numbers: dict[Any, int] = {}
    for paragraph in _paragraphs(root, format):
        text = "".join(_pieces(paragraph, format))
        if text.strip():
            numbers[paragraph] = len(parts)
            parts.append(text)
    links = []
    for element in root.iter(*format.links, *format.leading):
        text, target = led(element, "".join(_pieces(element, format)))
        if target and (text.strip() or element.tag in format.leading):
            paragraph = next(element.iterancestors(*format.paragraphs), None)
            links.append(Link(numbers.get(paragraph), text, target))
    return parts, links


def _paragraphs(element: Any, format: _Format) -> Iterator[Any]:
    """Yield the paragraphs; one within another, as in a text box, comes after it."""
    for child in element:
        if not isinstance(child.tag, str) or format.written(child) == "":
            continue
        if child.tag in format.paragraphs:
            yield child
        yield from _paragraphs(child, format)


def _pieces(element: Any, format: _Format) -> Iterator[str]:
    if format.has_text_anywhere and element.text:
        yield element.text
    for child in element:
        if isinstance(child.tag, str) and child.tag not in format.paragraphs:
            text = format.written(child)
            if text is not None:
                yield text
            if text is None or text == PICTURE:
                yield from _pieces(child, format)
        if format.has_text_anywhere and child.tail:
            yield child.tail


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


_DOCX = _Format(
    paragraphs=frozenset({f"{_W}p"}),
    links=frozenset({f"{_W}hyperlink"}),
    leading=frozenset({_CLICKED, f"{_W}instrText", f"{_W}fldSimple"}),
    written=_docx_written,
)

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


_ODT = _Format(
    paragraphs=frozenset({f"{_TEXT}p", f"{_TEXT}h"}),
    links=frozenset({f"{_TEXT}a"}),
    leading=frozenset({f"{_DRAW}a", _LISTENER}),
    written=_odt_written,
    has_text_anywhere=True,
)

_INLINE = frozenset({"a", "b", "br", "code", "del", "em", "i", "ins", "small", "span", "strong"})
_HTML_PICTURES = frozenset({"img", "svg", "canvas", "object", "iframe", "embed", "video"})


def read_html(content: bytes) -> tuple[str, Sequence[str], Sequence[Link]]:
    """Return the language, the parts and what leads away.

    Its style sheet is a part, since styles can write.
    """
    html = load("lxml.html")
    root = html.document_fromstring(content, parser=html.HTMLParser(encoding="utf-8"))
    pieces: list[str] = []
    links: list[Link] = []
    _html_pieces(root, pieces, links)
    parts = "".join(pieces).split(_END)
    ends = [end + place for place, end in enumerate(accumulate(map(len, parts)))]
    blank = list(accumulate(not part.strip() for part in parts))
    starts = [0, *accumulate(map(len, pieces))]
    for number, link in enumerate(links):
        part = bisect_left(ends, starts[link.part or 0])
        links[number] = replace(link, part=part - blank[part] if parts[part].strip() else None)
    return root.get("lang", ""), [part for part in parts if part.strip()], links


_END = "\0"
_LEADING = frozenset(
    {"action", "background", "data", "formaction", "href", "ping", "poster", "src", "srcset"}
    | {"xlink:href"}
)


def _html_links(element: Any, piece: int) -> Iterator[Link]:
    """Yield where an element leads or what it runs; as part, the number of its first piece."""
    text = "".join(element.itertext()) if element.tag == "a" else ""
    for name, value in sorted(element.attrib.items()):
        if name in _LEADING:
            yield Link(piece, text, value)
        elif name.startswith("on") or (name, element.tag) == ("content", "meta"):
            yield Link(piece, text, f"{name}={value}")


def _html_pieces(element: Any, pieces: list[str], links: list[Link]) -> None:
    if isinstance(element.tag, str):
        links += _html_links(element, len(pieces))
        ends = [] if element.tag in _INLINE else [_END]
        pieces += [*ends, *_html_styles(element)]
        pieces.append(element.text or "")
        if element.tag == "br":
            pieces.append("\n")
        for child in element:
            _html_pieces(child, pieces, links)
        pieces += ends
    pieces.append(element.tail or "")


def _html_styles(element: Any) -> Iterator[str]:
    if element.tag in _HTML_PICTURES:
        yield PICTURE
    if element.get("style"):
        yield f"{_END}{element.get('style')}{_END}"
