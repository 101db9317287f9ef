"""The public page by which a sender confirms that they wrote a message."""

from flask import Blueprint, Flask, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.database import writing
from consultation.extensions import db
from consultation.inbox import confirming
from consultation.web.headers import keep_private
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("confirming", __name__, url_prefix="/courriel/confirmer")


@blueprint.get("/<token>")
@requires(Permission.PUBLIC)
def knock(token: str) -> ResponseReturnValue:
    """Show the button that confirms: scanners of mail follow links, and press nothing."""
    keep_private()
    found = confirming.find(db.session(), token)
    if found is None:
        abort(404)
    return render_template(
        "inbox/confirm.html",
        is_confirmed=found.confirmed_at is not None,
        came_at=confirming.came_at(found),
    )


@blueprint.post("/<token>")
@requires(Permission.PUBLIC)
def confirm(token: str) -> ResponseReturnValue:
    """Note that the sender has confirmed."""
    with writing(db.session()):
        found = confirming.find(db.session(), token)
        if found is None:
            abort(404)
        confirming.confirm(db.session(), found.public_id, now())
    return redirect(url_for(".knock", token=token), 303)


def register(app: Flask) -> None:
    """Add the page to `app`."""
    app.register_blueprint(blueprint)
