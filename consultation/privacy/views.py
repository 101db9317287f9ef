"""Staff page of the records of processing, and the same as a PDF."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from consultation.clock import in_paris, now
from consultation.extensions import db
from consultation.privacy import records
from consultation.responses.rights import export_pdf
from consultation.typesetting.attachment import attached_pdf
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("records", __name__, url_prefix="/administration/donnees")


@blueprint.get("")
@requires(Permission.MANAGE_ACCOUNTS)
def page() -> str:
    """Show the documents, one after the other."""
    return render_template(
        "privacy/records.html",
        documents=records.documents(_known()),
        lead=records.LEAD,
        to_review=records.TO_REVIEW,
        blank=records.BLANK,
    )


def _known() -> Mapping[str, Any]:
    return records.known(db.session(), current_app.config)


@blueprint.get("/documents.pdf")
@requires(Permission.MANAGE_ACCOUNTS)
def document() -> ResponseReturnValue:
    content = records.printable(_known())
    name = f"consultation-donnees-personnelles-{in_paris(now()):%Y-%m-%d}.pdf"
    return attached_pdf(lambda: export_pdf.team_document(content), name)
