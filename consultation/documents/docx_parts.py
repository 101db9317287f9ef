"""Parts of a DOCX for which python-docx has no call: fields, links, bookmarks, languages."""

import json
import re
import zipfile
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
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
) -> Any:
    """Add a run, and return its element; as python-docx does, in a third of the time.

    `style` is that of characters.
    """
    run = SubElement(paragraph._p, _RUN)
    if style or language or is_strong or is_emphasised:
        properties = SubElement(run, _PROPERTIES)
        if style:
            SubElement(properties, qn("w:rStyle")).set(_VALUE, style)
        if is_strong:
            SubElement(properties, qn("w:b"))
        if is_emphasised:
            SubElement(properties, qn("w:i"))
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


def set_table_head(row: Any) -> None:
    """Make a row the head of its table, repeated on each page."""
    row._tr.get_or_add_trPr().append(element("tblHeader"))


def keep_rows_whole(table: Any) -> None:
    """Keep each row of a table on one page."""
    for row in table.rows:
        row._tr.get_or_add_trPr().insert(0, element("cantSplit"))


def begin_field(paragraph: Any, instruction: str) -> None:
    """Begin a field, whose result follows until `end_field`."""
    for part in (
        element("fldChar", fldCharType="begin"),
        element("instrText"),
        element("fldChar", fldCharType="separate"),
    ):
        if part.tag == qn("w:instrText"):
            part.text = instruction
        paragraph.add_run()._r.append(part)


def end_field(paragraph: Any) -> None:
    """End the field that was begun."""
    paragraph.add_run()._r.append(element("fldChar", fldCharType="end"))


def link_to(paragraph: Any, run: Any, address: str) -> None:
    relation = paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), relation)
    _wrap(run, link)


def link_within(run: Any, bookmark: str) -> None:
    _wrap(run, element("hyperlink", anchor=bookmark, history="1"))


def mark(paragraph: Any, number: int, bookmark: str) -> None:
    """Give a paragraph a bookmark; `number` is its own in the document."""
    start = element("bookmarkStart", id=str(number), name=bookmark)
    first = paragraph._p.find(qn("w:pPr"))
    first.addnext(start)
    paragraph._p.append(element("bookmarkEnd", id=str(number)))


def _wrap(run: Any, link: Any) -> None:
    run.addprevious(link)
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
