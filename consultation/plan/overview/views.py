"""Public pages and files of the overview: where the plan stands, measure by measure.

What the site ships is shown from the first announced round on, as on the plan's other pages.
"""

import json
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from consultation.clock import in_paris, now
from consultation.extensions import db
from consultation.institutions.replies import queries as reply_queries
from consultation.plan import queries
from consultation.plan.models import Assessor, Level, Point
from consultation.plan.overview import (
    charts,
    labels,
    lines,
    open_data,
    preview_image,
    sentences,
    value_texts,
)
from consultation.plan.overview.chips import chips, parameters
from consultation.plan.overview.lines import (
    NO_WORD,
    UNJUDGED,
    IndicatorLine,
    Line,
    Narrowing,
    Overview,
)
from consultation.plan.overview.preview_image import Pictures
from consultation.plan.values.models import Progress
from consultation.questionnaires.rounds import queries as rounds_queries
from consultation.turns import NoDocument, turn
from consultation.web.headers import asset, conditional
from consultation.web.locale import current_locale
from consultation.web.navigation import PLAN_LINK, Flag
from consultation.web.page_cache import PackedCache
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("plan_overview", __name__)

ASSESSORS = {assessor.value: assessor for assessor in Assessor}
LEVELS = {*(level.value for level in Level), UNJUDGED}
PROGRESS = {*(progress.value for progress in Progress), NO_WORD}
LONGEST_QUERY = 200
HOUR = 3600
PICTURES = "consultation_plan_pictures"
"""Key of a process's drawn images."""
RENDERED = "consultation_rendered_plan"
"""Key of a process's cache of pages and files of the plan."""


class OverviewPage(NamedTuple):
    """What is kept of the page of the plan."""

    body: str
    is_judged: bool
    picture_text: str


@blueprint.get("/plan")
@requires(Permission.PUBLIC)
def plan() -> ResponseReturnValue:
    """Show where each measure stands: a sentence and a square for each, then a line, by axis."""
    narrowing = _narrowing()
    page = OverviewPage(*json.loads(_made_once("page", narrowing, _page)))
    return conditional(
        render_template(
            "plan/overview/plan.html",
            overview=page,
            body=Markup(page.body),  # noqa: S704 - a template of ours, escaped
            kept=parameters(narrowing),
            is_open=_is_open(),
        )
    )


@blueprint.get("/plan.json")
@requires(Permission.PUBLIC)
def plan_json() -> ResponseReturnValue:
    """Serve the measures that are asked for as JSON."""
    made = _made_once("json", _narrowing(), _json)
    return conditional(Response(made, mimetype="application/json"))


