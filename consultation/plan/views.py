"""The public pages of the plan: home, list of measures, one measure."""

from flask import Blueprint, Flask, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.extensions import db
from consultation.plan import searching, statuses
from consultation.questionnaires import round_texts, rounds
from consultation.results import closed_rounds, published
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("plan", __name__)


@blueprint.get("/")
@requires(Permission.PUBLIC)
def home() -> ResponseReturnValue:
    """Say what this is, by when, how long it takes, and what becomes of answers."""
    at = now()
    consultation_round = rounds.current(db.session(), at)
    closed = closed_rounds.closed(db.session(), consultation_round, at, current_app.config)
    sender = current_app.config["MAIL_SENDER"]
    return render_template(
        "plan/home.html",
        consultation_round=consultation_round,
        texts=round_texts.in_force(db.session(), consultation_round, sender),
        previous=rounds.last_closed(db.session(), at),
        is_open=bool(consultation_round and consultation_round.is_open(at)),
        closed=closed,
        now=at,
        measure_count=searching.measure_count(db.session()),
        has_results=published.exist(db.session()),
        document_url=(consultation_round and consultation_round.document_url)
        or current_app.config["DOCUMENT_URL"],
    )


@blueprint.get("/mesures")
@requires(Permission.PUBLIC)
def measures() -> ResponseReturnValue:
    """List the measures, all or those that a search or an axis leaves."""
    query = request.args.get("q", "").strip()
    axes = searching.axes(db.session())
    chosen = request.args.get("axe", "")
    axis = next((axis for axis in axes if axis.code == chosen), None)
    at = now()
    consultation_round = rounds.current(db.session(), at)
    return render_template(
        "plan/measures.html",
        measures=searching.measures(db.session(), query=query, axis=axis),
        indicator_counts=searching.indicator_counts(db.session()),
        axes=axes,
        axis=axis,
        query=query,
        is_open=bool(consultation_round and consultation_round.is_open(at)),
        closed=closed_rounds.closed(db.session(), consultation_round, at, current_app.config),
    )


@blueprint.get("/mesures/<code>")
@requires(Permission.PUBLIC)
def measure(code: str) -> ResponseReturnValue:
    """Show one measure: what it says, its indicators, where it stands."""
    found = searching.measure_by_code(db.session(), code)
    if found is None or found.retired_at is not None:
        abort(404)
    at = now()
    consultation_round = rounds.current(db.session(), at)
    return render_template(
        "plan/measure.html",
        measure=found,
        indicators=searching.indicators_in_force(found),
        statuses=statuses.in_order(found.statuses),
        latest=statuses.latest(found.statuses),
        has_results=published.exist(db.session(), found.id),
        consultation_round=consultation_round,
        is_open=bool(consultation_round and consultation_round.is_open(at)),
        closed=closed_rounds.closed(db.session(), consultation_round, at, current_app.config),
        document_url=(consultation_round and consultation_round.document_url)
        or current_app.config["DOCUMENT_URL"],
    )


def register(app: Flask) -> None:
    """Add the pages to `app`."""
    app.register_blueprint(blueprint)
