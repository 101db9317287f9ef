"""Publication pages of results."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.plan import queries
from consultation.plan.workbook.columns import TOOL_CODE
from consultation.questionnaires.models import Round
from consultation.questionnaires.rounds import queries as rounds_queries
from consultation.responses.models import Channel, Standing
from consultation.results.models import TallySide
from consultation.results.public.tables import Shown
from consultation.results.publication import figures, prepare, snapshot_store
from consultation.results.publication.figures import Reported
from consultation.results.publication.prepare import Prepared
from consultation.results.publication.snapshot_store import PublishedMeanwhile
from consultation.results.tallies import queries as tallies_queries
from consultation.web.permissions import Permission, require, requires
from consultation.web.typography import counted

FILTERS = {
    "qualite": TallySide.CAPACITY,
    "territoire": TallySide.TERRITORY,
    "canal": TallySide.CHANNEL,
    "statut": TallySide.STANDING,
}
NAMES = {
    "qualite": "Qualité", "territoire": "Territoire", "canal": "Arrivée", "statut": "Personnes",
}  # fmt: skip
CHANNELS = {Channel.WEB: "par le site", Channel.MAIL: "par courriel"}
STANDINGS = {
    Standing.INVITED: "invitées",
    Standing.CONFIRMED: "adresse confirmée",
    Standing.UNVERIFIED: "ni l'un ni l'autre",
}
UNSAID = "-"
"""What an address says for a territory that was not stated."""


def chosen_filters(given: Mapping[str, str]) -> dict[TallySide, str]:
    """Return what figures are narrowed to; a way in or a standing that is none narrows not."""
    known: dict[str, set[str]] = {"canal": set(Channel), "statut": set(Standing)}
    return {
        side: "" if code == UNSAID else code
        for name, side in FILTERS.items()
        if (code := given.get(name, "")) and (name not in known or code in known[name])
    }


def options(asked: Reported) -> dict[str, dict[str, str]]:
    """Return the words of each code that a filter takes, by the filter's name in addresses."""
    capacities, territories = (
        {code: label["fr"] for code, label in asked.sides[side].items()}
        for side in (TallySide.CAPACITY, TallySide.TERRITORY)
    )
    return {
        "qualite": capacities,
        "territoire": territories | {UNSAID: "non précisé"},
        "canal": {channel.value: words for channel, words in CHANNELS.items()},
        "statut": {standing.value: words for standing, words in STANDINGS.items()},
    }


blueprint = Blueprint("publishing_results", __name__, url_prefix="/organisation/resultats")

MEANWHILE = (
    "Quelqu'un d'autre vient de publier ou de retirer ces chiffres : regardez ce qui est publié,"
    " puis recommencez s'il le faut."
)


@blueprint.get("")
@requires(Permission.PUBLISH_RESULTS)
def measures() -> ResponseReturnValue:
    """List the measures of a round: what came in, and what was published of it and when."""
    chosen, listed = _rounds()
    if chosen is None:
        return render_template("results/publication/measures.html", round=None)
    asked = figures.measures_asked(db.session(), chosen.id)
    return render_template(
        "results/publication/measures.html",
        round=chosen,
        rounds=listed,
        asked=asked,
        responses=tallies_queries.responses_by_measure(db.session(), chosen.id),
        standing=snapshot_store.standing(db.session(), chosen.id),
    )


@blueprint.get("/<code>")
@requires(Permission.PUBLISH_RESULTS)
def measure(code: str) -> ResponseReturnValue:
    """Show the figures of a measure as they stand, of everybody or of those chosen."""
    actor = require(Permission.PUBLISH_RESULTS)
    chosen_round, measure_id = _round(), _measure_id(code)
    chosen = chosen_filters(request.args)
    found = prepare.of_measure(db.session(), actor, chosen_round, measure_id, chosen, now())
    if found is None:
        abort(404)
    asked, figures = found
    return render_template(
        "results/publication/measure.html",
        round=chosen_round,
        code=code,
        asked=asked,
        shown=Shown(figures),
        options=options(asked),
        names=NAMES,
        unsaid=UNSAID,
        is_narrowed=bool(chosen),
    )


@blueprint.get("/<code>/apercu")
@requires(Permission.PUBLISH_RESULTS)
def preview(code: str) -> ResponseReturnValue:
    """Show exactly what would be public now of a measure."""
    return _preview(code)


