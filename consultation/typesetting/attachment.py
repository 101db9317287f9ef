"""Answers of staff pages with a PDF to keep."""

from collections.abc import Callable

from flask import Response

from consultation.turns import turn


def attached_pdf(make: Callable[[], bytes], name: str) -> Response:
    """Make a document in its turn and attach it; raise `NoDocument`."""
    with turn():
        document = make()
    answer = Response(document, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
