"""Attachments: the files of a copy that a respondent downloads."""

from collections.abc import Callable
from datetime import datetime

from flask import Response, abort
from flask_babel import gettext as _

from consultation.clock import in_paris
from consultation.extensions import db
from consultation.responses.rights import export_pdf
from consultation.responses.rights.export_formats import CopyDescription
from consultation.turns import turn
from consultation.web import rate_limits
from consultation.web.locale import current_locale
from consultation.web.typography import typeset

DOCUMENTS_PER_HOUR = 120
"""PDFs that one network may ask for in an hour: a large one takes a second of a core."""


def document(describe: Callable[[], CopyDescription], at: datetime) -> Response:
    """Make the PDF of what `describe` returns, in its turn, and attach it; raise `NoDocument`."""
    with turn():
        if rate_limits.tally(lambda it: it.count("copy", seconds=3600), 0) > DOCUMENTS_PER_HOUR:
            abort(429)
        made = _document_of(describe())
    return attached(made, "application/pdf", "pdf", at)


def _document_of(described: CopyDescription) -> bytes:
    db.session.rollback()  # no transaction stays open while the document is made
    return export_pdf.document_of(
        described,
        current_locale(),
        author=typeset(_("Ensemble contre la traite des êtres humains")),
        missing=typeset(
            _(
                "Certains caractères de vos textes n'ont pas pu être dessinés dans ce PDF : ils y"
                " sont écrits par leur code, comme [U+6F22]. La page et le fichier JSON les gardent"
                " tels quels."
            )
        ),
    )


def attached(made: bytes, mimetype: str, ending: str, at: datetime) -> Response:
    """Return a file to keep, named after its day and not after what it holds."""
    answer = Response(made, mimetype=mimetype)
    name = f"consultation-copie-{in_paris(at):%Y-%m-%d}.{ending}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
