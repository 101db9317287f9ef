"""The page by which somebody who is written to stops it: GET shows a button, POST acts."""

from flask import Blueprint, Flask, abort, render_template
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.database import writing
from consultation.extensions import db
from consultation.mail import suppressing
from consultation.mail.boxes import Box
from consultation.mail.kinds import Reach
from consultation.web.bodies import takes_files
from consultation.web.headers import keep_private
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("stopping", __name__, url_prefix="/courriel")


@blueprint.get("/arret/<token>")
@requires(Permission.PUBLIC)
def ask(token: str) -> ResponseReturnValue:
    """Show the button: scanners of mail follow links, and press nothing."""
    keep_private()
    reach, box = _read(token)
    is_stopped = suppressing.stopping(db.session(), box, reach) is not None
    return render_template(
        "mail/stop.html", is_bulk=reach is Reach.BULK, is_stopped=is_stopped, token=token
    )


@blueprint.post("/arret/<token>")
@requires(Permission.PUBLIC)
@takes_files
def stop(token: str) -> ResponseReturnValue:
    """Stop the mail; a mail reader's own button posts here as well, in parts (RFC 8058)."""
    keep_private()
    reach, box = _read(token)
    with writing(db.session()):
        suppressing.suppress(db.session(), box, suppressing.reason_for(reach), now())
    return render_template("mail/stop.html", is_bulk=reach is Reach.BULK, is_stopped=True)


def _read(token: str) -> tuple[Reach, Box]:
    found = suppressing.read_token(token)
    if found is None:
        abort(404)
    return found


def register(app: Flask) -> None:
    """Add the page to `app`."""
    app.register_blueprint(blueprint)
