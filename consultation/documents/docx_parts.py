"""Parts of a DOCX for which python-docx has no call: fields, links, bookmarks, languages."""

import zipfile
from io import BytesIO
from typing import Any

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

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


def set_language(properties: Any, language: str) -> None:
    """Set the language of the run whose properties these are."""
    for lang in properties.findall(qn("w:lang")):
        properties.remove(lang)
    properties.append(element("lang", val=language, eastAsia=language))


def set_table_head(row: Any) -> None:
    """Make a row the head of its table, repeated on each page."""
    row._tr.get_or_add_trPr().append(element("tblHeader"))
    for cell in row.cells:
        for run in cell.paragraphs[0].runs:
            run.bold = True


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


def link_to(run: Any, address: str) -> None:
    """Make a run a link to an address."""
    relation = run.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), relation)
    _wrap(run, link)


def link_within(run: Any, bookmark: str) -> None:
    """Make a run a link to a bookmark."""
    _wrap(run, element("hyperlink", anchor=bookmark, history="1"))


def mark(paragraph: Any, number: int, bookmark: str) -> None:
    """Give a paragraph a bookmark; `number` is its own in the document."""
    start = element("bookmarkStart", id=str(number), name=bookmark)
    first = paragraph._p.find(qn("w:pPr"))
    first.addnext(start)
    paragraph._p.append(element("bookmarkEnd", id=str(number)))


def _wrap(run: Any, link: Any) -> None:
    run.underline = True
    run._r.addprevious(link)
    link.append(run._r)
