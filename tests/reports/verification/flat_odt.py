"""ODT of a DOCX as LibreOffice makes it, for machines without it: its texts, tables and links."""

import zipfile
from io import BytesIO

import docx
from lxml import etree

from tests.reports.verification.tampering import HREF, LINKED, TABLE, TEXT, W

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
TAGS = {
    f"{W}p": f"{TEXT}p",
    f"{W}r": f"{TEXT}span",
    f"{W}hyperlink": f"{TEXT}a",
    f"{W}t": f"{TEXT}span",
    f"{W}tab": f"{TEXT}tab",
    f"{W}br": f"{TEXT}line-break",
    f"{W}drawing": f"{DRAW}frame",
    f"{W}tbl": f"{TABLE}table",
    f"{W}tr": f"{TABLE}table-row",
    f"{W}tc": f"{TABLE}table-cell",
}


def odt_of(content):
    """The ODT of a DOCX."""
    opened = docx.Document(BytesIO(content))
    targets = {id: it.target_ref for id, it in opened.part.rels.items() if it.is_external}
    body, styles = etree.Element(f"{OFFICE}body"), etree.Element(f"{OFFICE}styles")
    _add(body, opened.element.body, targets)
    _add(styles, opened.sections[0].footer._element, {})
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        package.writestr("content.xml", etree.tostring(body))
        package.writestr("styles.xml", etree.tostring(styles))
    return made.getvalue()


def _add(parent, element, targets):
    for child in element:
        if child.tag not in TAGS:
            continue
        made = etree.SubElement(parent, TAGS[child.tag])
        if child.tag == f"{W}t":
            made.text = child.text
        elif child.tag == f"{W}hyperlink":
            made.set(HREF, targets.get(child.get(LINKED), f"#{child.get(f'{W}anchor')}"))
        if child.tag != f"{W}drawing":
            _add(made, child, targets)
