"""PDF of a document, which screen readers can read."""

import json
from dataclasses import asdict
from typing import Any

from consultation.documents.model import Document, Text
from consultation.files import PACKAGE
from consultation.i18n import is_french
from consultation.typesetting.markdown import blocks
from consultation.typesetting.qr import draw
from consultation.typesetting.tagged_pdf import Attachment, tagged_pdf
from consultation.web.typography import french

NUMBERS = "numbers.json"
"""Name of the file in a PDF with its numbers."""
TEMPLATE = PACKAGE / "typesetting" / "document.typ"


def written(document: Document) -> bytes:
    """Return the PDF; raise `NoTypesetting`."""
    content = _typeset(document.as_json()) | {
        "introduction": _blocks(document.introduction),
        "made_at": list(document.made_at.timetuple()[:6]),
        "numbers": None,
    }
    if document.summary:
        content["summary"]["introduction"] = _blocks(document.summary.introduction)
    for axis, entry in zip(content["axes"], document.axes, strict=True):
        axis["introduction"] = _blocks(entry.introduction)
    addresses = [it.address for axis in document.axes for it in axis.measures if it.address]
    drawings = {address: draw(address).svg for address in addresses}
    return tagged_pdf(
        TEMPLATE, content, document.labels["not_drawn"], drawings, _attached(document)
    )


def _typeset(content: Any) -> Any:
    """Return content with its French texts in French typography."""
    if isinstance(content, list | tuple):
        return [_typeset(part) for part in content]
    if not isinstance(content, dict):
        return content
    if "value" in content and "language" in content and is_french(content["language"]):
        return content | {"value": french(content["value"])}
    return {name: _typeset(part) for name, part in content.items()}


def _blocks(markdown: Text | None) -> dict[str, Any] | None:
    if markdown is None:
        return None
    made = [asdict(block) for block in blocks(markdown.typeset)]
    return {"blocks": made, "language": markdown.language}


def _attached(document: Document) -> Attachment | None:
    """Return the numbers of a document as the file that is attached to it."""
    if document.numbers is None:
        return None
    content = json.dumps(document.numbers, ensure_ascii=False)
    return Attachment(NUMBERS, content, "application/json", document.labels["numbers"])
