"""Public pages of the plan: home and one measure.

What the site ships is shown from the first announced round on: before, nobody has vouched for it.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consultation import calendar
from consultation.clock import in_paris, now
from consultation.collective import texts as site_texts
from consultation.decisions import published
from consultation.extensions import db
from consultation.institutions.replies import queries as reply_queries
from consultation.plan import queries
from consultation.plan.models import Measure
from consultation.plan.overview import lines
from consultation.questionnaires.models import Round
from consultation.questionnaires.rounds import queries as rounds_queries
from consultation.questionnaires.rounds import texts
from consultation.recordings import playback
from consultation.responses.space import cookie, journey
from consultation.responses.space.journey import Step
from consultation.results.public import closed_rounds
from consultation.results.public import queries as public_queries
from consultation.web.headers import allow_listening
from consultation.web.locale import current_locale
from consultation.web.permissions import Permission, requires
from consultation.web.typography import typeset

blueprint = Blueprint("plan", __name__)


@blueprint.get("/")
@requires(Permission.PUBLIC)
def home() -> ResponseReturnValue:
    """Show the home page: what the consultation is, until when, and what becomes of answers."""
    at = now()
    consultation_round = rounds_queries.current(db.session(), at)
    closed = closed_rounds.closed_round(db.session(), consultation_round, at, current_app.config)
    sender = current_app.config["MAIL_SENDER"]
    in_force = texts.in_force(db.session(), consultation_round, sender)
    sounds = playback.sounds_of_round(db.session(), in_force, current_locale())
    if sounds:
        allow_listening()
    example = queries.example_indicator(db.session())
    if example and example.measure.is_shipped and consultation_round is None:
        example = None
    return render_template(
        "plan/home.html",
        consultation_round=consultation_round,
        texts=in_force,
        sounds=sounds,
        previous=rounds_queries.last_closed(db.session(), at),
        is_open=bool(consultation_round and consultation_round.is_open(at)),
        closed=closed,
        now=at,
        site=site_texts.in_force(db.session()),
        example=example,
        measure_count=queries.measure_count(db.session()),
        has_results=public_queries.has_results(db.session()),
        is_assessed=lines.is_assessed(db.session()),
        document_url=_document_url(consultation_round),
    )


@blueprint.get("/calendrier.ics")
@requires(Permission.PUBLIC)
def calendar_file() -> ResponseReturnValue:
    """Serve the closing of the current round as a calendar file; 404 once it is over."""
    at = now()
    consultation_round = rounds_queries.current(db.session(), at) or abort(404)
    if at >= consultation_round.closes_at:
        abort(404)
    made = calendar.closing_event(
        uid=f"{consultation_round.code}@{urlsplit(current_app.config['BASE_URL']).netloc}",
        title=typeset(gettext("Dernière heure pour répondre : consultation contre la traite")),
        address=current_app.config["BASE_URL"] + url_for("plan.home"),
        closes_at=consultation_round.closes_at,
        at=at,
    )
    return Response(made, mimetype="text/calendar")


@blueprint.get("/mesures/<code>")
@requires(Permission.PUBLIC)
def measure(code: str) -> ResponseReturnValue:
    """Show one measure: its texts, its indicators, its assessments."""
    measure = queries.measured_measure_by_code(db.session(), code)
    if measure is None or measure.retired_at is not None:
        abort(404)
    at = now()
    consultation_round = rounds_queries.current(db.session(), at)
    if measure.is_shipped and consultation_round is None:
        abort(404)
    line = lines.line_of(db.session(), measure, in_paris(at).date())
    return render_template(
        "plan/measure.html",
        measure=measure,
        line=line,
        step=own_steps([measure]).get(measure.id),
        valued={it.indicator.id: it for it in line.valued},
        indicators=queries.indicators_in_force(measure),
        statuses=line.statuses,
        latest=line.latest,
        replies=reply_queries.published(db.session(), [measure.id]).get(measure.id, []),
        awaited=reply_queries.awaited(db.session(), measure.id),
        has_results=public_queries.has_results(db.session(), measure.id),
        has_decisions=published.has_decisions(db.session(), measure.id),
        consultation_round=consultation_round,
        is_open=bool(consultation_round and consultation_round.is_open(at)),
        closed=closed_rounds.closed_round(db.session(), consultation_round, at, current_app.config),
        document_url=_document_url(consultation_round),
    )


def own_steps(measures: Sequence[Measure]) -> Mapping[int, Step]:
    """Return how far the holder of the open space is with measures, by their id; else nothing."""
    space = cookie.open_space()
    if space is None or not space.takes_answers:
        return {}
    way = journey.of(db.session(), space.respondent_id, measures, ())
    return {step.measure.id: step for step in way.steps}


def _document_url(consultation_round: Round | None) -> str:
    """Return the address of the working document: the round's, the site's, or our own page."""
    given = consultation_round.document_url if consultation_round else None
    if address := given or current_app.config["DOCUMENT_URL"]:
        return str(address)
    return url_for("documents.page") if published.has_editions(db.session()) else ""
