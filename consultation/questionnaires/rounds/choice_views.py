"""Choice of the round that a member of the team works on, in the header of each staff page."""

from contextlib import suppress

import sqlalchemy as sa
from flask import Blueprint, Flask, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from consultation.questionnaires.rounds.choice import CHOSEN, ROUNDS, Working, working
from consultation.web.headers import is_way_back
from consultation.web.permissions import Permission, current_actor, requires

blueprint = Blueprint("working_round", __name__, url_prefix="/organisation/tour")


@blueprint.post("")
@requires(Permission.WORKSPACE)
def choose() -> ResponseReturnValue:
    """Keep the chosen round for this session, and go back to the page, about that round."""
    chosen = working().round
    if chosen is None:
        return redirect(url_for("accounts.workspace"), 303)
    session[CHOSEN] = chosen.code
    return redirect(_same_page(request.form.get("page", ""), chosen.code), 303)


def _same_page(path: str, code: str) -> str:
    """Return the same page about the round, or the nearest: its parts are those of another one."""
    if not is_way_back(path):
        return url_for("accounts.workspace")
    if not path.startswith(ROUNDS):
        return path
    _, _, page = path.removeprefix(ROUNDS).partition("/")
    is_editor = page.startswith("questionnaire")
    return url_for("editor.outline" if is_editor else "rounds.round_page", code=code)


def _header_round() -> Working | None:
    """Return the round that the header shows, None where nobody is signed in."""
    actor = current_actor()
    if actor is None or not actor.may(Permission.WORKSPACE):
        return None
    with suppress(NotFound, sa.exc.SQLAlchemyError):  # it may be the page of this very error
        return working()
    return None


def register(app: Flask) -> None:
    """Give templates the round of the header."""
    app.jinja_env.globals.update(header_round=_header_round)
