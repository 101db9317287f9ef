"""Order pages: the form, the orders, and one of them."""

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

from consultation.accounts.audit import audit_log
from consultation.clock import now
from consultation.db.base import writing
from consultation.exports import files
from consultation.exports.orders import forms, jobs, labels
from consultation.exports.orders.forms import FileForm, WorkbookForm
from consultation.exports.orders.jobs import Ordered
from consultation.exports.orders.labels import Shown
from consultation.exports.orders.order import order_words, traced
from consultation.exports.saved import settings
from consultation.extensions import db
from consultation.jobs import worker
from consultation.jobs.models import Job, JobStatus
from consultation.spreadsheets.writer import Format, format_named
from consultation.web.permissions import Actor, Permission, require, requires

exporting_blueprint = Blueprint("exporting", __name__, url_prefix="/organisation/exports")

COUNT, KEEP = "compter", "garder"
"""What the form's other buttons ask for."""


@exporting_blueprint.get("")
@requires(Permission.EXPORT_UNREAD)
def exports() -> ResponseReturnValue:
    """Say what a workbook holds, offer to make one, and list the earlier ones."""
    return _order_page(WorkbookForm(offer=forms.offered(db.session())))


@exporting_blueprint.post("")
@requires(Permission.EXPORT_UNREAD)
def order_workbook() -> ResponseReturnValue:
    """Order a workbook and show how far it is; or count what it would hold, or keep the choice."""
    actor = require(Permission.EXPORT_UNREAD)
    form = WorkbookForm(request.form, offer=forms.offered(db.session()))
    if not form.validate():
        return _order_page(form), 400
    if request.form.get("geste") == KEEP:
        return redirect(url_for("export_settings.new", **form.address_arguments), 303)
    if request.form.get("geste") == COUNT:
        return _order_page(form, jobs.held(db.session(), actor, form.order()))
    with writing(db.session()):
        job, is_new = jobs.order(db.session(), actor, form.order(), at=now())
        if is_new:
            note_ordered(actor, job)
        public_id = job.public_id
    return redirect(url_for("one_export.page", public_id=public_id), 303)


def note_ordered(actor: Actor, job: Job) -> None:
    """Note in the trail that an export was ordered, within the caller's transaction."""
    action = "contacts_ordered" if job.kind == jobs.CONTACTS else "export_ordered"
    details = traced(job.parameters)
    audit_log.record(db.session(), actor.id, action, job.public_id, details, at=now())


def shown_of(ordered: Ordered, offer: forms.Offer) -> Shown:
    """Return an export as the pages tell of it."""
    return labels.shown(
        ordered,
        {known.code: known.title for known in offer.rounds},
        current_app.config["EXPORTS_DIR"],
        current_app.config["RETENTION_EXPORT_DAYS"],
    )


def _order_page(form: WorkbookForm, held: int | None = None) -> str:
    actor = require(Permission.EXPORT_UNREAD)
    return render_template(
        "exports/orders/orders.html",
        form=form,
        held=held,
        exports=[shown_of(ordered, form.offer) for ordered in jobs.listed(db.session(), actor)],
        kept=settings.kept(db.session(), actor),
        may_list_contacts=actor.may(Permission.EXPORT_CONTACTS),
        days=current_app.config["RETENTION_EXPORT_DAYS"],
        at=now(),
    )


def register(app: Flask) -> None:
    """Give templates the filters of sizes, durations and orders."""
    app.jinja_env.filters.update(
        size=labels.size, duration=labels.duration, order_words=order_words
    )


contacts_blueprint = Blueprint(
    "contact_lists", __name__, url_prefix="/organisation/exports/contacts"
)

FORMATS = (Format.XLSX, Format.CSV)


@contacts_blueprint.get("")
@requires(Permission.EXPORT_CONTACTS)
def lists() -> ResponseReturnValue:
    """Say what the list is for and what it asks of who takes it, and offer to make one."""
    return _contacts_page(FileForm(offer=forms.offered(db.session(), FORMATS)))


@contacts_blueprint.post("")
@requires(Permission.EXPORT_CONTACTS)
def order_contacts() -> ResponseReturnValue:
    """Order a list and show how far it is."""
    actor = require(Permission.EXPORT_CONTACTS)
    form = FileForm(request.form, offer=forms.offered(db.session(), FORMATS))
    if not form.validate():
        return _contacts_page(form), 400
    with writing(db.session()):
        job, is_new = jobs.order(db.session(), actor, form.order(), at=now(), kind=jobs.CONTACTS)
        if is_new:
            note_ordered(actor, job)
        public_id = job.public_id
    return redirect(url_for("one_export.page", public_id=public_id), 303)


