"""Public pages of the plan: home, list of measures, one measure."""

from collections.abc import Sequence

from flask import Blueprint, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.collective import texts as site_texts
from consultation.extensions import db
from consultation.plan import queries
from consultation.plan.models import Axis, Measure
from consultation.plan.search import index
from consultation.plan.statuses import assessments
from consultation.questionnaires.rounds import queries as rounds_queries
from consultation.questionnaires.rounds import texts
from consultation.results.public import closed_rounds
from consultation.results.public import queries as public_queries
from consultation.web.locale import current_locale
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("plan", __name__)


@blueprint.get("/")
@requires(Permission.PUBLIC)
def home() -> ResponseReturnValue:
    """Show the home page: what the consultation is, until when, and what becomes of answers."""
    at = now()
    consultation_round = rounds_queries.current(db.session(), at)
    closed = closed_rounds.closed_round(db.session(), consultation_round, at, current_app.config)
    sender = current_app.config["MAIL_SENDER"]
    return render_template(
        "plan/home.html",
        consultation_round=consultation_round,
        texts=texts.in_force(db.session(), consultation_round, sender),
        previous=rounds_queries.last_closed(db.session(), at),
        is_open=bool(consultation_round and consultation_round.is_open(at)),
        closed=closed,
        now=at,
        site=site_texts.in_force(db.session()),
        example=queries.example_indicator(db.session()),
        measure_count=queries.measure_count(db.session()),
        has_results=public_queries.has_results(db.session()),
        document_url=(consultation_round and consultation_round.document_url)
        or current_app.config["DOCUMENT_URL"],
    )


@blueprint.get("/mesures")
@requires(Permission.PUBLIC)
def measures() -> ResponseReturnValue:
    """List the measures, narrowed down by a search or an axis."""
    query = request.args.get("q", "").strip()
    axes = queries.axes(db.session())
    chosen = request.args.get("axe", "")
    axis = next((axis for axis in axes if axis.code == chosen), None)
    at = now()
    consultation_round = rounds_queries.current(db.session(), at)
    listed = queries.measures(db.session(), query=query, axis=axis)
    return render_template(
        "plan/measures.html",
        measures=listed,
        by_axis=_by_axis(listed),
        suggestions=[] if listed else _suggestions(query),
        indicator_counts=queries.indicator_counts(db.session()),
        axes=axes,
        axis=axis,
        query=query,
        is_open=bool(consultation_round and consultation_round.is_open(at)),
        closed=closed_rounds.closed_round(db.session(), consultation_round, at, current_app.config),
    )


@blueprint.get("/mesures/<code>")
@requires(Permission.PUBLIC)
def measure(code: str) -> ResponseReturnValue:
    """Show one measure: its texts, its indicators, its assessments."""
    measure = queries.measure_by_code(db.session(), code)
    if measure is None or measure.retired_at is not None:
        abort(404)
    at = now()
    consultation_round = rounds_queries.current(db.session(), at)
    return render_template(
        "plan/measure.html",
        measure=measure,
        indicators=queries.indicators_in_force(measure),
        statuses=assessments.in_order(measure.statuses),
        latest=assessments.latest(measure.statuses),
        has_results=public_queries.has_results(db.session(), measure.id),
        consultation_round=consultation_round,
        is_open=bool(consultation_round and consultation_round.is_open(at)),
        closed=closed_rounds.closed_round(db.session(), consultation_round, at, current_app.config),
        document_url=(consultation_round and consultation_round.document_url)
        or current_app.config["DOCUMENT_URL"],
    )


def _by_axis(measures: Sequence[Measure]) -> list[tuple[Axis, list[Measure]]]:
    """Group measures by axis, the axis of the first one first; both keep their order."""
    grouped: dict[Axis, list[Measure]] = {}
    for measure in measures:
        grouped.setdefault(measure.axis, []).append(measure)
    return list(grouped.items())


def _suggestions(query: str) -> list[str]:
    return index.load(db.session()).suggestions(query, current_locale())
