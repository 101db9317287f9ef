"""Parts of a DOCX for which python-docx has no call: fields, links, bookmarks, languages."""

import json
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from itertools import zip_longest
from typing import Any

from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm
from docx.text.paragraph import Paragraph
from lxml.etree import (  # type: ignore[import-untyped]  # has no types
    Element,
    SubElement,
    XMLParser,
    fromstring,
    tostring,
)

from consultation.text import clean

FIXED_DATE = (1980, 1, 1, 0, 0, 0)
"""Of each file in the package: the earliest that ZIP knows."""


def stable(made: BytesIO) -> bytes:
    """Return a package that has fixed dates."""
    after = BytesIO()
    with zipfile.ZipFile(made) as package, zipfile.ZipFile(after, "w") as written:
        for name in package.namelist():
            entry = zipfile.ZipInfo(name, FIXED_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            written.writestr(entry, package.read(name))
    return after.getvalue()


def element(tag: str, **attributes: str) -> Any:
    """Return an element of the namespace `w`, with attributes of that namespace."""
    made = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    return made


def add_run(
    paragraph: Any,
    text: str,
    *,
    style: str = "",
    language: str = "",
    is_strong: bool = False,
    is_emphasised: bool = False,
    is_rtl: bool = False,
) -> Any:
    """Add a run, and return its element; as python-docx does, in a third of the time.

    `style` is that of characters.
    """
    run = SubElement(paragraph._p, _RUN)
    if style or language or is_strong or is_emphasised or is_rtl:
        properties = SubElement(run, _PROPERTIES)
        if style:
            SubElement(properties, qn("w:rStyle")).set(_VALUE, style)
        for name, is_set in (("w:b", is_strong), ("w:i", is_emphasised), ("w:rtl", is_rtl)):
            if is_set:
                SubElement(properties, qn(name))
        if language:
            set_language(properties, language)
    for piece in _PIECES.findall(clean(text)):
        if tag := _BREAKS.get(piece):
            SubElement(run, tag)
        else:
            written = SubElement(run, _TEXT)
            written.text = piece
            written.set(_SPACE, "preserve")
    return run


_PIECES = re.compile(r"[\t\n]|[^\t\n]+")
_RUN, _PROPERTIES, _TEXT, _VALUE = qn("w:r"), qn("w:rPr"), qn("w:t"), qn("w:val")
_BREAKS = {"\n": qn("w:br"), "\t": qn("w:tab")}
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def set_style(paragraph: Any, style: str) -> None:
    """Give a paragraph without a style the one of this id, without searching all of them."""
    paragraph._p.get_or_add_pPr().insert(0, element("pStyle", val=style))


def set_language(properties: Any, language: str) -> None:
    """Set the language of the run whose properties these are."""
    for lang in properties.findall(qn("w:lang")):
        properties.remove(lang)
    properties.append(element("lang", val=language, eastAsia=language))


def set_direction(properties: Any, *, is_rtl: bool) -> None:
    """Say from which side the paragraphs with these properties begin."""
    direction = element("bidi", val="1" if is_rtl else "0")
    properties.insert_element_before(direction, "w:adjustRightInd", "w:spacing", "w:ind", "w:jc")


def by_direction(text: str) -> list[tuple[str, bool]]:
    """The pieces of a text of a language from the right to the left, and whether each is so.

    Numbers, codes and addresses among its words are not.
    """
    pieces = [(it, False) for it in _LEFT_TO_RIGHT.findall(text)]
    turned = [(it, True) for it in _LEFT_TO_RIGHT.split(text)]
    mixed = [it for pair in zip_longest(turned, pieces) for it in pair if it and it[0]]
    return mixed or [(text, True)]


_LEFT_TO_RIGHT = re.compile(r"[A-Za-z0-9](?:[\w.,:/@%&=?#+\u00a0\u202f-]*[A-Za-z0-9%])?", re.ASCII)


def keep_last(docx: Any) -> None:
    """Have the last paragraphs, a few, on the page of what follows them."""
    body = docx.element.body
    for last in body[-2 : -2 - KEPT : -1]:  # the very last is the section
        if last.tag != qn("w:p"):
            break
        Paragraph(last, docx).paragraph_format.keep_with_next = True


KEPT = 3
"""Paragraphs before a table that are on its page."""
HIGHEST_WHOLE = 9
"""Rows of a table that is not cut by the end of a page."""
LETTER_WIDTH = Mm(2.2)
"""Of an average letter with its part of what surrounds a cell."""


def lay_out(table: Any, room: int, *, is_rtl: bool) -> None:
    """Share the room in EMU, repeat the first row on each page, cut no row and no low table."""
    rows = table._tbl.tr_lst
    for row in rows:
        row.get_or_add_trPr().append(element("cantSplit"))
    rows[0].trPr.append(element("tblHeader"))
    if len(rows) <= HIGHEST_WHOLE:
        for paragraph in (it for row in rows[:-1] for it in row.iter(qn("w:p"))):
            paragraph.get_or_add_pPr().append(element("keepNext"))
    _share(table, room)
    if is_rtl:
        table._tbl.tblPr.insert_element_before(
            element("bidiVisual"),
            "w:tblStyleRowBandSize",
            "w:tblStyleColBandSize",
            "w:tblW",
            "w:jc",
        )


def _share(table: Any, room: int) -> None:
    """Give narrow columns what they need, wide ones what is left in equal parts."""
    table.autofit = False
    rows = table._tbl.tr_lst
    columns = zip(*(row.tc_lst for row in rows), strict=True)
    needs = [LETTER_WIDTH * max(map(_letters, column)) for column in columns]
    widths, left = list(needs), room
    for rank, place in enumerate(sorted(range(len(needs)), key=needs.__getitem__)):
        widths[place] = min(needs[place], left // (len(needs) - rank))
        left -= widths[place]
    widths[needs.index(max(needs))] += left
    for place, width in enumerate(widths):
        table.columns[place].width = width
        for row in rows:
            row.tc_lst[place].width = width


def _letters(cell: Any) -> int:
    """Count the letters of the longest line of a cell, and its sides as three."""
    lines = [0]
    for it in cell.iter(_TEXT, _BREAKS["\n"]):
        if it.tag == _TEXT:
            lines[-1] += len(it.text)
        else:
            lines.append(0)
    return 3 + max(lines)


INSERTED, DELETED = "ins", "del"
_TEXTS_DELETED = {qn("w:t"): qn("w:delText"), qn("w:instrText"): qn("w:delInstrText")}


def revise(part: Any, made: Callable[[], Any]) -> None:
    """Mark all that a paragraph, a table or a run holds; `made` gives a mark, of one kind.

    A word processor then accepts or refuses what is marked.
    """
    for row in part.iter(qn("w:tr")):
        row.get_or_add_trPr().append(made())
    for paragraph in part.iter(qn("w:p")):
        properties = paragraph.get_or_add_pPr()
        marks = properties.find(_PROPERTIES)
        if marks is None:
            marks = SubElement(properties, _PROPERTIES)
        marks.insert(0, made())
    for run in list(part.iter(_RUN)):
        mark_of_run = made()
        run.addprevious(mark_of_run)
        mark_of_run.append(run)
        if mark_of_run.tag == qn(f"w:{DELETED}"):
            for text in run:
                text.tag = _TEXTS_DELETED.get(text.tag, text.tag)


def begin_field(paragraph: Any, instruction: str) -> None:
    """Begin a field, whose result follows until `end_field`.

    It is marked as out of date, so that a word processor computes it where it is opened.
    """
    for part in (
        element("fldChar", fldCharType="begin", dirty="1"),
        element("instrText"),
        element("fldChar", fldCharType="separate"),
    ):
        if part.tag == qn("w:instrText"):
            part.text = instruction
        paragraph.add_run()._r.append(part)


def end_field(paragraph: Any) -> None:
    """End the field that was begun."""
    paragraph.add_run()._r.append(element("fldChar", fldCharType="end"))


def page_of(paragraph: Any, bookmark: str) -> None:
    """Add the number of the page of a bookmark at the right, which a word processor computes."""
    paragraph.add_run("\t")
    begin_field(paragraph, f"PAGEREF {bookmark} \\h")
    end_field(paragraph)


def link_to(paragraph: Any, runs: Sequence[Any], address: str) -> None:
    relation = paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), relation)
    _wrap(runs, link)