def _contacts_page(form: FileForm) -> str:
    actor = require(Permission.EXPORT_CONTACTS)
    ordered = jobs.listed(db.session(), actor, jobs.CONTACTS)
    return render_template(
        "exports/orders/contacts.html",
        form=form,
        exports=[shown_of(each, form.offer) for each in ordered],
        days=files.CONTACTS_DAYS,
    )


one_blueprint = Blueprint("one_export", __name__, url_prefix="/organisation/exports")

REFRESH_SECONDS = 2
LONG_WAIT = timedelta(minutes=1)
"""How long an order waits before the page says what for."""

CANCELLED = "La préparation est annulée. Aucun fichier n'est gardé."
TOO_LATE = "Il est trop tard pour annuler : la préparation était déjà finie."


@one_blueprint.get("/<public_id>")
@requires(Permission.EXPORT_UNREAD)
def page(public_id: str) -> ResponseReturnValue:
    """Show how far an export is, or what its workbook counts, with the file."""
    shown = shown_of(_found(public_id), forms.offered(db.session()))
    job = shown.ordered.job
    refreshes = shown.ordered.is_under_way and request.args.get("actualiser") != "non"
    at = now()
    waits_long = job.status is JobStatus.QUEUED and at - job.created_at > LONG_WAIT
    answer = make_response(
        render_template(
            "exports/orders/order.html",
            shown=shown,
            refreshes=refreshes,
            waits_long=waits_long,
            is_worker_down=waits_long and worker.is_worker_down(db.session(), at),
            at=at,
        )
    )
    if refreshes:
        # The header, not its <meta> twin, so that the page offers a link that stops it.
        answer.headers["Refresh"] = str(REFRESH_SECONDS)
    return answer


@one_blueprint.get("/<public_id>/fichier")
@requires(Permission.EXPORT_UNREAD)
def file(public_id: str) -> ResponseReturnValue:
    """Give out the workbook, and note who took it."""
    actor = require(Permission.EXPORT_UNREAD)
    found = _found(public_id)
    if found.manifest is None:
        return redirect(url_for(".page", public_id=public_id), 303)
    path = found.path(current_app.config["EXPORTS_DIR"])
    if path is None:
        return render_template("exports/orders/expired.html"), 410
    media_type = format_named(found.manifest["format"]).media_type
    action = "contacts_downloaded" if found.is_of_contacts else "export_downloaded"
    with writing(db.session()):
        audit_log.record(db.session(), actor.id, action, public_id, at=now())
    return send_file(
        path, mimetype=media_type, as_attachment=True, conditional=False, etag=False, max_age=0
    )


@one_blueprint.post("/<public_id>/annuler")
@requires(Permission.EXPORT_UNREAD)
def cancel(public_id: str) -> ResponseReturnValue:
    """Cancel an export that waits or is being made."""
    actor = require(Permission.EXPORT_UNREAD)
    found = _found(public_id)
    with writing(db.session()):
        is_cancelled = jobs.cancel(db.session(), actor, public_id, now())
        if is_cancelled:
            action = "contacts_cancelled" if found.is_of_contacts else "export_cancelled"
            audit_log.record(db.session(), actor.id, action, public_id, at=now())
    flash(CANCELLED if is_cancelled else TOO_LATE)
    return redirect(url_for(".page", public_id=public_id), 303)


@one_blueprint.post("/<public_id>/refaire")
@requires(Permission.EXPORT_UNREAD)
def again(public_id: str) -> ResponseReturnValue:
    """Order the same once more."""
    actor = require(Permission.EXPORT_UNREAD)
    _found(public_id)
    with writing(db.session()):
        ordered = jobs.again(db.session(), actor, public_id, now())
        if ordered is None:
            abort(404)
        job, is_new = ordered
        if is_new:
            note_ordered(actor, job)
        new_id = job.public_id
    return redirect(url_for(".page", public_id=new_id), 303)


def _found(public_id: str) -> Ordered:
    found = jobs.one(db.session(), require(Permission.EXPORT_UNREAD), public_id)
    if found is None:
        abort(404)
    return found
