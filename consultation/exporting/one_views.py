"""The staff pages of one export, of whichever kind: how far it is, its file, and what to do."""

from datetime import timedelta

from flask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation.accounts import auditing
from consultation.clock import now
from consultation.database import writing
from consultation.exporting import choosing, ordering
from consultation.exporting.ordering import Ordered
from consultation.exporting.views import note_ordered, shown_of
from consultation.extensions import db
from consultation.jobs import living
from consultation.jobs.models import JobStatus
from consultation.sheets.writing import format_named
from consultation.web.permissions import Permission, require, requires

blueprint = Blueprint("one_export", __name__, url_prefix="/organisation/exports")

REFRESH_SECONDS = 2
LONG_WAIT = timedelta(minutes=1)
"""How long an order waits before the page says what for."""

CANCELLED = "La préparation est annulée. Aucun fichier n'est gardé."
TOO_LATE = "Il est trop tard pour annuler : la préparation était déjà finie."


@blueprint.get("/<public_id>")
@requires(Permission.EXPORT_UNREAD)
def page(public_id: str) -> ResponseReturnValue:
    """Show how far an export is, or what its workbook counts, with the file."""
    shown = shown_of(_found(public_id), choosing.offered(db.session()))
    job = shown.ordered.job
    refreshes = shown.ordered.is_under_way and request.args.get("actualiser") != "non"
    at = now()
    waits_long = job.status is JobStatus.QUEUED and at - job.created_at > LONG_WAIT
    answer = make_response(
        render_template(
            "exporting/export.html",
            shown=shown,
            refreshes=refreshes,
            waits_long=waits_long,
            is_silent=waits_long and living.is_silent(db.session(), at),
            at=at,
        )
    )
    if refreshes:
        # The header, not its <meta> twin, so that the page offers a link that stops it.
        answer.headers["Refresh"] = str(REFRESH_SECONDS)
    return answer


@blueprint.get("/<public_id>/fichier")
@requires(Permission.EXPORT_UNREAD)
def file(public_id: str) -> ResponseReturnValue:
    """Give out the workbook, and note who took it."""
    actor = require(Permission.EXPORT_UNREAD)
    found = _found(public_id)
    if found.manifest is None:
        return redirect(url_for(".page", public_id=public_id), 303)
    path = found.path(current_app.config["EXPORTS_DIR"])
    if path is None:
        return render_template("exporting/gone.html"), 410
    media_type = format_named(found.manifest["format"]).media_type
    action = "contacts_downloaded" if found.is_of_contacts else "export_downloaded"
    with writing(db.session()):
        auditing.record(db.session(), actor.id, action, public_id, at=now())
    return send_file(
        path, mimetype=media_type, as_attachment=True, conditional=False, etag=False, max_age=0
    )


@blueprint.post("/<public_id>/annuler")
@requires(Permission.EXPORT_UNREAD)
def cancel(public_id: str) -> ResponseReturnValue:
    """Cancel an export that waits or is being made."""
    actor = require(Permission.EXPORT_UNREAD)
    found = _found(public_id)
    with writing(db.session()):
        is_cancelled = ordering.cancel(db.session(), actor, public_id, now())
        if is_cancelled:
            action = "contacts_cancelled" if found.is_of_contacts else "export_cancelled"
            auditing.record(db.session(), actor.id, action, public_id, at=now())
    flash(CANCELLED if is_cancelled else TOO_LATE)
    return redirect(url_for(".page", public_id=public_id), 303)


@blueprint.post("/<public_id>/refaire")
@requires(Permission.EXPORT_UNREAD)
def again(public_id: str) -> ResponseReturnValue:
    """Order the same once more."""
    actor = require(Permission.EXPORT_UNREAD)
    _found(public_id)
    with writing(db.session()):
        ordered = ordering.again(db.session(), actor, public_id, now())
        if ordered is None:
            abort(404)
        job, is_new = ordered
        if is_new:
            note_ordered(actor, job)
        new_id = job.public_id
    return redirect(url_for(".page", public_id=new_id), 303)


def _found(public_id: str) -> Ordered:
    found = ordering.one(db.session(), require(Permission.EXPORT_UNREAD), public_id)
    if found is None:
        abort(404)
    return found


def register(app: Flask) -> None:
    """Add the pages to `app`."""
    app.register_blueprint(blueprint)
