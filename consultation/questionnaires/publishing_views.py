"""The pages that show what publishing would change, and publish it."""

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.database import writing
from consultation.extensions import db
from consultation.plan.models import Measure
from consultation.questionnaires import reviewing, rounds
from consultation.questionnaires.faults import Fault
from consultation.questionnaires.models import Questionnaire, Round
from consultation.questionnaires.outline_weighing import FATE_WORDS
from consultation.questionnaires.publishing import TOOL, Publication
from consultation.questionnaires.reviewing import (
    PublicationRefused,
    Review,
    ReviewOutdated,
)
from consultation.responses.models import Response
from consultation.web.permissions import Permission, require, requires

blueprint = Blueprint("publishing", __name__, url_prefix="/organisation/tours/<code>")
"""Registered by `preview_views`, which adds the preview."""

MOST_NAMED = 12
"""How many forms a change names; the others are counted."""


@blueprint.get("/publication")
@requires(Permission.COMPOSE)
def changes(code: str) -> ResponseReturnValue:
    """Show what publishing would change, and on how many forms."""
    consultation_round = found_round(code)
    actor = require(Permission.COMPOSE)
    return _page(consultation_round, reviewing.review(db.session(), actor, consultation_round))


@blueprint.post("/publication")
@requires(Permission.COMPOSE)
def publish(code: str) -> ResponseReturnValue:
    """Publish what the page showed; when something has changed since, show it anew."""
    actor = require(Permission.COMPOSE)
    seen = request.form.get("digest", "")
    try:
        with writing(db.session()):
            done = reviewing.publish(db.session(), actor, found_round(code), seen, now())
    except (ReviewOutdated, PublicationRefused) as refusal:
        consultation_round = found_round(code)
        found = reviewing.review(db.session(), actor, consultation_round)
        is_outdated = isinstance(refusal, ReviewOutdated)
        page = _page(consultation_round, found, is_outdated=is_outdated)
        return page, 409 if is_outdated else 422
    flash(_done_sentence(done))
    return redirect(url_for(".changes", code=code), 303)


def found_round(code: str) -> Round:
    """Return the round of an address; abort with 404 when there is none of that code."""
    try:
        return rounds.by_code(db.session(), code)
    except rounds.NoRound:
        abort(404)


def fault_address(code: str, fault: Fault) -> str:
    """Return the page of the editor where a fault of the round's outline is mended."""
    if fault.question:
        return url_for("composing.question", code=code, question=fault.question)
    if fault.section:
        return url_for("composing.section", code=code, section=fault.section)
    return url_for("composing.outline", code=code)


def _page(consultation_round: Round, found: Review, *, is_outdated: bool = False) -> str:
    return render_template(
        "questionnaires/publication.html",
        round=consultation_round,
        review=found,
        is_outdated=is_outdated,
        is_closed=now() >= consultation_round.closes_at,
        response_count=_response_count(consultation_round, found.forms),
        fates=FATE_WORDS,
        most_named=MOST_NAMED,
        fault_address=fault_address,
    )


def _response_count(consultation_round: Round, forms: Publication) -> int:
    """Count the responses to the forms that would be replaced or closed, all versions together."""
    replaced = {*forms.renewed, *forms.closed}
    versions = db.session().execute(
        sa.select(Questionnaire.id, Measure.code)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .where(Questionnaire.round_id == consultation_round.id)
    )
    ids = [id_ for id_, code in versions if (code or TOOL) in replaced]
    counted = sa.select(sa.func.count(Response.id)).where(
        Response.questionnaire_id.in_(ids),
        Response.superseded_at.is_(None),
        Response.withdrawn_at.is_(None),
    )
    return db.session().scalar(counted) or 0


def _done_sentence(done: Publication) -> str:
    counts = (
        (done.opened, "formulaire ouvert", "formulaires ouverts"),
        (done.renewed, "formulaire renouvelé", "formulaires renouvelés"),
        (done.closed, "formulaire fermé", "formulaires fermés"),
        (done.unchanged, "inchangé", "inchangés"),
    )
    said = [
        f"{len(forms)} {one if len(forms) < 2 else many}" for forms, one, many in counts if forms
    ]
    return f"Le questionnaire est publié : {', '.join(said)}."
