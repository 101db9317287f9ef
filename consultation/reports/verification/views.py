"""Public page on which anybody has a file of a report verified; nothing of it is kept."""

from flask import Blueprint, Flask, current_app, render_template, request
from flask.typing import ResponseReturnValue

from consultation.documents.build import site_of
from consultation.documents.formats import ConversionFailed, DocumentFormat, written
from consultation.documents.model import Document
from consultation.extensions import db
from consultation.reports.verification import process, verify
from consultation.reports.verification.verify import FileVerdict, NotOurs
from consultation.settings import MEBIBYTE
from consultation.turns import NoDocument, turn
from consultation.web.permissions import Permission, requires
from consultation.web.rate_limits import Limit, by_source, throttle
from consultation.web.request_body import takes_files
from consultation.web.uploads import uploaded_file

blueprint = Blueprint("report_verification", __name__, url_prefix="/bilan/verifier")

BY_SOURCE = Limit(20, 3600, by_source)
MOST_BYTES = 10 * MEBIBYTE
"""Of a file: a PDF of sixty measures has three mebibytes, near the limit of other pages."""
MOST_DISPLAYED = 50


@blueprint.before_request
def allow_large_file() -> None:
    """Take a larger body than other pages do."""
    request.max_content_length = MOST_BYTES


@blueprint.get("")
@requires(Permission.PUBLIC)
def page() -> str:
    return _page()


@blueprint.post("")
@requires(Permission.PUBLIC)
@takes_files
def check() -> ResponseReturnValue:
    uploaded = uploaded_file("bilan")
    if uploaded is None or not uploaded.content:
        return _page(problem="missing"), 422
    site = site_of(current_app.config)
    try:
        verdict = verify.verify(db.session(), uploaded.content, site, _made, process.OF_PUBLIC)
    except NotOurs as refusal:
        return _page(problem="refused", sentence=str(refusal)), 422
    except (process.Busy, ConversionFailed, NoDocument):
        return _page(problem="busy"), 503
    return _page(verdict)


def _made(document: Document, format: DocumentFormat) -> bytes:
    with turn():
        return written(document, format)


def _page(verdict: FileVerdict | None = None, *, problem: str = "", sentence: str = "") -> str:
    sentences = [verify.sentence_of(it) for it in verdict.comparison.findings] if verdict else []
    return render_template(
        "reports/verification/verify.html",
        verdict=verdict,
        sentences=sentences[:MOST_DISPLAYED],
        others=len(sentences) - MOST_DISPLAYED,
        problem=problem,
        sentence=sentence,
        megabytes=MOST_BYTES // MEBIBYTE,
    )


def register(app: Flask) -> None:
    """Limit the files, by the network of the request."""
    throttle(app, "report_verification.check", BY_SOURCE)
