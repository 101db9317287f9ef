"""Data export as a PDF that screen readers can read."""

from dataclasses import asdict

from flask_babel import gettext as _

from consultation.files import PACKAGE
from consultation.responses.rights.export_formats import CopyDescription
from consultation.typesetting.subprocess import AUTHOR
from consultation.typesetting.tagged_pdf import tagged_pdf
from consultation.web.typography import typeset

TEMPLATE = PACKAGE / "typesetting" / "copy.typ"
MISSING = "Certains caractères n'ont pas pu être dessinés : ils sont écrits par leur code."


def document_of(copy: CopyDescription, locale: str, *, author: str, missing: str) -> bytes:
    """Return the PDF; `missing` is its sentence for characters that the font lacks.

    Should the standard refuse it, it comes without its label: a respondent is never refused their
    own data.  Raise `NoTypesetting`.
    """
    content = asdict(copy) | {"locale": locale, "author": author, "colon": typeset(_(" : "))}
    return tagged_pdf(TEMPLATE, content, missing)


def team_document(content: CopyDescription) -> bytes:
    """Return a document of the team, in French.  Raise `NoTypesetting`."""
    return document_of(content, "fr", author=AUTHOR, missing=MISSING)
