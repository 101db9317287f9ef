"""Staff page of the records of processing, and the same as files."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, current_app, render_template
from flask.typing import ResponseReturnValue

from consultation.clock import in_paris, now
from consultation.documents import formats
from consultation.documents.formats import DocumentFormat
from consultation.extensions import db
from consultation.privacy import records
from consultation.responses.rights import export_pdf
from consultation.turns import turn
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
    return attached_pdf(lambda: export_pdf.team_document(content), _name("pdf"))


@blueprint.get("/documents.docx")
@requires(Permission.MANAGE_ACCOUNTS)
def editable() -> ResponseReturnValue:
    """Give out what the collective completes in a word processor."""
    with turn():
        made = formats.written(records.editable(_known(), now()), DocumentFormat.DOCX)
    answer = Response(made, mimetype=DocumentFormat.DOCX.media_type)
    answer.headers.set("Content-Disposition", "attachment", filename=_name("docx"))
    return answer


def _name(extension: str) -> str:
    return f"{records.FILE_NAME}-{in_paris(now()):%Y-%m-%d}.{extension}"
