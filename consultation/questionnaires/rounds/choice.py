"""Round that a member of the team works on: chosen in the header, the same on every page."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from flask import abort, g, request, session
from werkzeug.exceptions import RequestEntityTooLarge

from consultation.clock import now
from consultation.extensions import db
from consultation.questionnaires.models import Round
from consultation.questionnaires.rounds import queries
from consultation.web.permissions import Actor, Permission, require

CHOSEN = "round"
"""Key of the staff session under which the code of the chosen round is kept."""

ROUNDS = "/organisation/tours/"


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
