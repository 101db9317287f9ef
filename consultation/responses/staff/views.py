"""Staff pages of responses: list and detail."""

from datetime import date

import sqlalchemy as sa
from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from consultation.extensions import db
from consultation.moderation import visibility
from consultation.moderation.visibility import Audience, hidden_label, visible
from consultation.plan.models import Measure
from consultation.questionnaires.models import Destination
from consultation.questionnaires.outline import store
from consultation.responses import revisions
from consultation.responses.models import Response
from consultation.responses.revisions import Compared
from consultation.responses.staff import queries
from consultation.responses.staff.labels import CHANNELS
from consultation.responses.staff.queries import Filters
from consultation.text import clean_line
from consultation.web.permissions import Permission, require, requires
from consultation.web.typography import parse_date

blueprint = Blueprint("received", __name__, url_prefix="/organisation/contributions")


@blueprint.get("/")
@requires(Permission.READ_RESPONSES)
def responses() -> ResponseReturnValue:
    """List responses, filtered by measure and by day."""
    measures = db.session.scalars(sa.select(Measure).order_by(Measure.position)).all()
    wanted = request.args.get("mesure", "")
    chosen = next((measure for measure in measures if measure.code == wanted), None)
    filters = Filters(
        measure_id=chosen.id if chosen else None,
        is_tool=wanted == queries.TOOL,
        since=_day("du"),
        until=_day("au"),
        number=clean_line(request.args.get("numero", ""))[:40],
    )
    page = max(1, request.args.get("page", 1, type=int))
    actor = require(Permission.READ_RESPONSES)
    listed = queries.received(db.session(), actor, filters, min(page, 100_000))
    return render_template(
        "responses/staff/responses.html",
        listed=listed,
        numbers=queries.numbers(db.session(), actor, listed.rows),
        measures=measures,
        wanted=wanted,
        filters=filters,
        is_filtered=filters != Filters(),
        tool=queries.TOOL,
        capacities=store.labels_for(db.session(), Destination.CAPACITY),
        channels=CHANNELS,
        may_enter=actor.may(Permission.ENTER_RESPONSES),
    )


@blueprint.get("/<public_id>")
@requires(Permission.READ_RESPONSES)
def response(public_id: str) -> ResponseReturnValue:
    """Show one response, without contact data."""
    actor = require(Permission.READ_RESPONSES)
    stored = queries.response_of(db.session(), actor, public_id)
    if stored is None:
        abort(404)
    previous = revisions.previous(db.session(), stored)
    return render_template(
        "responses/staff/response.html",
        response=stored,
        number=queries.numbers(db.session(), actor, [stored])[stored.id],
        answered=revisions.answered(stored, "fr", _texts(stored.id)),
        capacities=store.labels_for(db.session(), Destination.CAPACITY),
        channels=CHANNELS,
        territories=store.labels_for(db.session(), Destination.TERRITORY),
        has_contact=stored.respondent.contact is not None,
        revisions=queries.revisions(db.session(), actor, stored),
        previous=previous,
        compared=_compared(previous, stored),
    )


def _compared(previous: Response | None, current: Response) -> Compared | None:
    """Return the differences, unless a revision was withdrawn: its answers are read no more."""
    if previous is None or previous.withdrawn_at is not None or current.withdrawn_at is not None:
        return None
    texts = _texts(previous.id) | _texts(current.id)
    return revisions.compare(previous, current, "fr", texts)


def _texts(response_id: int) -> dict[int, str]:
    """Return what the actor may read of each text, or the label of why not."""
    may_moderate = require(Permission.READ_RESPONSES).may(Permission.MODERATE)
    audience = Audience.MODERATOR if may_moderate else Audience.ORGANISER
    return {
        answer_id: visible(seen, audience) or hidden_label(seen)
        for answer_id, seen in visibility.texts_of_response(db.session(), response_id).items()
    }


def _day(name: str) -> date | None:
    return parse_date(request.args.get(name, "").strip())
