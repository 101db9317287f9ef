"""Pages of export orders: workbooks, contact lists, and one export with its file."""

from datetime import timedelta

from flask import (
    Blueprint,
    Flask,
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
from consultation.db.base import writing
from consultation.exports import files
from consultation.exports.orders import forms, jobs, labels
from consultation.exports.orders.forms import FileForm, WorkbookForm
from consultation.exports.orders.jobs import OrderedExport
from consultation.exports.orders.labels import ExportView
from consultation.exports.orders.order import audit_details, order_label
from consultation.exports.saved import settings as saved_settings
from consultation.extensions import db
from consultation.jobs import worker
from consultation.jobs.models import Job, JobStatus
from consultation.questionnaires.rounds.choice import working_round
from consultation.spreadsheets.writer import Format, format_named
from consultation.web.permissions import Permission, require, requires
from consultation.work.actions import act, current_work
from consultation.work.services import Work

orders_blueprint = Blueprint("exporting", __name__, url_prefix="/organisation/exports")

COUNT, KEEP = "compter", "garder"
"""Values of the form's other buttons."""


@orders_blueprint.get("")
@requires(Permission.EXPORT_UNREAD)
def exports() -> ResponseReturnValue:
    """Display the form of a workbook and the latest exports."""
    return _order_page(WorkbookForm(offer=forms.offered(db.session()), data=_worked_on()))


@orders_blueprint.post("")
@requires(Permission.EXPORT_UNREAD)
def order_workbook() -> ResponseReturnValue:
    """Order a workbook; or count its contributions, or save the settings."""
    form = WorkbookForm(request.form, offer=forms.offered(db.session()))
    if not form.validate():
        return _order_page(form), 400
    if request.form.get("geste") == KEEP:
        return redirect(url_for("export_settings.new", **form.address_arguments), 303)
    if request.form.get("geste") == COUNT:
        return _order_page(form, jobs.count_contributions(current_work(), form.order()))
    return act(
        lambda work: logged(work, *jobs.order(work, form.order())),
        page=lambda: _order_page(form),
        to=lambda public_id: url_for("one_export.page", public_id=public_id),
    )


def _worked_on() -> dict[str, str]:
    """Return the first values of a form: the round that the team works on."""
    chosen = working_round()
    return {"tour": chosen.code} if chosen and chosen.announced_at else {}


def logged(work: Work, job: Job, is_new: bool) -> str:
    """Record an order in the audit log where it is new, and return its id."""
    if is_new:
        action = "contacts_ordered" if job.kind == jobs.CONTACTS else "export_ordered"
        audit_log.log(work, action, job.public_id, audit_details(job.parameters))
    return job.public_id


def _view_of(ordered: OrderedExport, offer: forms.Offer) -> ExportView:
    return labels.view_of(
        ordered,
        {known.code: known.title for known in offer.rounds},
        current_app.config["EXPORTS_DIR"],
        current_app.config["RETENTION_EXPORT_DAYS"],
    )


def _order_page(form: WorkbookForm, count: int | None = None) -> str:
    actor = require(Permission.EXPORT_UNREAD)
    return render_template(
        "exports/orders/orders.html",
        form=form,
        count=count,
        exports=[_view_of(ordered, form.offer) for ordered in jobs.latest(current_work())],
        settings=saved_settings.find_all(current_work()),
        may_list_contacts=actor.may(Permission.EXPORT_CONTACTS),
        days=current_app.config["RETENTION_EXPORT_DAYS"],
        at=now(),
    )


def register(app: Flask) -> None:
    """Add the template filters of sizes, durations and orders."""
    app.jinja_env.filters.update(
        size=labels.size, duration=labels.duration, order_label=order_label
    )


contacts_blueprint = Blueprint(
    "contact_lists", __name__, url_prefix="/organisation/exports/contacts"
)

FORMATS = (Format.XLSX, Format.CSV)


@contacts_blueprint.get("")
@requires(Permission.EXPORT_CONTACTS)
def lists() -> ResponseReturnValue:
    """Display the form of a contact list, its purpose, and the latest lists."""
    offer = forms.offered(db.session(), FORMATS)
    return _contacts_page(FileForm(offer=offer, data=_worked_on()))


@contacts_blueprint.post("")
@requires(Permission.EXPORT_CONTACTS)
def order_contacts() -> ResponseReturnValue:
    form = FileForm(request.form, offer=forms.offered(db.session(), FORMATS))
    if not form.validate():
        return _contacts_page(form), 400
    return act(
        lambda work: logged(work, *jobs.order(work, form.order(), kind=jobs.CONTACTS)),
        page=lambda: _contacts_page(form),
        to=lambda public_id: url_for("one_export.page", public_id=public_id),
    )


def _contacts_page(form: FileForm) -> str:
    ordered = jobs.latest(current_work(), jobs.CONTACTS)
    return render_template(
        "exports/orders/contacts.html",
        form=form,
        exports=[_view_of(each, form.offer) for each in ordered],
        days=files.CONTACTS_DAYS,
    )


order_blueprint = Blueprint("one_export", __name__, url_prefix="/organisation/exports")

REFRESH_SECONDS = 2
LONG_WAIT = timedelta(minutes=1)
"""Time in the queue after which the page says why."""

CANCELLED = "La préparation est annulée. Aucun fichier n'est gardé."
TOO_LATE = "Il est trop tard pour annuler : la préparation était déjà finie."


@order_blueprint.get("/<public_id>")
@requires(Permission.EXPORT_UNREAD)
def page(public_id: str) -> ResponseReturnValue:
    """Display the progress of an export, or its counts and its file."""
    export = _view_of(_ordered(public_id), forms.offered(db.session()))
    job = export.ordered.job
    refreshes = export.ordered.is_under_way and request.args.get("actualiser") != "non"
    at = now()
    waits_long = job.status is JobStatus.QUEUED and at - job.created_at > LONG_WAIT
    answer = make_response(
        render_template(
            "exports/orders/order.html",
            export=export,
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


@order_blueprint.get("/<public_id>/fichier")
@requires(Permission.EXPORT_UNREAD)
def file(public_id: str) -> ResponseReturnValue:
    """Send the file and record the download."""
    ordered = _ordered(public_id)
    if ordered.manifest is None:
        return redirect(url_for(".page", public_id=public_id), 303)
    path = ordered.path(current_app.config["EXPORTS_DIR"])
    if path is None:
        return render_template("exports/orders/expired.html"), 410
    media_type = format_named(ordered.manifest["format"]).media_type
    action = "contacts_downloaded" if ordered.is_of_contacts else "export_downloaded"
    with writing(db.session()):
        audit_log.log(current_work(), action, public_id)
    return send_file(
        path, mimetype=media_type, as_attachment=True, conditional=False, etag=False, max_age=0
    )


@order_blueprint.post("/<public_id>/annuler")
@requires(Permission.EXPORT_UNREAD)
def cancel(public_id: str) -> ResponseReturnValue:
    """Cancel an export that is queued or running."""

    def cancel(work: Work) -> bool:
        ordered = _ordered(public_id)
        is_cancelled = jobs.cancel(work, public_id)
        if is_cancelled:
            action = "contacts_cancelled" if ordered.is_of_contacts else "export_cancelled"
            audit_log.log(work, action, public_id)
        return is_cancelled

    return act(
        cancel,
        done=lambda is_cancelled: CANCELLED if is_cancelled else TOO_LATE,
        to=url_for(".page", public_id=public_id),
    )


@order_blueprint.post("/<public_id>/refaire")
@requires(Permission.EXPORT_UNREAD)
def again(public_id: str) -> ResponseReturnValue:
    """Order the same export again."""
    return act(
        lambda work: logged(work, *(jobs.again(work, public_id) or abort(404))),
        to=lambda new_id: url_for(".page", public_id=new_id),
    )


def _ordered(public_id: str) -> OrderedExport:
    ordered = jobs.find(current_work(), public_id)
    return ordered or abort(404)
