"""Coverage pages: the board of responses, and the contacts to invite for its gaps."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask import Blueprint, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue

from consultation.extensions import db
from consultation.plan.models import Measure
from consultation.questionnaires.models import Round
from consultation.questionnaires.rounds import queries
from consultation.questionnaires.rounds.choice import working_round
from consultation.responses.staff.queries import TOOL
from consultation.results.coverage import board as coverage_board
from consultation.results.coverage import gaps
from consultation.results.coverage.board import Board, Order, Side
from consultation.web.navigation import sent_sort
from consultation.web.permissions import Permission, requires
from consultation.work.actions import current_work
from consultation.work.services import Work

blueprint = Blueprint("coverage", __name__, url_prefix="/organisation/couverture")


@blueprint.get("")
@requires(Permission.FOLLOW)
def board() -> ResponseReturnValue:
    """Show the responses of a round by measure and side, gaps first."""
    chosen = working_round()
    if chosen is None:
        return render_template("results/coverage/board.html", round=None)
    work, side, order = current_work(), _side(), _order()
    board_ = coverage_board.board(work, chosen, side, order)
    days = coverage_board.per_day(work, chosen)
    drafts = coverage_board.drafts(work, chosen)
    invites = work.actor.may(Permission.INVITE) and chosen == queries.current(work.session, work.at)
    return render_template(
        "results/coverage/board.html",
        round=chosen,
        board=board_,
        side=side,
        order=order,
        sides=Side,
        orders=Order,
        sentences=gaps.silences(board_, _unheard(work, chosen, board_, side)),
        rest=gaps.remaining_time(chosen, work.at),
        days=days,
        drafts=drafts,
        proposed_count=coverage_board.proposed_count(work, chosen),
        draft_count=sum(drafts.values()),
        invites=invites and work.at < chosen.closes_at,
        shade=coverage_board.shade,
        shades=coverage_board.shades(current_app.config["SMALL_CELL"]),
        thin=current_app.config["SMALL_CELL"],
    )


@blueprint.get("/inviter")
@requires(Permission.INVITE)
def invite() -> ResponseReturnValue:
    """Show which groups of contacts could fill a cell of the board."""
    side, code = _named_side()
    work = current_work()
    label = coverage_board.label_of(work.session, side, code)
    is_tool = request.args.get("mesure") == TOOL
    measure = None if is_tool else _measure()
    if label is None:
        abort(404)
    current = queries.current(work.session, work.at)
    is_over = current is None or current.closes_at <= work.at
    candidates = (
        [] if current is None or is_over else gaps.candidates(work, current, side, code, measure)
    )
    return render_template(
        "results/coverage/invite.html",
        side=side,
        sides=Side,
        label=label,
        measure=measure,
        round=current,
        is_over=is_over,
        candidates=candidates,
    )


def _unheard(work: Work, chosen: Round, board_: Board, side: Side) -> dict[Side, Sequence[str]]:
    return {
        it: board_.unheard if it is side else coverage_board.unheard(work, chosen, it)
        for it in Side
    }


def _side() -> Side:
    return Side.TERRITORY if request.args.get("par") == Side.TERRITORY else Side.CAPACITY


def _order() -> Order:
    return Order.PLAN if sent_sort() == Order.PLAN else Order.LEAST_FIRST


def _named_side() -> tuple[Side, str]:
    """Return the side and the code of the address, or abort with 404."""
    named = [(side, request.args[side.value]) for side in Side if side.value in request.args]
    return named[0] if named else abort(404)


def _measure() -> Measure:
    code = request.args.get("mesure", "")
    measure = db.session.scalars(sa.select(Measure).where(Measure.code == code)).one_or_none()
    return measure or abort(404)
