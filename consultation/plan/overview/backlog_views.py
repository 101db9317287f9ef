"""Staff page of what is outstanding: who has still to judge, which figures to ask for."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from consultation.clock import in_paris, now
from consultation.extensions import db
from consultation.plan.overview.backlog import backlog
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("backlog", __name__, url_prefix="/organisation/reste-a-faire")


@blueprint.get("")
@requires(Permission.RECORD_VALUES)
def page() -> ResponseReturnValue:
    """Show what is still to be judged, by assessor, and to be asked for, by institution."""
    return render_template(
        "plan/overview/backlog.html",
        backlog=backlog(db.session(), in_paris(now()).date()),
    )
