"""Staff page of the records of processing, and the same as a PDF."""

from flask import Blueprint, Response, abort, current_app, render_template
from flask.typing import ResponseReturnValue

from consultation.clock import in_paris, now
from consultation.privacy import records
from consultation.responses.rights import export_pdf
from consultation.typesetting.subprocess import NoTypesetting
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("records", __name__, url_prefix="/administration/donnees")

AUTHOR = "Ensemble contre la traite des êtres humains"
MISSING = "Certains caractères n'ont pas pu être dessinés : ils sont écrits par leur code."


@blueprint.get("")
@requires(Permission.MANAGE_ACCOUNTS)
def page() -> str:
    """Show the documents, one after the other."""
    return render_template(
        "privacy/records.html",
        documents=records.documents(current_app.config),
        lead=records.LEAD,
        to_review=records.TO_REVIEW,
        blank=records.BLANK,
    )


@blueprint.get("/documents.pdf")
@requires(Permission.MANAGE_ACCOUNTS)
def document() -> ResponseReturnValue:
    """Give out the documents as one PDF."""
    content = records.printable(current_app.config)
    try:
        pdf = export_pdf.document_of(content, "fr", author=AUTHOR, missing=MISSING)
    except NoTypesetting:
        abort(503)
    answer = Response(pdf, mimetype="application/pdf")
    name = f"consultation-donnees-personnelles-{in_paris(now()):%Y-%m-%d}.pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
