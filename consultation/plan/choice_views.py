"""Public pages on which people choose measures: the list, narrowed down by search, tag or axis."""

import random
import secrets
from collections.abc import Mapping, Sequence

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
from consultation.responses.space.cookie import OpenSpace
from consultation.responses.space.journey import MeasureProgress
from consultation.responses.submission.completion import announced_minutes
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


TEN_MINUTES = 10
NAMED, DRAW = "mesures", "tirage"
"""Parameters of the address: the measures that were proposed, and the number that draws them."""


@blueprint.route("/dix-minutes", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def ten_minutes() -> ResponseReturnValue:
    """Ask as what a person answers and on which theme; on a post, propose what fits ten minutes.

    As what they answer is posted, here and into the form: no address, cookie or store has it.
    """
    keep_private()
    at = now()
    consultation_round = rounds_queries.current(db.session(), at)
    if consultation_round is None or not consultation_round.is_open(at):
        return redirect(url_for(".measures"), 303)
    every = queries.measures(db.session())
    tags = all_tags(every)
    chosen = _chosen_tags(tags)
    capacities = store.labels_for(db.session(), Destination.CAPACITY)
    own = cookie.open_space()
    own = own if own is not None and own.takes_answers else None
    is_posted = request.method == "POST"
    capacity = request.form.get("qualite", "") if is_posted else _capacity_of(own)
    is_wrong = is_posted and capacity not in capacities
    drawn = _drawn(every, chosen, capacity, consultation_round.id) if is_posted else _named(every)
    shelf = current_app.extensions["consultation_shelf"]
    minutes = {
        it: announced_minutes(db.session(), shelf, it.code, at, is_in_space=own is not None)
        for it in drawn
    }
    page = render_template(
        "plan/ten_minutes.html",
        proposed=[] if is_wrong else _fitting(minutes) if is_posted else drawn,
        minutes=minutes,
        has_asked=not is_wrong and (is_posted or bool(drawn)),
        is_wrong=is_wrong,
        capacities=capacities,
        capacity=capacity,
        tags=tags,
        chosen=chosen,
        in_space=own is not None,
        indicator_counts=queries.indicator_counts(db.session()),
        next_draw=secrets.token_hex(4),
    )
    return page, 422 if is_wrong else 200


def _capacity_of(space: OpenSpace | None) -> str:
    """Return as what the holder of an open space answers."""
    return db.session.get_one(Respondent, space.respondent_id).capacity if space else ""


def _named(every: Sequence[Measure]) -> list[Measure]:
    """Return the measures that the address names, as they were proposed before."""
    by_code = {measure.code: measure for measure in every}
    named = request.args.get(NAMED, "").split(",")[: allocation.PROPOSED]
    return [by_code[code] for code in dict.fromkeys(named) if code in by_code]


def _drawn(
    every: Sequence[Measure], chosen: Sequence[Tag], capacity: str, round_id: int
) -> list[Measure]:
    """Draw measures for a person, without those that their open space has a response to.

    The same number in the address draws the same: a page that is loaded again does not change.
    """
    steps = own_steps(every)
    left = [it for it in every if it.id not in steps or steps[it.id].progress in UNSENT]
    about = having_any(left, [tag.code for tag in chosen])
    by_id = {measure.id: measure for measure in about}
    published = allocation.published_counts(db.session(), round_id)
    chance = random.Random(request.args.get(DRAW, ""))  # noqa: S311 - nothing is secret in it
    drawn = allocation.draw(list(by_id), published, capacity, chance)
    return [by_id[measure_id] for measure_id in drawn]


def _fitting(minutes: Mapping[Measure, int | None]) -> list[Measure]:
    """Return the measures whose forms fit ten minutes together, and the first in any case."""
    fitting: list[Measure] = []
    left = TEN_MINUTES
    for measure, length in minutes.items():
        if not fitting or (length or 0) <= left:
            fitting.append(measure)
            left -= length or 0
    return fitting


def _chosen_tags(tags: Sequence[Tag]) -> list[Tag]:
    """Return the tags that were ticked; one that no measure has any more is left out."""
    wanted = {folded(name) for name in request.values.getlist("mot")}
    return [tag for tag in tags if tag.code in wanted]


def _by_axis(measures: Sequence[Measure]) -> list[tuple[Axis, list[Measure]]]:
    """Group measures by axis, the axis of the first one first; both keep their order."""
    grouped: dict[Axis, list[Measure]] = {}
    for measure in measures:
        grouped.setdefault(measure.axis, []).append(measure)
    return list(grouped.items())
