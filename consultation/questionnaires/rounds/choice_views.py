"""Round that a member of the team works on: chosen in the header, the same on every page."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Blueprint, Flask, abort, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound, RequestEntityTooLarge

from consultation.clock import now
from consultation.extensions import db
from consultation.questionnaires.models import Round
from consultation.questionnaires.rounds import queries
from consultation.web.headers import is_staff_path
from consultation.web.permissions import Actor, Permission, current_actor, require, requires

CHOSEN = "round"
"""Key of the staff session under which the code of the chosen round is kept."""

ROUNDS = "/organisation/tours/"

blueprint = Blueprint("working_round", __name__, url_prefix="/organisation/tour")


@dataclass(frozen=True)
class Working:
    """The round worked on, None before the first, and all that the actor may choose, latest first.

    `is_chosen`: somebody chose it, in the address of the page or in the header.
    """

    round: Round | None
    rounds: Sequence[Round]
    is_chosen: bool


def working() -> Working:
    """Return the round of the address, else the one chosen in the header, else the current one.

    Read once a request.  Abort with 404 when the address names a round that the actor can't see.
    """
    if "working_round" not in g:
        g.working_round = _working(require(Permission.WORKSPACE))
    kept: Working = g.working_round
    return kept


def working_round() -> Round | None:
    """Return the round worked on, None before the first one."""
    return working().round


def chosen_round() -> Round | None:
    """Return the round worked on if somebody chose it, None to let a page propose its own."""
    return working().round if working().is_chosen else None


def _working(actor: Actor) -> Working:
    rounds = _visible(actor)
    if code := _code_of_address():
        named = _of_code(rounds, code) or abort(404)
        return Working(named, rounds, is_chosen=True)
    if chosen := _of_code(rounds, session.get(CHOSEN)):
        return Working(chosen, rounds, is_chosen=True)
    announced = [known for known in reversed(rounds) if known.announced_at is not None]
    current = queries.current_of(announced, now())
    return Working(current or next(iter(rounds), None), rounds, is_chosen=False)


def _visible(actor: Actor) -> Sequence[Round]:
    """Return the rounds, the latest first; only organisers see those in preparation."""
    rounds = queries.latest_first(db.session())
    if actor.may(Permission.RUN_ROUNDS):
        return rounds
    return [known for known in rounds if known.announced_at is not None]


def _code_of_address() -> str:
    """Return the code of the round that the address of this page names, if it names one."""
    rule = request.url_rule.rule if request.url_rule else ""
    if rule.startswith(f"{ROUNDS}<code>"):
        return str((request.view_args or {})["code"])
    with suppress(RequestEntityTooLarge):  # it may be the page of this very error
        return request.values.get("tour", "")
    return request.args.get("tour", "")


def _of_code(rounds: Sequence[Round], code: str | None) -> Round | None:
    return next((known for known in rounds if known.code == code), None)


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
    if not is_staff_path(path):
        return url_for("accounts.workspace")
    if not path.startswith(ROUNDS):
        return path
    _, _, page = path.removeprefix(ROUNDS).partition("/")
    is_editor = page.startswith("questionnaire")
    return url_for("editor.outline" if is_editor else "rounds.round_page", code=code)


def _header_round() -> Working | None:
    """Return what the header shows, None where nobody is signed in."""
    actor = current_actor()
    if actor is None or not actor.may(Permission.WORKSPACE):
        return None
    with suppress(NotFound, sa.exc.SQLAlchemyError):  # it may be the page of this very error
        return working()
    return None


def register(app: Flask) -> None:
    """Give templates the round of the header."""
    app.jinja_env.globals.update(header_round=_header_round)
