"""The forms of the public pages: anybody's, until they are sent or saved."""

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from consultation.extensions import db
from consultation.plan import searching
from consultation.plan.models import Measure
from consultation.responses.blank_views import blank
from consultation.responses.draft_views import is_saving, save_public
from consultation.responses.plain_views import store_plainly
from consultation.responses.space_views import opened_space
from consultation.responses.storing_views import WAS_SENT, tell_sent
from consultation.responses.views import ask, receive
from consultation.web.bodies import shows_cleaned
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("responses", __name__)


@blueprint.route("/mesures/<code>/contribuer", methods=["GET", "POST"])
@shows_cleaned
@requires(Permission.PUBLIC)
def contribute(code: str) -> ResponseReturnValue:
    """Ask about one measure; on a valid post, record the response."""
    if (answer := _plainly(code)) is not None:
        return answer
    measure = searching.bare_measure(db.session(), code)
    if measure is None:
        abort(404)
    return _contribute(measure)


@blueprint.route("/outil/contribuer", methods=["GET", "POST"])
@shows_cleaned
@requires(Permission.PUBLIC)
def contribute_to_tool() -> ResponseReturnValue:
    """Ask about the tool as a whole."""
    if (answer := _plainly(None)) is not None:
        return answer
    return _contribute(None)


def _plainly(code: str | None) -> ResponseReturnValue | None:
    """Return what nearly everybody is answered; None where more has to be looked at."""
    return store_plainly(code) if request.method == "POST" else blank(code)


def _contribute(measure: Measure | None) -> ResponseReturnValue:
    if request.method != "POST":
        return ask(measure)
    if request.form.get("intent") == WAS_SENT:
        return tell_sent()
    if is_saving():
        return save_public(measure, opened_space())
    return receive(measure, beside=opened_space())
