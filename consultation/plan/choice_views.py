"""Public pages on which people choose measures: the list, narrowed down by search, tag or axis."""

import random
from collections.abc import Sequence

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.extensions import db
from consultation.i18n import folded
from consultation.plan import queries
from consultation.plan.models import Assessor, Axis, Measure
from consultation.plan.search import index
from consultation.plan.statuses import assessments
from consultation.plan.tags import Tag, all_tags, having_any
from consultation.plan.views import blueprint, own_steps
from consultation.questionnaires.models import Destination
from consultation.questionnaires.outline import store
from consultation.questionnaires.rounds import queries as rounds_queries
from consultation.responses.models import Respondent
from consultation.responses.space import cookie
from consultation.responses.space.journey import MeasureProgress
from consultation.results.public import allocation, closed_rounds
from consultation.results.public import queries as public_queries
from consultation.web.headers import keep_private
from consultation.web.locale import current_locale
from consultation.web.permissions import Permission, requires

UNSENT = (MeasureProgress.UNTOUCHED, MeasureProgress.BEGUN)


@blueprint.get("/mesures")
@requires(Permission.PUBLIC)
def measures() -> ResponseReturnValue:
    """List the measures, narrowed down by a search, tags or an axis."""
    query = request.args.get("q", "").strip()
    at = now()
    consultation_round = rounds_queries.current(db.session(), at)
    every = [it for it in queries.measures(db.session()) if consultation_round or not it.is_shipped]
    axes = list(dict.fromkeys(measure.axis for measure in every))
    axis = next((it for it in axes if it.code == request.args.get("axe", "")), None)
    tags = all_tags(every)
    chosen = _chosen_tags(tags)
    matches = queries.measures(db.session(), query=query, axis=axis) if query or axis else every
    if instead := _instead(query) if not matches else "":
        matches = queries.measures(db.session(), query=instead, axis=axis)
    listed = having_any([it for it in matches if it in every], [tag.code for tag in chosen])
    levels = assessments.latest_levels(db.session())
    return render_template(
        "plan/measures.html",
        measures=listed,
        by_axis=_by_axis(listed),
        total=len(every),
        instead=instead,
        suggestions=_suggestions(query) if query and not listed else [],
        indicator_counts=queries.indicator_counts(db.session()),
        steps=own_steps(every),
        levels=levels,
        assessors=[
            it for it in Assessor if any(it in by_assessor for by_assessor in levels.values())
        ],
        axes=axes,
        axis=axis,
        tags=tags,
        chosen=chosen,
        query=query,
        is_open=bool(consultation_round and consultation_round.is_open(at)),
        closed=closed_rounds.closed_round(db.session(), consultation_round, at, current_app.config),
        has_results=public_queries.has_results(db.session()),
    )


def _instead(query: str) -> str:
    return index.load(db.session()).instead(query) if query else ""


def _suggestions(query: str) -> list[str]:
    return index.load(db.session()).suggestions(query, current_locale())


@blueprint.get("/dix-minutes")
@requires(Permission.PUBLIC)
def ten_minutes() -> ResponseReturnValue:
    """Ask as what a person answers and on which theme; propose three measures."""
    keep_private()
    at = now()
    consultation_round = rounds_queries.current(db.session(), at)
    if consultation_round is None or not consultation_round.is_open(at):
        return redirect(url_for(".measures"), 303)
    every = queries.measures(db.session())
    tags = all_tags(every)
    chosen = _chosen_tags(tags)
    capacities = store.labels_for(db.session(), Destination.CAPACITY)
    space = cookie.open_space()
    own = space if space is not None and space.takes_answers else None
    capacity = request.args.get("qualite", "")
    if not capacity and own is not None:
        capacity = db.session.get_one(Respondent, own.respondent_id).capacity
    has_asked = request.args.get("qualite") in capacities
    proposed = _proposed(every, chosen, capacity, consultation_round.id) if has_asked else []
    return render_template(
        "plan/ten_minutes.html",
        proposed=proposed,
        has_asked=has_asked,
        capacities=capacities,
        capacity=capacity,
        tags=tags,
        chosen=chosen,
        in_space=own is not None,
        indicator_counts=queries.indicator_counts(db.session()),
    )


def _proposed(
    every: Sequence[Measure], chosen: Sequence[Tag], capacity: str, round_id: int
) -> list[Measure]:
    """Draw measures for a person, without those that their open space has a response to."""
    steps = own_steps(every)
    left = [it for it in every if it.id not in steps or steps[it.id].progress in UNSENT]
    about = having_any(left, [tag.code for tag in chosen])
    by_id = {measure.id: measure for measure in about}
    published = allocation.published_counts(db.session(), round_id)
    drawn = allocation.draw(list(by_id), published, capacity, random.SystemRandom())
    return [by_id[measure_id] for measure_id in drawn]


def _chosen_tags(tags: Sequence[Tag]) -> list[Tag]:
    """Return the tags that were ticked; one that no measure has any more is left out."""
    wanted = {folded(name) for name in request.args.getlist("mot")}
    return [tag for tag in tags if tag.code in wanted]


def _by_axis(measures: Sequence[Measure]) -> list[tuple[Axis, list[Measure]]]:
    """Group measures by axis, the axis of the first one first; both keep their order."""
    grouped: dict[Axis, list[Measure]] = {}
    for measure in measures:
        grouped.setdefault(measure.axis, []).append(measure)
    return list(grouped.items())
