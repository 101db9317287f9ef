"""Public pages of the overview: where the plan stands, measure by measure.

What the site ships is shown from the first announced round on, as on the plan's other pages.
"""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from consultation.clock import in_paris, now
from consultation.extensions import db
from consultation.plan.models import Assessor, Level
from consultation.plan.overview import lines
from consultation.plan.overview.lines import UNJUDGED, Narrowing, Overview
from consultation.questionnaires.rounds import queries as rounds_queries
from consultation.web.headers import conditional
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("plan_overview", __name__)

ASSESSORS = {assessor.value: assessor for assessor in Assessor}
LEVELS = {*(level.value for level in Level), UNJUDGED}
LONGEST_QUERY = 200
MOST_DISPUTED = 8
"""Disagreements that are listed at once; the others are folded."""


@blueprint.get("/plan")
@requires(Permission.PUBLIC)
def plan() -> ResponseReturnValue:
    """Show where each measure stands, by axis, what the judges disagree about first."""
    made = _overview()
    return conditional(
        render_template(
            "plan/overview/plan.html",
            made=made,
            narrowing=made.narrowing,
            kept=_kept(made.narrowing),
            unjudged=UNJUDGED,
            most_disputed=MOST_DISPUTED,
        )
    )


def _overview() -> Overview:
    """Return the overview of what the address asks for."""
    at = now()
    level = request.args.get("niveau", "")
    narrowing = Narrowing(
        request.args.get("axe") or None,
        ASSESSORS.get(request.args.get("juge", "")),
        level if level in LEVELS else None,
        bool(request.args.get("desaccord")),
        request.args.get("q", "").strip()[:LONGEST_QUERY],
    )
    has_round = rounds_queries.current(db.session(), at) is not None
    today = in_paris(at).date()
    return lines.overview(db.session(), narrowing, today, with_shipped=has_round)


def _kept(narrowing: Narrowing) -> dict[str, Any]:
    """Return what an address repeats to stay narrowed."""
    kept = {
        "axe": narrowing.axis,
        "juge": narrowing.assessor,
        "niveau": narrowing.level,
        "desaccord": "1" if narrowing.is_disputed else None,
        "q": narrowing.query or None,
    }
    return {name: value for name, value in kept.items() if value is not None}
