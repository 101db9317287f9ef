"""The staff pages of exports: order a workbook, see how far it is, take it away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import flask_babel
import sqlalchemy as sa
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

from consultation.accounts import auditing
from consultation.clock import now
from consultation.database import writing
from consultation.exporting import ordering
from consultation.exporting.ordering import Ordered
from consultation.extensions import db
from consultation.i18n import DEFAULT_LOCALE, Localized, localized
from consultation.jobs.models import JobStatus
from consultation.questionnaires.models import Round
from consultation.sheets.writing import Format
from consultation.web.permissions import Permission, require, requires

blueprint = Blueprint("exporting", __name__, url_prefix="/organisation/exports")

REFRESH_SECONDS = 2
WORKER_LATE = timedelta(minutes=1)
"""How long an order waits before the page says that nobody seems to work."""

FORMATS = {
    Format.XLSX: "Excel ou LibreOffice (XLSX)",
    Format.ODS: "LibreOffice (ODS)",
    Format.CSV: "CSV, dans une archive ZIP",
}
STATES = {
    JobStatus.QUEUED: "en attente",
    JobStatus.RUNNING: "en préparation",
    JobStatus.DONE: "prêt",
    JobStatus.FAILED: "non abouti",
}
REMOVED = "supprimé"
KILO, MEGA = 1000, 1_000_000


@dataclass(frozen=True)
class Shown:
    """An export as the pages tell of it."""

    ordered: Ordered
    round_title: str
    path: Path | None
    kept_until: datetime | None

    @property
    def state(self) -> str:
        """Where it stands, in words."""
        is_gone = self.ordered.manifest is not None and self.path is None
        return REMOVED if is_gone else STATES[self.ordered.job.status]

    @property
    def format(self) -> str:
        """The format that was asked for, in words."""
        return FORMATS[Format(self.ordered.job.parameters["format"])]


@blueprint.get("")
@requires(Permission.EXPORT_UNREAD)
def exports() -> ResponseReturnValue:
    """Say what a workbook holds, offer to make one, and list the earlier ones."""
    return _exports_page()


@blueprint.post("")
@requires(Permission.EXPORT_UNREAD)
def order() -> ResponseReturnValue:
    """Order a workbook and show how far it is."""
    round_code, format = request.form.get("tour", ""), request.form.get("format", "")
    if round_code not in {known.code for known in _rounds()}:
        return _exports_page("Choisissez un tour de la liste."), 400
    if format not in set(Format):
        return _exports_page("Choisissez un format de la liste."), 400
    actor = require(Permission.EXPORT_UNREAD)
    with writing(db.session()):
        job, is_new = ordering.order(
            db.session(), actor, round_code=round_code, format=Format(format), at=now()
        )
        if is_new:
            details = {"round": round_code, "format": format}
            auditing.record(
                db.session(), actor.id, "export_ordered", job.public_id, details, at=now()
            )
        public_id = job.public_id
    return redirect(url_for(".export", public_id=public_id), 303)


@blueprint.get("/<public_id>")
@requires(Permission.EXPORT_UNREAD)
def export(public_id: str) -> ResponseReturnValue:
    """Show how far an export is, or what its workbook counts, with the file."""
    shown = _shown(_found(public_id), {known.code: known.title for known in _rounds()})
    job = shown.ordered.job
    refreshes = shown.ordered.is_under_way and request.args.get("actualiser") != "non"
    is_late = job.status is JobStatus.QUEUED and now() - job.created_at > WORKER_LATE
    page = make_response(
        render_template("exporting/export.html", shown=shown, refreshes=refreshes, is_late=is_late)
    )
    if refreshes:
        # The header, not its <meta> twin, so that the page offers a link that stops it.
        page.headers["Refresh"] = str(REFRESH_SECONDS)
    return page


@blueprint.get("/<public_id>/fichier")
@requires(Permission.EXPORT_UNREAD)
def file(public_id: str) -> ResponseReturnValue:
    """Give out the workbook, and note who took it."""
    found = _found(public_id)
    if found.manifest is None:
        return redirect(url_for(".export", public_id=public_id), 303)
    path = found.path(current_app.config["EXPORTS_DIR"])
    if path is None:
        return render_template("exporting/gone.html"), 410
    actor = require(Permission.EXPORT_UNREAD)
    media_type = Format(found.manifest["format"]).media_type
    with writing(db.session()):
        auditing.record(db.session(), actor.id, "export_downloaded", public_id, at=now())
    return send_file(
        path, mimetype=media_type, as_attachment=True, conditional=False, etag=False, max_age=0
    )


def _exports_page(error: str = "") -> str:
    actor = require(Permission.EXPORT_UNREAD)
    rounds = _rounds()
    titles = {known.code: known.title for known in rounds}
    return render_template(
        "exporting/exports.html",
        error=error,
        rounds=rounds,
        formats=FORMATS,
        wanted=request.form,
        exports=[_shown(ordered, titles) for ordered in ordering.listed(db.session(), actor)],
        days=current_app.config["RETENTION_EXPORT_DAYS"],
    )


def _rounds() -> list[Round]:
    """Return the rounds that may hold contributions, the latest first."""
    announced = sa.select(Round).where(Round.announced_at.is_not(None))
    return list(db.session.scalars(announced.order_by(Round.opens_at.desc())))


def _found(public_id: str) -> Ordered:
    found = ordering.one(db.session(), require(Permission.EXPORT_UNREAD), public_id)
    if found is None:
        abort(404)
    return found


def _shown(ordered: Ordered, titles: Mapping[str, Localized]) -> Shown:
    code = ordered.job.parameters["round"]
    return Shown(
        ordered,
        localized(titles.get(code), DEFAULT_LOCALE) or code,
        ordered.path(current_app.config["EXPORTS_DIR"]),
        ordered.kept_until(current_app.config["RETENTION_EXPORT_DAYS"]),
    )


def size(count: int) -> str:
    """Return a number of bytes in the units that people use."""
    unit, name = (MEGA, "Mo") if count >= MEGA else (KILO, "ko")
    rounded = round(count / unit, 1) if unit == MEGA else -(-count // unit)
    return f"{flask_babel.format_decimal(rounded)} {name}"


def register(app: Flask) -> None:
    """Add the pages to `app`."""
    app.register_blueprint(blueprint)
    app.jinja_env.filters["size"] = size
