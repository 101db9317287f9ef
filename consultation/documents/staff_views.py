"""Pages of the team for documents: order one, follow it, take its file."""

from datetime import timedelta
from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation.accounts.audit import audit_log
from consultation.clock import now
from consultation.decisions import editions
from consultation.documents import build, jobs, office
from consultation.documents.build import Choice
from consultation.documents.formats import DocumentFormat, formats_here
from consultation.documents.forms import DocumentForm
from consultation.documents.jobs import OrderedDocument
from consultation.documents.office import Office
from consultation.extensions import db
from consultation.i18n import choices_of_language
from consultation.jobs import worker
from consultation.jobs.models import JobStatus
from consultation.settings import is_local
from consultation.web.permissions import Permission, requires
from consultation.work.actions import act, current_work
from consultation.work.services import Work

blueprint = Blueprint("staff_documents", __name__, url_prefix="/organisation/document")

REFRESH_SECONDS = 2
WITHOUT_ODT = {
    Office.ABSENT: "Le format ODT demande LibreOffice sur le serveur, qui n'y est pas.",
    Office.UNTRIED: "Le format ODT sera proposé quand le service aura essayé LibreOffice.",
    Office.FAILS: "LibreOffice est sur le serveur, mais n'y fait pas de fichier ODT.",
}
"""Why ODT is not offered."""
LONG_WAIT = timedelta(minutes=1)
"""Time in the queue after which the page says why."""


@blueprint.get("")
@requires(Permission.FOLLOW)
def page() -> str:
    """Display the form of a document and the latest ones."""
    return _page(_form())


@blueprint.post("")
@requires(Permission.FOLLOW)
def order() -> ResponseReturnValue:
    form = _form(request.form)
    return act(
        lambda work: _order(work, form.choice(), form.file_format()),
        form=form,
        page=lambda: _page(form),
        to=lambda public_id: url_for(".document", public_id=public_id),
    )


def _order(work: Work, choice: Choice, format: DocumentFormat) -> str:
    job, is_new = jobs.order(work, choice, format)
    if is_new:
        details = {
            "edition": choice.edition,
            "since_edition": choice.since,
            "format": format.value,
            "locale": choice.language,
        }
        audit_log.log(work, "document_ordered", job.public_id, details)
    return job.public_id


def _form(formdata: Any = None) -> DocumentForm:
    formats = formats_here(current_app.config["HOME"])
    return DocumentForm(formdata, editions=editions.published(db.session()), formats=formats)


@blueprint.get("/<public_id>")
@requires(Permission.FOLLOW)
def document(public_id: str) -> ResponseReturnValue:
    """Display the progress of a document, or its file."""
    ordered, at = _ordered(public_id), now()
    refreshes = ordered.is_under_way and request.args.get("actualiser") != "non"
    waits_long = ordered.job.status is JobStatus.QUEUED and at - ordered.job.created_at > LONG_WAIT
    answer = make_response(
        render_template(
            "documents/staff/document.html",
            **_labels(),
            ordered=ordered,
            path=ordered.path(current_app.config["EXPORTS_DIR"]),
            refreshes=refreshes,
            waits_long=waits_long,
            is_worker_down=waits_long and worker.is_worker_down(db.session(), at),
            days=current_app.config["RETENTION_EXPORT_DAYS"],
        )
    )
    if refreshes:
        answer.headers["Refresh"] = str(REFRESH_SECONDS)
    return answer


@blueprint.get("/<public_id>/fichier")
@requires(Permission.FOLLOW)
def file(public_id: str) -> ResponseReturnValue:
    """Send the file, unless a text that it quotes may be read no more: it is removed then."""
    ordered = _ordered(public_id)
    path = ordered.path(current_app.config["EXPORTS_DIR"])
    if path is None:
        return redirect(url_for(".document", public_id=public_id), 303)
    if not jobs.is_current(db.session(), ordered, build.site_of(current_app.config), now()):
        path.unlink(missing_ok=True)
        return redirect(url_for(".document", public_id=public_id), 303)
    return send_file(
        path,
        mimetype=ordered.format.media_type,
        as_attachment=True,
        conditional=False,
        etag=False,
        max_age=0,
    )


def _ordered(public_id: str) -> OrderedDocument:
    return jobs.find(current_work(), public_id) or abort(404)


def _page(form: DocumentForm) -> str:
    published = editions.published(db.session())
    return render_template(
        "documents/staff/documents.html",
        **_labels(),
        form=form,
        has_edition=bool(published),
        is_local=is_local(current_app.config["BASE_URL"]),
        without_odt=WITHOUT_ODT.get(office.known(current_app.config["HOME"])),
        documents=jobs.latest(current_work()),
        directory=current_app.config["EXPORTS_DIR"],
        days=current_app.config["RETENTION_EXPORT_DAYS"],
    )


def _labels() -> dict[str, object]:
    return {"languages": dict(choices_of_language())}
