"""Public pages of decisions and indicators, their files, and the feed of editions.

Nothing of them is cached on the server: a text that its author withdraws is gone at once.
"""

import uuid
from typing import Any

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

from consultation.clock import in_paris, now
from consultation.decisions import labels
from consultation.decisions.basis import Basis
from consultation.decisions.models import DecisionOutcome, PlanEdition
from consultation.decisions.public import differences, history, open_data, overview, quotations
from consultation.decisions.public import labels as public_labels
from consultation.decisions.public.overview import Narrowing, Overview
from consultation.decisions.published import PublishedDecision, decisions_alone, has_editions
from consultation.extensions import db
from consultation.i18n import folded
from consultation.plan import queries
from consultation.plan.overview import lines
from consultation.questionnaires.rounds import queries as rounds_queries
from consultation.results.public import queries as results_queries
from consultation.web.headers import conditional
from consultation.web.locale import current_locale
from consultation.web.navigation import DECISIONS_LINK, Flag
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("public_decisions", __name__)

BY_MEASURE = "mesure"
OUTCOMES = {outcome.value: outcome for outcome in DecisionOutcome}


@blueprint.get("/mesures/<code>/indicateurs/<indicator_code>")
@requires(Permission.PUBLIC)
def indicator(code: str, indicator_code: str) -> ResponseReturnValue:
    """Show an indicator, in force or retired: its texts, its versions, what was decided and why."""
    indicator = queries.indicator_by_code(db.session(), indicator_code) or abort(404)
    measure = indicator.measure
    if folded(measure.code) != folded(code):
        # It may move back: no browser is to remember it.
        here = url_for(".indicator", code=measure.code, indicator_code=indicator.code)
        return redirect(here, 302)
    at = now()
    consultation_round = rounds_queries.current(db.session(), at)
    decisions = history.decisions_on(db.session(), indicator)
    if measure.is_shipped and consultation_round is None and not decisions:
        abort(404)
    is_in_force = indicator.retired_at is None and measure.retired_at is None
    return conditional(
        render_template(
            "decisions/public/indicator.html",
            indicator=indicator,
            measure=measure,
            facts=public_labels.facts(indicator.version),
            line=lines.indicator_line(db.session(), indicator, in_paris(at).date()),
            siblings=queries.indicators_of(db.session(), measure) if is_in_force else [],
            versions=history.versions(indicator, decisions, current_locale()),
            is_in_force=is_in_force,
            is_open=bool(is_in_force and consultation_round and consultation_round.is_open(at)),
            measure_is_shown=measure.retired_at is None
            and bool(consultation_round or not measure.is_shipped),
            has_results=results_queries.has_results(db.session(), measure.id),
        )
    )


@blueprint.get("/decisions")
@requires(Permission.PUBLIC)
def decisions() -> ResponseReturnValue:
    """List the published decisions by edition, or by measure, narrowed down."""
    made = _overview()
    by_measure = request.args.get("par") == BY_MEASURE
    page_of = overview.page_by_measure if by_measure else overview.page_by_edition
    number = request.args.get("page", 1, type=int)
    chosen = next((it for it in made.editions if it.number == made.narrowing.edition), None)
    return conditional(
        render_template(
            "decisions/public/decisions.html",
            made=made,
            narrowing=made.narrowing,
            kept=_kept(made.narrowing) | ({"par": BY_MEASURE} if by_measure else {}),
            page=page_of(db.session(), made, number),
            introduced=chosen or (None if made.narrowing else next(iter(made.editions), None)),
            by_measure=by_measure,
            licence=current_app.config["DATA_LICENCE"],
        )
    )


@blueprint.get("/decisions.json")
@requires(Permission.PUBLIC)
def decisions_json() -> ResponseReturnValue:
    """Serve the decisions that are asked for as JSON, with all editions."""
    made = _overview()
    decided = overview.decisions_of(db.session(), made.wanted)
    config = current_app.config
    content = open_data.decisions_json(
        made.editions, decided, config["DATA_LICENCE"], config["SMALL_CELL"], _address_of
    )
    return conditional(Response(content, mimetype="application/json"))


@blueprint.get("/decisions.csv")
@requires(Permission.PUBLIC)
def decisions_csv() -> ResponseReturnValue:
    """Serve the decisions that are asked for as CSV."""
    decided = overview.decisions_of(db.session(), _overview().wanted)
    config = current_app.config
    content = open_data.decisions_csv(
        decided, config["DATA_LICENCE"], config["SMALL_CELL"], current_locale(), _address_of
    )
    answer = Response(content, mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="decisions.csv"'
    return conditional(answer)


@blueprint.get("/decisions.atom")
@requires(Permission.PUBLIC)
def feed() -> ResponseReturnValue:
    """Serve one entry for each edition, with its decisions and none of the texts they rest on.

    Feed readers keep what they once read: a text would stay there after its author withdrew it.
    An entry for each decision would be dozens at once.
    """
    made = overview.overview(db.session(), Narrowing())
    decided = decisions_alone(db.session())
    content = render_template(
        "decisions/public/feed.xml",
        entries=[
            (edition, _entry_id(edition), [it for it in decided if it.edition is edition])
            for edition in made.editions
        ],
        base_url=current_app.config["BASE_URL"],
    )
    return conditional(Response(content, mimetype="application/atom+xml"))


def _entry_id(edition: PlanEdition) -> str:
    """Return an id that stays when the site moves to another address."""
    name = f"{edition.content_hash}:{edition.number}:{current_locale()}"
    return uuid.uuid5(uuid.NAMESPACE_OID, name).urn


def _overview() -> Overview:
    """Return the overview of what the address asks for."""
    narrowing = Narrowing(
        request.args.get("edition", type=int),
        request.args.get("axe") or None,
        request.args.get("mesure") or None,
        OUTCOMES.get(request.args.get("suite", "")),
    )
    return overview.overview(db.session(), narrowing)


def _kept(narrowing: Narrowing) -> dict[str, Any]:
    """Return the arguments that an address repeats to stay narrowed."""
    kept = {
        "edition": narrowing.edition,
        "axe": narrowing.axis,
        "mesure": narrowing.measure,
        "suite": narrowing.outcome,
    }
    return {name: value for name, value in kept.items() if value is not None}


def _address_of(decided: PublishedDecision) -> str:
    """Return the address of the page that shows a decision."""
    code = decided.measure.code
    if decided.code:
        path = url_for(".indicator", code=code, indicator_code=decided.code)
    else:
        path = url_for(".decisions", mesure=code)
    return f"{current_app.config['BASE_URL']}{path}"


def _contributions(basis: Basis) -> str:
    return labels.contributions(basis, current_app.config["SMALL_CELL"])


def register(app: Flask) -> None:
    """Add the words of decisions, and the links to them."""
    app.extensions[DECISIONS_LINK] = Flag(lambda: has_editions(db.session()))
    app.jinja_env.globals |= {
        "text_labels": public_labels.TEXTS,
        "contribution_count": _contributions,
        "quoted_of": quotations.quoted,
        "changes_of": lambda decided: differences.of_decision(decided.decision, current_locale()),
    }
