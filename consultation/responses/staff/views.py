"""Staff pages of responses: list and detail."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from consultation.extensions import db
from consultation.i18n import name_of
from consultation.moderation import visibility
from consultation.moderation.visibility import Audience, hidden_label, visible, visible_translation
from consultation.plan.models import Measure
from consultation.questionnaires.models import Destination
from consultation.questionnaires.outline import store
from consultation.questionnaires.rounds.choice import working_round
from consultation.responses import revisions
from consultation.responses.models import Channel, Response
from consultation.responses.revisions import Compared
from consultation.responses.staff import labels, queries
from consultation.responses.staff.queries import Condition, Filters, Sort, Status
from consultation.text import clean_line
from consultation.web.navigation import SORT, kept_parameters, sent_sort
from consultation.web.permissions import Permission, require, requires
from consultation.web.typography import parse_date
from consultation.work.actions import current_work

Chosen = TypeVar("Chosen", Status, Channel, Sort)
blueprint = Blueprint("received", __name__, url_prefix="/organisation/contributions")


FILTERS = (
    "tour", "mesure", "qualite", "organisation", "q", "etat", "voie", "du", "au", "numero", SORT,
)  # fmt: skip


@blueprint.get("/")
@requires(Permission.READ_RESPONSES)
def responses() -> ResponseReturnValue:
    """List the responses of the round worked on, as the address narrows and sorts them."""
    work = current_work()
    filters, query = _filters(), _typed("q")
    page = max(1, request.args.get("page", 1, type=int))
    conditions = _holding(query)
    listed = queries.received(work, filters, min(page, 100_000), *conditions)
    return render_template(
        "responses/staff/responses.html",
        listed=listed,
        counts=labels.counts_sentence(queries.counts(work, filters, *conditions)),
        numbers=queries.numbers(work, listed.rows),
        states=visibility.state_counts(work.session, [it.id for it in listed.rows]),
        measures=_measures(),
        filters=filters,
        query=query,
        kept=_kept(),
        is_filtered=bool(query) or replace(filters, round_id=None, sort=None) != Filters(),
        tool=queries.TOOL,
        capacities=store.labels_for(work.session, Destination.CAPACITY),
        statuses=Status,
        channels=Channel,
        may_enter=work.actor.may(Permission.ENTER_RESPONSES),
    )


@blueprint.get("/<public_id>")
@requires(Permission.READ_RESPONSES)
def response(public_id: str) -> ResponseReturnValue:
    """Show one response, without contact data."""
    work = current_work()
    stored = queries.response_of(work, public_id)
    if stored is None:
        abort(404)
    previous = revisions.previous(work.session, stored)
    return render_template(
        "responses/staff/response.html",
        response=stored,
        number=queries.numbers(work, [stored])[stored.id],
        answered=revisions.answered(stored, "fr", _texts(stored.id)),
        translations=_translations(stored),
        language=name_of(stored.respondent.locale),
        capacities=store.labels_for(work.session, Destination.CAPACITY),
        territories=store.labels_for(work.session, Destination.TERRITORY),
        has_contact=stored.respondent.contact is not None,
        revisions=queries.revisions(work, stored),
        previous=previous,
        place=queries.place_of(work, stored, _filters(), *_holding(_typed("q"))),
        kept=_kept(),
        compared=_compared(previous, stored),
    )


def _measures() -> Sequence[Measure]:
    return db.session.scalars(sa.select(Measure).order_by(Measure.position)).all()


def _kept() -> dict[str, Any]:
    """Return the filters of this request, for the addresses on its page."""
    return kept_parameters(FILTERS)


def _filters() -> Filters:
    """Read the filters of the address; unknown values are ignored."""
    code = request.args.get("mesure", "")
    measure = db.session.scalar(sa.select(Measure.id).where(Measure.code == code))
    chosen = working_round()
    return Filters(
        round_id=chosen.id if chosen else None,
        measure_id=measure,
        is_tool=code == queries.TOOL,
        since=_day("du"),
        until=_day("au"),
        number=_typed("numero"),
        capacity=_typed("qualite"),
        organisation=_typed("organisation"),
        status=_member(Status, request.args.get("etat")),
        channel=_member(Channel, request.args.get("voie")),
        sort=_member(Sort, sent_sort()),
    )


def _holding(query: str) -> list[Condition]:
    """Return the condition that texts which the actor may read hold the words, if any."""
    return [visibility.holds_query(query, _audience())] if query else []


def _audience() -> Audience:
    may_moderate = require(Permission.READ_RESPONSES).may(Permission.MODERATE)
    return Audience.MODERATOR if may_moderate else Audience.ORGANISER


def _typed(name: str) -> str:
    return clean_line(request.args.get(name, ""))[:60]


def _member(choices: type[Chosen], value: str | None) -> Chosen | None:
    options: Sequence[Chosen] = list(choices)
    return next((it for it in options if it.value == value), None)


def _compared(previous: Response | None, current: Response) -> Compared | None:
    """Return the differences, unless a revision was withdrawn: its answers are read no more."""
    if previous is None or previous.withdrawn_at is not None or current.withdrawn_at is not None:
        return None
    texts = _texts(previous.id) | _texts(current.id)
    return revisions.compare(previous, current, "fr", texts)


def _texts(response_id: int) -> dict[int, str]:
    """Return each text as the actor may read it, or the label of why not."""
    audience = _audience()
    return {
        answer_id: visible(seen, audience) or hidden_label(seen)
        for answer_id, seen in visibility.texts_of_response(db.session(), response_id).items()
    }


def _translations(response: Response) -> dict[int, str]:
    """What texts say in French, by the id of their question."""
    rows = visibility.texts_of_response(db.session(), response.id)
    audience, questions = _audience(), {it.id: it.question_id for it in response.answers}
    return {questions[it]: visible_translation(row, audience) for it, row in rows.items()}


def _day(name: str) -> date | None:
    return parse_date(request.args.get(name, "").strip())
