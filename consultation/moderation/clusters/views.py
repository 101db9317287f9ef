"""The moderators' pages of texts that say nearly the same: the list, one cluster, what is done."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request
from flask import url_for as address_of
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.moderation import labels
from consultation.moderation.clusters import actions as deciding
from consultation.moderation.clusters import queries as listing
from consultation.moderation.clusters.actions import BULK, MOST_AT_ONCE, ClusterChanged, Outcome
from consultation.moderation.decisions import DecisionNotAllowed, Obstacle
from consultation.moderation.models import Reason, TextState, Verdict
from consultation.web.permissions import Actor, Permission, require, requires

blueprint = Blueprint("clusters", __name__, url_prefix="/moderation/campagnes")

CHANGED = (
    "Ces textes ont changé entre-temps : d'autres sont arrivés, ou une autre personne a décidé."
    " Rien n'a été enregistré. Relisez ce qui suit, puis recommencez."
)
VERDICT_MISSING = "Choisissez ce qu'il faut faire de ces textes : publier ou écarter."
OTHER_MISSING = "Choisissez dans la liste la campagne à réunir à celle-ci."

Faults = list[tuple[str, str]]


@blueprint.get("")
@requires(Permission.MODERATE)
def clusters() -> ResponseReturnValue:
    """List the clusters, the largest first."""
    page = request.args.get("page", 1, type=int)
    listed = listing.clusters(db.session(), _actor(), page)
    return render_template(
        "moderation/clusters/clusters.html", listed=listed, words=labels, waits=TextState.WAITING
    )


@blueprint.get("/<public_id>")
@requires(Permission.MODERATE)
def cluster(public_id: str) -> ResponseReturnValue:
    """Show one cluster: its example, its texts, and what can be done."""
    return _page(public_id)


@blueprint.post("/<public_id>/decider")
@requires(Permission.MODERATE)
def decide(public_id: str) -> ResponseReturnValue:
    """Decide on all the texts that wait, at once."""
    verdict, reason = _chosen_verdict(), _chosen_reason()
    if verdict is None:
        return _page(public_id, [("verdict", VERDICT_MISSING)]), 400
    try:
        with writing(db.session()):
            outcome = deciding.decide_all(
                db.session(),
                _actor(),
                public_id,
                verdict,
                reason,
                seen=request.form.get("vus", ""),
                at=now(),
                two_moderators=current_app.config["TWO_MODERATORS"],
            )
    except DecisionNotAllowed as refused:
        field = "raison" if refused.obstacle is Obstacle.REASON_MISSING else "verdict"
        return _page(public_id, [(field, labels.OBSTACLES[refused.obstacle])]), 400
    except ClusterChanged:
        return _page(public_id, [("etat", CHANGED)]), 409
    flash(_told(verdict, outcome))
    return _back(public_id)


@blueprint.post("/<public_id>/detacher")
@requires(Permission.MODERATE)
def split(public_id: str) -> ResponseReturnValue:
    """Take one text out."""
    return _changed(
        deciding.split,
        public_id,
        request.form.get("texte", ""),
        lambda _none: "Ce texte est détaché : il est relu à part, et rien ne l'y ramène tout seul.",
    )


@blueprint.post("/<public_id>/remettre")
@requires(Permission.MODERATE)
def put_back(public_id: str) -> ResponseReturnValue:
    """Put a text back that was taken out."""
    return _changed(
        deciding.put_back,
        public_id,
        request.form.get("texte", ""),
        lambda _none: "Ce texte est remis avec les autres.",
    )


@blueprint.post("/<public_id>/reunir")
@requires(Permission.MODERATE)
def merge(public_id: str) -> ResponseReturnValue:
    """Bring the texts of another cluster into this one."""
    other_id = request.form.get("autre", "")
    if not other_id:
        return _page(public_id, [("autre", OTHER_MISSING)]), 400
    return _changed(
        deciding.merge,
        public_id,
        other_id,
        lambda count: (
            f"{_texts(count)} de l'autre campagne {_join(count)} celle-ci. Vous pouvez"
            " toujours les séparer."
        ),
    )


@blueprint.post("/<public_id>/separer")
@requires(Permission.MODERATE)
def undo_merge(public_id: str) -> ResponseReturnValue:
    """Give another cluster back the texts that were brought from it."""
    return _changed(
        deciding.undo_merge,
        public_id,
        request.form.get("autre", ""),
        lambda count: f"{_texts(count)} de nouveau dans l'autre campagne.",
    )


def _changed(
    change: Callable[..., Any], public_id: str, what: str, told: Callable[[int], str]
) -> ResponseReturnValue:
    """Make one change to a cluster and say so; or say that somebody else came first."""
    try:
        with writing(db.session()):
            count = change(db.session(), _actor(), public_id, what, now())
    except ClusterChanged:
        return _page(public_id, [("etat", CHANGED)]), 409
    flash(told(count))
    return _back(public_id)


def _page(public_id: str, faults: Faults | None = None) -> str:
    session, actor = db.session(), _actor()
    shown = listing.one(session, actor, public_id, request.args.get("page", 1, type=int))
    if shown is None:
        abort(404)
    waiting = listing.undecided(session, shown.cluster)
    return render_template(
        "moderation/clusters/cluster.html",
        shown=shown,
        faults=faults or [],
        fault_at=dict(faults or []),
        typed=request.form,
        waiting=waiting,
        seal=deciding.seal(waiting),
        meant={verdict: deciding.meant(waiting, verdict, actor) for verdict in BULK},
        apart=len([text for text in waiting if deciding.is_apart(text)]),
        endangered=sum(text.has_danger_words for text in waiting),
        at_once=MOST_AT_ONCE,
        others=listing.others(session, actor, shown.cluster),
        taken_out=listing.taken_out(session, actor, shown.cluster),
        merged=listing.merged_into(session, actor, shown.cluster),
        words=labels,
        two_moderators=current_app.config["TWO_MODERATORS"],
    )


def _back(public_id: str) -> ResponseReturnValue:
    return redirect(address_of(".cluster", public_id=public_id), 303)


def _actor() -> Actor:
    return require(Permission.MODERATE)


def _chosen_verdict() -> Verdict | None:
    chosen = request.form.get("verdict", "")
    return next((verdict for verdict in BULK if verdict.value == chosen), None)


def _chosen_reason() -> Reason | None:
    chosen = request.form.get("raison", "")
    return next((reason for reason in Reason if reason.value == chosen), None)


def _told(verdict: Verdict, outcome: Outcome) -> str:
    """Return what came of deciding on all, with what is left to do."""
    sentences = [_done(verdict, outcome.decided)]
    if outcome.further:
        sentences.append(f"Il en reste {outcome.further} : recommencez pour la suite.")
    if outcome.held:
        sentences.append(
            f"{_texts(outcome.held)} à part : une autre personne"
            f" {'les' if outcome.held > 1 else 'le'} lit, ou des passages y sont masqués."
        )
    if verdict is Verdict.PUBLISH and outcome.unquoted:
        sentences.append(_unquoted(outcome.unquoted))
    return " ".join(sentences)


def _done(verdict: Verdict, count: int) -> str:
    if verdict is Verdict.PUBLISH:
        return f"{_texts(count)} publié{_s(count)}."
    if current_app.config["TWO_MODERATORS"]:
        return (
            f"{_texts(count)} : votre avis de les écarter est noté. Il faut deux personnes ; si une"
            " collègue l'avait proposé, c'est fait, sinon une autre doit confirmer."
        )
    return f"{_texts(count)} écarté{_s(count)}."


def _unquoted(count: int) -> str:
    if count > 1:
        return (
            f"{count} des textes publiés ne seront lus que par l'équipe : les personnes n'ont pas"
            " accepté d'être citées."
        )
    return (
        "L'un des textes publiés ne sera lu que par l'équipe : la personne n'a pas accepté d'être"
        " citée."
    )


def _texts(count: int) -> str:
    return f"{count} texte{_s(count)}"


def _join(count: int) -> str:
    return "ont rejoint" if count > 1 else "a rejoint"


def _s(count: int) -> str:
    return "s" if count > 1 else ""
