"""Indicators that respondents miss, by measure; the former page of all indicators leads on."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.extensions import db
from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.plan.models import Axis, Measure
from consultation.questionnaires.models import Round
from consultation.questionnaires.rounds.choice import working_round
from consultation.results.indicators import proposals
from consultation.web.permissions import Permission, requires
from consultation.work.actions import current_work
from consultation.work.lists import ListFilter, Listing

blueprint = Blueprint("indicator_summaries", __name__, url_prefix="/organisation/indicateurs")

ORDER_NOW = {"desaccord": "verdict", "note": "mediane", "reponses": "voix"}
"""The order of the overview by that of the former page."""


@blueprint.get("")
@requires(Permission.FOLLOW)
def table() -> ResponseReturnValue:
    """Lead from the former page of all indicators to the overview, with what was asked of it."""
    sent = request.args
    parameters: dict[str, Any] = {
        "tour": sent.get("tour"),
        "axe": sent.get("axe"),
        "q": sent.get("mesure"),
        "tri": ORDER_NOW.get(sent.get("tri", "")),
        "page": sent.get("page"),
    }
    return redirect(
        url_for("overview.board_page", **{k: it for k, it in parameters.items() if it}), 301
    )


@blueprint.get("/manquants")
@requires(Permission.FOLLOW)
def missing() -> ResponseReturnValue:
    """Show the indicators that respondents miss, by measure."""
    round_ = working_round()
    if round_ is None:
        return render_template("results/indicators/missing.html", round=None)
    counts = proposals.missing_counts(db.session(), round_.id)
    listing = _measures_that_miss(round_, counts.keys())
    ids = [measure.id for measure in listing.page.rows]
    return render_template(
        "results/indicators/missing.html",
        round=round_,
        listing=listing,
        proposed_by_measure=proposals.missing(current_work(), round_.id, ids),
    )


def _measures_that_miss(round_: Round, ids: Collection[int]) -> Listing[Measure]:
    measures = db.session.scalars(sa.select(Measure).order_by(Measure.position, Measure.id)).all()
    axes = db.session.scalars(sa.select(Axis).order_by(Axis.position, Axis.id)).all()
    filters = (
        ListFilter[Measure](
            "axe", "Axe", lambda row, code: row.axis.code == code, [_choice(it) for it in axes]
        ),
        ListFilter[Measure](
            "mesure", "Mesure", lambda row, code: row.code == code, [_choice(it) for it in measures]
        ),
    )
    rows = [it for it in measures if it.id in ids]
    return Listing("indicator_summaries.missing", rows, filters, kept={"tour": round_.code})


def _choice(row: Axis | Measure) -> tuple[str, str]:
    return row.code, f"{row.code} · {localized(row.title, DEFAULT_LOCALE)}"