@blueprint.post("/<code>/publier")
@requires(Permission.PUBLISH_RESULTS)
def publish(code: str) -> ResponseReturnValue:
    """Make the figures of one measure public."""
    prepared = _prepared(_round(), code)
    if not prepared.says_something:
        return _preview(code, "Aucune contribution n'est arrivée : il n'y a rien à publier."), 409
    try:
        _publish(_round(), [prepared])
    except PublishedMeanwhile:
        return _preview(code, MEANWHILE), 409
    flash("Les chiffres sont publiés.")
    return redirect(url_for(".preview", code=code, tour=_round().code), 303)


@blueprint.post("/<code>/retirer")
@requires(Permission.PUBLISH_RESULTS)
def withdraw(code: str) -> ResponseReturnValue:
    """Take the figures of one measure back from the public."""
    actor, chosen, measure_id = require(Permission.PUBLISH_RESULTS), _round(), _measure_id(code)
    try:
        with writing(db.session()):
            snapshot = snapshot_store.standing_one(db.session(), chosen.id, measure_id) or abort(
                404
            )
            snapshot_store.withdraw(db.session(), actor, snapshot, now())
    except PublishedMeanwhile:
        return _preview(code, MEANWHILE), 409
    flash("Les chiffres sont retirés de la publication. Vous pourrez les publier de nouveau.")
    return redirect(url_for(".preview", code=code, tour=chosen.code), 303)


@blueprint.get("/publier")
@requires(Permission.PUBLISH_RESULTS)
def everything() -> ResponseReturnValue:
    """Say of which measures figures would be public, and ask whether to publish them."""
    return _everything()


@blueprint.post("/publier")
@requires(Permission.PUBLISH_RESULTS)
def publish_everything() -> ResponseReturnValue:
    """Make the figures of every measure that the page before listed public, all of one instant."""
    actor, small = require(Permission.PUBLISH_RESULTS), current_app.config["SMALL_CELL"]
    wanted = snapshot_store.all_at_once(db.session(), _round().id).published
    listed = prepare.prepare(db.session(), actor, _round(), small, now(), wanted)
    prepared = [one for one in listed if one.says_something]
    if not prepared:
        return _everything("Il n'y a rien à publier."), 409
    try:
        _publish(_round(), prepared)
    except PublishedMeanwhile:
        return _everything(MEANWHILE), 409
    flash(f"Chiffres publiés pour {counted(len(prepared), 'formulaire', 'formulaires')}.")
    return redirect(url_for(".measures", tour=_round().code), 303)


def _preview(code: str, error: str = "") -> str:
    chosen = _round()
    prepared = _prepared(chosen, code)
    return render_template(
        "results/publication/preview.html",
        error=error,
        round=chosen,
        code=code,
        prepared=prepared,
        shown=Shown(prepared.shown),
        standing=snapshot_store.standing_one(db.session(), chosen.id, prepared.measure_id),
    )


def _everything(error: str = "") -> str:
    chosen = _round()
    wanted = snapshot_store.all_at_once(db.session(), chosen.id)
    return render_template(
        "results/publication/everything.html",
        error=error,
        round=chosen,
        asked=figures.measures_asked(db.session(), chosen.id, wanted.published),
        withdrawn=figures.measures_asked(db.session(), chosen.id, wanted.withdrawn),
        responses=tallies_queries.responses_by_measure(db.session(), chosen.id),
        tool=TOOL_CODE,
    )


def _prepared(chosen: Round, code: str) -> Prepared:
    actor, small = require(Permission.PUBLISH_RESULTS), current_app.config["SMALL_CELL"]
    measure_id = _measure_id(code)
    found = prepare.prepare(db.session(), actor, chosen, small, now(), [measure_id])
    return found[0] if found else abort(404)


def _publish(chosen: Round, prepared: Sequence[Prepared]) -> None:
    actor = require(Permission.PUBLISH_RESULTS)
    with writing(db.session()):
        for one in prepared:
            snapshot_store.publish(db.session(), actor, chosen, one, now())


def _rounds() -> tuple[Round | None, Sequence[Round]]:
    """Return the round asked for, else the one that visitors meet, else the latest; and all."""
    listed = db.session.scalars(sa.select(Round).order_by(Round.opens_at.desc())).all()
    wanted = request.values.get("tour")
    if wanted:
        return next((one for one in listed if one.code == wanted), None) or abort(404), listed
    return rounds_queries.current(db.session(), now()) or (listed[0] if listed else None), listed


def _round() -> Round:
    return _rounds()[0] or abort(404)


def _measure_id(code: str) -> int | None:
    if code == TOOL_CODE:
        return None
    found = queries.bare_measure(db.session(), code)
    return found.id if found else abort(404)
