"""HTML of a document: one file, complete in itself, without a script."""

from flask import render_template
from markupsafe import Markup

from consultation.documents.model import CHARACTERS, Document
from consultation.files import resource
from consultation.typesetting.qr import draw
from consultation.web.locale import in_language

STYLES = ("document_file.css", "document.css")
SUMMARY_STYLE = "document_summary.css"


def written(document: Document) -> bytes:
    """Return the HTML, in UTF-8."""
    styles = "".join((resource("static") / name).read_text("utf-8") for name in STYLES)
    if document.summary:
        styles += (resource("static") / SUMMARY_STYLE).read_text("utf-8")
    style = Markup(styles)  # noqa: S704 - our own style sheets
    with in_language(document.language):
        page = render_template(
            "documents/file.html", document=document, style=style, draw=draw, characters=CHARACTERS
        )
    return page.encode()
