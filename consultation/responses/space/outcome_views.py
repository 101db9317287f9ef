"""Outcome page of the space: what became of each thing that the respondent said."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from consultation.decisions.respondent_outcomes import outcomes
from consultation.extensions import db
from consultation.i18n import prefix_for
from consultation.responses.space import cookie
from consultation.web.headers import keep_private
from consultation.web.locale import current_locale
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("outcomes", __name__, url_prefix="/contributions")


@blueprint.get("/suites")
@requires(Permission.PUBLIC)
def page() -> ResponseReturnValue:
    """Show the published decisions on what the respondent said."""
    keep_private()
    opened = cookie.used_session()
    if opened is None:
        return render_template("responses/space/closed.html"), 403
    return render_template(
        "responses/space/outcomes.html",
        responses=outcomes(db.session(), opened.respondent_id),
        prefix=prefix_for(current_locale()),
    )
