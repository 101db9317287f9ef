"""Publication pages: figures of a round, their preview, publication and withdrawal."""

from collections.abc import Mapping, Sequence
from functools import partial

from flask import Blueprint, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.plan import queries
from consultation.plan.workbook.columns import TOOL_CODE
from consultation.questionnaires.models import Round
from consultation.questionnaires.rounds.choice import working_round
from consultation.responses.models import Channel, Standing
from consultation.results.models import TallySide
from consultation.results.public.tables import PublicFigures
from consultation.results.publication import figures, prepare, snapshot_store
from consultation.results.publication.figures import Report
from consultation.results.publication.prepare import Prepared
from consultation.results.tallies import queries as tallies_queries
from consultation.web.permissions import Permission, requires
from consultation.web.typography import counted
from consultation.work.actions import act, current_work
from consultation.work.services import Work

FILTERS = {
    "qualite": TallySide.CAPACITY,
    "territoire": TallySide.TERRITORY,
    "canal": TallySide.CHANNEL,
    "statut": TallySide.STANDING,
}
NAMES = {
    "qualite": "Qualité", "territoire": "Territoire", "canal": "Arrivée", "statut": "Personnes",
}  # fmt: skip
CHANNELS = {
    Channel.WEB: "par le site",
    Channel.MAIL: "par courriel",
    Channel.PAPER: "sur papier",
    Channel.PHONE: "par téléphone",
}
STATUSES = {
    Standing.INVITED: "invitées",
    Standing.CONFIRMED: "adresse confirmée",
    Standing.UNVERIFIED: "ni l'un ni l'autre",
}
UNSTATED = "-"
"""Filter value of an unstated territory."""


def chosen_filters(given: Mapping[str, str]) -> dict[TallySide, str]:
    """Return the filters by side; an unknown channel or status is ignored."""
    known: dict[str, set[str]] = {"canal": set(Channel), "statut": set(Standing)}
    return {
        side: "" if code == UNSTATED else code
        for name, side in FILTERS.items()
        if (code := given.get(name, "")) and (name not in known or code in known[name])
    }


def options(report: Report) -> dict[str, dict[str, str]]:
    """Return the options of each filter, labels by code, by the filter's name."""
    capacities, territories = (
        {code: label["fr"] for code, label in report.sides[side].items()}
        for side in (TallySide.CAPACITY, TallySide.TERRITORY)
    )
    return {
        "qualite": capacities,
        "territoire": territories | {UNSTATED: "non précisé"},
        "canal": {channel.value: label for channel, label in CHANNELS.items()},
        "statut": {status.value: label for status, label in STATUSES.items()},
    }


OF_TRIAL = "Ce tour est à l'essai : rien n'en est publié. Ouvrez-le pour de bon d'abord."

blueprint = Blueprint("publishing_results", __name__, url_prefix="/organisation/resultats")


@blueprint.get("")
@requires(Permission.PUBLISH_RESULTS)
def measures() -> ResponseReturnValue:
    """List the measures of a round with their responses and their last publication."""
    chosen = working_round()
    if chosen is None:
        return render_template("results/publication/measures.html", round=None)
    return render_template(
        "results/publication/measures.html",
        round=chosen,
        measures=figures.measures_in(db.session(), chosen.id),
        responses=tallies_queries.responses_by_measure(db.session(), chosen.id),
        current=snapshot_store.current_by_measure(db.session(), chosen.id),
    )


@blueprint.get("/<code>")
@requires(Permission.PUBLISH_RESULTS)
def measure(code: str) -> ResponseReturnValue:
    """Display the uncensored figures of a measure, filtered or not."""
    chosen_round, measure_id = _round(), _measure_id(code)
    chosen = chosen_filters(request.args)
    report, public = prepare.internal_figures(
        current_work(), chosen_round, measure_id, chosen
    ) or abort(404)
    return render_template(
        "results/publication/measure.html",
        round=chosen_round,
        code=code,
        figures=PublicFigures(public),
        options=options(report),
        names=NAMES,
        unstated=UNSTATED,
        is_narrowed=bool(chosen),
    )


@blueprint.get("/<code>/apercu")
@requires(Permission.PUBLISH_RESULTS)
def preview(code: str) -> ResponseReturnValue:
    """Display exactly the figures of a measure that would be public."""
    return _preview(code)