def link_within(runs: Sequence[Any], bookmark: str) -> None:
    _wrap(runs, element("hyperlink", anchor=bookmark, history="1"))


def mark(paragraph: Any, number: int, bookmark: str) -> None:
    """Give a paragraph a bookmark; `number` is its own in the document."""
    start = element("bookmarkStart", id=str(number), name=bookmark)
    first = paragraph._p.find(qn("w:pPr"))
    first.addnext(start)
    paragraph._p.append(element("bookmarkEnd", id=str(number)))


def _wrap(runs: Sequence[Any], link: Any) -> None:
    runs[0].addprevious(link)
    for run in runs:
        link.append(run)


_NAMESPACE = "urn:consultation:numbers"


def attach_json(document: Any, content: Mapping[str, Any]) -> None:
    """Add content as a part of XML that word processors keep and do not show."""
    root = Element(f"{{{_NAMESPACE}}}numbers", nsmap={None: _NAMESPACE})
    root.text = json.dumps(content, ensure_ascii=False)
    written = tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    name = document.part.package.next_partname("/customXml/item%d.xml")
    part = Part(name, CONTENT_TYPE.XML, written, document.part.package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.CUSTOM_XML)


def attached_json(document: Any) -> Any:
    """Return the content that `attach_json` added, None where there is none."""
    for relation in document.part.rels.values():
        if relation.reltype == RELATIONSHIP_TYPE.CUSTOM_XML and not relation.is_external:
            root = fromstring(relation.target_part.blob, XMLParser(resolve_entities=False))
            if root.tag == f"{{{_NAMESPACE}}}numbers":
                return json.loads(root.text or "null")
    return None