@blueprint.get("/plan.csv")
@requires(Permission.PUBLIC)
def plan_csv() -> ResponseReturnValue:
    """Serve the measures that are asked for as CSV."""
    answer = Response(_made_once("csv", _narrowing(), _csv), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="plan.csv"'
    return conditional(answer)


@blueprint.get("/plan.png")
@requires(Permission.PUBLIC)
def picture() -> ResponseReturnValue:
    """Serve the preview image that other sites display beside a link, else that of the site."""
    try:
        drawn = _made_once("png", Narrowing(), _png)
    except NoDocument:
        drawn = b""
    if not drawn:
        return redirect(asset("share.png"), 302)
    answer = Response(drawn, mimetype="image/png")
    answer.headers["Cache-Control"] = f"public, max-age={HOUR}"
    # Other sites display it; the other resources of this one are closed to them.
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@blueprint.get("/plan/<code>")
@requires(Permission.PUBLIC)
def measure(code: str) -> ResponseReturnValue:
    """Show where one measure stands: judgements in full, values of its indicators over time."""
    measure = queries.measured_measure_by_code(db.session(), code)
    if measure is None or measure.retired_at is not None:
        abort(404)
    if measure.is_shipped and not _has_round():
        abort(404)
    line = lines.line_of(db.session(), measure, _today())
    replies = reply_queries.published(db.session(), [measure.id]).get(measure.id, [])
    levels = {assessor: status.level for assessor, status in line.latest.items()}
    return conditional(
        render_template(
            "plan/overview/measure.html",
            line=line,
            replies=replies,
            awaited=reply_queries.awaited(db.session(), measure.id),
            sentence=sentences.of_measure(levels),
            progress=sentences.of_indicators(line.progress_counts),
            is_open=_is_open(),
        )
    )


def _made_once(kind: str, narrowing: Narrowing, make: Callable[[Overview], bytes]) -> bytes:
    """Return a page or file of the overview, made once for each state of the plan.

    Searches are not kept: there is no end of them.
    """
    cache: PackedCache = current_app.extensions[RENDERED]
    has_round, today = _has_round(), _today()
    state = lines.state_of(db.session())
    key = (kind, current_locale(), narrowing, has_round, today, _smallest(), state)

    def made() -> bytes:
        return make(lines.overview(db.session(), narrowing, today, with_shipped=has_round))

    return made() if narrowing.query else cache.content(key, made)


def _page(made: Overview) -> bytes:
    body = render_template(
        "plan/overview/_body.html",
        made=made,
        narrowing=made.narrowing,
        kept=parameters(made.narrowing),
        unjudged=UNJUDGED,
        no_word=NO_WORD,
        sentences=sentences.of_plan(made.counts, len(made.lines), made.disputed_count),
        chips=chips(made.narrowing, made.axes),
        licence=current_app.config["DATA_LICENCE"],
    )
    text = preview_image.alternative_text(made)
    page = OverviewPage(body, made.is_judged, text)
    return json.dumps(page, ensure_ascii=False).encode()


def _png(made: Overview) -> bytes:
    pictures: Pictures = current_app.extensions[PICTURES]
    with turn():
        return pictures.picture(made) or b""


def _json(made: Overview) -> bytes:
    licence = current_app.config["DATA_LICENCE"]
    return open_data.plan_json(made.wanted, licence, _smallest(), _address_of)


def _csv(made: Overview) -> bytes:
    licence, locale = current_app.config["DATA_LICENCE"], current_locale()
    return open_data.plan_csv(made.wanted, licence, locale, _address_of)


def _narrowing() -> Narrowing:
    """Return the narrowing that the address asks for."""
    level, word = request.args.get("niveau"), request.args.get("progres")
    return Narrowing(
        request.args.get("axe") or None,
        ASSESSORS.get(request.args.get("juge", "")),
        level if level in LEVELS else None,
        word if word in PROGRESS else None,
        bool(request.args.get("desaccord")),
        request.args.get("q", "").strip()[:LONGEST_QUERY],
    )


def _has_round() -> bool:
    return rounds_queries.current(db.session(), now()) is not None


def _is_open() -> bool:
    at = now()
    consultation_round = rounds_queries.current(db.session(), at)
    return consultation_round is not None and consultation_round.is_open(at)


def _today() -> date:
    return in_paris(now()).date()


def _address_of(line: Line, it: IndicatorLine | None) -> str:
    """Return the address of the page of a measure, or of one of its indicators."""
    code = line.measure.code
    if it is None:
        path = url_for(".measure", code=code)
    else:
        indicator_code = it.indicator.code
        path = url_for("public_decisions.indicator", code=code, indicator_code=indicator_code)
    return f"{current_app.config['BASE_URL']}{path}"


def _smallest() -> int:
    smallest: int = current_app.config["SMALL_CELL"]
    return smallest


def register(app: Flask) -> None:
    """Add what is made once, the link to the plan, and the words of values for other pages."""
    app.extensions[PICTURES], app.extensions[RENDERED] = Pictures(), PackedCache()
    app.extensions[PLAN_LINK] = Flag(lambda: lines.is_assessed(db.session()))
    app.jinja_env.globals |= {
        "Assessor": Assessor,
        "Level": Level,
        "Point": Point,
        "Progress": Progress,
        "short_name": labels.short_name,
        "progress_count": labels.progress_count,
        "progress_text": labels.progress_text,
        "direction_text": labels.direction_text,
        "value_text": labels.value_text,
        "hidden_text": labels.hidden_text,
        "hidden_reason": labels.hidden_reason,
        "typed": value_texts.typed,
        "figure_text": value_texts.figure_text,
        "public_text": value_texts.public_text,
        "rules_of": value_texts.rules_of,
        "moment_text": value_texts.moment_text,
        "reporter_text": value_texts.reporter_text,
        "missing_text": value_texts.missing_text,
        "progress_word": value_texts.word,
        "dated_text": labels.dated_text,
        "chart_height": charts.HEIGHT,
    }