@blueprint.post("/<code>/publier")
@requires(Permission.PUBLISH_RESULTS)
def publish(code: str) -> ResponseReturnValue:
    chosen = _round()
    prepared = _prepared(chosen, code)
    if chosen.is_trial:
        return _preview(code, OF_TRIAL), 409
    if not prepared.is_publishable:
        return _preview(code, "Aucune contribution n'est arrivée : il n'y a rien à publier."), 409
    return act(
        lambda work: _publish(work, chosen, [prepared]),
        page=partial(_preview, code),
        done="Les chiffres sont publiés.",
        to=url_for(".preview", code=code, tour=chosen.code),
    )


@blueprint.post("/<code>/retirer")
@requires(Permission.PUBLISH_RESULTS)
def withdraw(code: str) -> ResponseReturnValue:
    chosen, measure_id = _round(), _measure_id(code)

    def withdraw(work: Work) -> None:
        snapshot = snapshot_store.current(work.session, chosen.id, measure_id) or abort(404)
        snapshot_store.withdraw(work, snapshot)

    return act(
        withdraw,
        page=partial(_preview, code),
        done="Les chiffres sont retirés de la publication. Vous pourrez les publier de nouveau.",
        to=url_for(".preview", code=code, tour=chosen.code),
    )


@blueprint.get("/publier")
@requires(Permission.PUBLISH_RESULTS)
def everything() -> ResponseReturnValue:
    """Display the measures whose figures would be published."""
    return _everything()


@blueprint.post("/publier")
@requires(Permission.PUBLISH_RESULTS)
def publish_everything() -> ResponseReturnValue:
    """Publish the figures of all listed measures, read from one snapshot."""
    chosen, small = _round(), current_app.config["SMALL_CELL"]
    if chosen.is_trial:
        return _everything(OF_TRIAL), 409
    wanted = snapshot_store.bulk_measures(db.session(), chosen.id).published
    every = prepare.prepare(current_work(), chosen, small, wanted)
    prepared = [each for each in every if each.is_publishable]
    if not prepared:
        return _everything("Il n'y a rien à publier."), 409
    return act(
        lambda work: _publish(work, chosen, prepared),
        page=_everything,
        done=f"Chiffres publiés pour {counted(len(prepared), 'formulaire', 'formulaires')}.",
        to=url_for(".measures", tour=chosen.code),
    )


def _preview(code: str, problem: str = "", stale: StaleEdit | None = None) -> str:
    chosen = _round()
    prepared = _prepared(chosen, code)
    return render_template(
        "results/publication/preview.html",
        at=now(),
        error=problem,
        stale=stale,
        round=chosen,
        code=code,
        prepared=prepared,
        figures=PublicFigures(prepared.public),
        current=snapshot_store.current(db.session(), chosen.id, prepared.measure_id),
    )


def _everything(problem: str = "", stale: StaleEdit | None = None) -> str:
    chosen = _round()
    wanted = snapshot_store.bulk_measures(db.session(), chosen.id)
    return render_template(
        "results/publication/everything.html",
        at=now(),
        error=problem,
        stale=stale,
        round=chosen,
        measures=figures.measures_in(db.session(), chosen.id, wanted.published),
        withdrawn=figures.measures_in(db.session(), chosen.id, wanted.withdrawn),
        responses=tallies_queries.responses_by_measure(db.session(), chosen.id),
        tool=TOOL_CODE,
    )


def _prepared(chosen: Round, code: str) -> Prepared:
    small = current_app.config["SMALL_CELL"]
    measure_id = _measure_id(code)
    prepared = prepare.prepare(current_work(), chosen, small, [measure_id])
    return prepared[0] if prepared else abort(404)


def _publish(work: Work, chosen: Round, prepared: Sequence[Prepared]) -> None:
    snapshot_store.publish_all(work, chosen, prepared, current_app.config["SMALL_CELL"])


def _round() -> Round:
    return working_round() or abort(404)


def _measure_id(code: str) -> int | None:
    if code == TOOL_CODE:
        return None
    measure = queries.bare_measure(db.session(), code)
    return measure.id if measure else abort(404)
