"""PDF of a document, which screen readers can read."""

from dataclasses import asdict
from typing import Any

from consultation.documents.introduction import blocks
from consultation.documents.model import Document, Text
from consultation.files import PACKAGE
from consultation.i18n import DEFAULT_LOCALE
from consultation.typesetting.qr import draw
from consultation.typesetting.tagged_pdf import tagged_pdf
from consultation.web.typography import french

TEMPLATE = PACKAGE / "typesetting" / "document.typ"


def written(document: Document) -> bytes:
    """Return the PDF; raise `NoTypesetting`."""
    content = _typeset(document.as_json()) | {
        "introduction": _blocks(document.introduction),
        "language_of_introduction": (document.introduction or Text("", document.language)).language,
        "made_at": list(document.made_at.timetuple()[:6]),
    }
    addresses = [it.address for axis in document.axes for it in axis.measures if it.address]
    drawings = {address: draw(address).svg for address in addresses}
    return tagged_pdf(TEMPLATE, content, document.labels["not_drawn"], drawings)


def _typeset(content: Any) -> Any:
    """Return content with its French texts in French typography."""
    if isinstance(content, list | tuple):
        return [_typeset(part) for part in content]
    if not isinstance(content, dict):
        return content
    if content.get("language") == DEFAULT_LOCALE and "value" in content:
        return content | {"value": french(content["value"])}
    return {name: _typeset(part) for name, part in content.items()}


def _blocks(introduction: Text | None) -> list[dict[str, Any]]:
    if introduction is None:
        return []
    return [asdict(block) for block in blocks(introduction.typeset)]
