"""Answers of staff pages with a PDF to keep."""

from collections.abc import Callable

from flask import Response, abort

from consultation.typesetting.subprocess import NoTypesetting


def attached_pdf(make: Callable[[], bytes], name: str) -> Response:
    """Make a document and attach it, or abort with 503 when none can be made now."""
    try:
        document = make()
    except NoTypesetting:
        abort(503)
    answer = Response(document, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
