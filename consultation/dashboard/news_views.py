"""News pages, the last step of each act: what to do with the last edition, the last report."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from consultation.dashboard import news
from consultation.decisions import editions
from consultation.extensions import db
from consultation.reports import editions as reports
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("news", __name__, url_prefix="/organisation/faire-savoir")


@blueprint.get("/edition")
@requires(Permission.PUBLISH_EDITIONS)
def edition() -> ResponseReturnValue:
    """Show where the last edition is read, and since when people were told of it."""
    session = db.session()
    last = editions.published_edition(session)
    told_at = news.told_at(session, last) if last else None
    return render_template("dashboard/news_edition.html", edition=last, told_at=told_at)


@blueprint.get("/bilan")
@requires(Permission.PUBLISH_EDITIONS)
def report() -> ResponseReturnValue:
    """Show where the last report is read, cited and verified."""
    last = reports.published_edition(db.session())
    return render_template("dashboard/news_report.html", edition=last)
