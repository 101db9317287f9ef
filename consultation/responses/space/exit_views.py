"""Quick exit: leaves the site at once, and closes the space without being waited for."""

from dataclasses import replace
from functools import partial

from flask import Blueprint, Flask, current_app, make_response, redirect, request
from flask.typing import ResponseReturnValue
from flask.wrappers import Response

from consultation.clock import now
from consultation.db.base import StorageUnavailable, writing
from consultation.extensions import db
from consultation.responses.space import cookie, sessions
from consultation.responses.space.sessions import Left
from consultation.responses.submission import receipt
from consultation.web.csrf import comes_from_elsewhere
from consultation.web.headers import keep_private
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("exit", __name__)

NEUTRAL_SITE = "https://www.meteofrance.com/"
PATIENCE = 0.2
"""Seconds that the answer may wait for the database."""
AHEAD = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
"""The headers of a browser that prefetches a page."""


@blueprint.get("/quitter")
@requires(Permission.PUBLIC)
def leave() -> ResponseReturnValue:
    """Close the space and the receipts of this browser, and redirect to a neutral site.

    The only GET that changes something: the link works without its script.
    """
    return _leave()


@blueprint.get("/recu/<token>/quitter")
@requires(Permission.PUBLIC)
def leave_receipt(token: str) -> ResponseReturnValue:
    """Do what `leave` does, from a receipt: it is closed in a browser that keeps no cookie too."""
    return _leave(token)


@blueprint.post("/quitter")
@requires(Permission.PUBLIC)
def close() -> ResponseReturnValue:
    """Close what `leave` does; the script leaves the page at the same time."""
    return _close_all()


@blueprint.post("/recu/<token>/quitter")
@requires(Permission.PUBLIC)
def close_receipt(token: str) -> ResponseReturnValue:
    """Close what `leave_receipt` does."""
    return _close_all(token)


def _leave(token: str = "") -> ResponseReturnValue:
    keep_private()
    if any(request.headers.get(name) for name in AHEAD):
        return "", 403  # a redirect would be kept, and followed on the click in place of asking us
    answer = make_response(redirect(NEUTRAL_SITE, 303))
    is_followed = request.headers.get("Sec-Fetch-Dest", "document") == "document"
    if is_followed and request.method != "HEAD":
        _close_behind(answer, token)
    return answer


def _close_all(token: str = "") -> ResponseReturnValue:
    answer = make_response("", 204)
    _close_behind(answer, token)
    # Not on the link's own answer: browsers follow it only once all of it is cleared.
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def _close_behind(answer: Response, token: str) -> None:
    """Delete the cookies and close what they open, after `answer` is sent if the database is busy.

    `token` is that of the receipt that is left.
    """
    if comes_from_elsewhere():
        return
    left = cookie.forget(answer)
    if code := receipt.code_of(token):
        left = replace(left, displayed=(*left.displayed, code))
    if not (left.token or left.displayed):
        return
    try:
        _close(left, PATIENCE)
    except StorageUnavailable:
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        answer.call_on_close(partial(_close_late, app, left))


def _close(left: Left, *patience: float) -> None:
    with writing(db.session(), *patience):
        sessions.leave(db.session(), left, now())


def _close_late(app: Flask, left: Left) -> None:
    with app.app_context():
        _close(left)


def register(app: Flask) -> None:
    """Give templates the address of the neutral site."""
    app.jinja_env.globals["neutral_site"] = NEUTRAL_SITE
