"""Pages of clusters: their list, and one cluster."""

from collections.abc import Callable, Sequence
from typing import Any

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

from consultation.clock import moment_of, now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.moderation import bulk, labels
from consultation.moderation.bulk import BULK, MOST_AT_ONCE
from consultation.moderation.claims import DecisionNotAllowed, Obstacle
from consultation.moderation.clusters import actions, queries
from consultation.moderation.clusters.forms import ClusterDecisionForm, MergeForm
from consultation.moderation.handlers import undo_lot
from consultation.moderation.models import TextState
from consultation.web.forms import Problem
from consultation.web.permissions import Actor, Permission, require, requires
from consultation.web.typography import counted
from consultation.work.actions import current_work
from consultation.work.services import Work

blueprint = Blueprint("clusters", __name__, url_prefix="/moderation/textes-semblables")

CHANGED = (
    "Ces textes ont changé entre-temps : d'autres sont arrivés, ou une autre personne a décidé."
    " Rien n'a été enregistré. Relisez ce qui suit, puis recommencez."
)


@blueprint.get("")
@requires(Permission.MODERATE)
def clusters() -> ResponseReturnValue:
    """List the clusters, the largest first."""
    page = request.args.get("page", 1, type=int)
    listed = queries.clusters(current_work(), page)
    return render_template(
        "moderation/clusters/clusters.html", listed=listed, labels=labels, waits=TextState.WAITING
    )


@blueprint.get("/<public_id>")
@requires(Permission.MODERATE)
def cluster(public_id: str) -> ResponseReturnValue:
    """Display one cluster: its example, its texts, and what can be done."""
    return _page(public_id)


@blueprint.post("/<public_id>/decider")
@requires(Permission.MODERATE)
def decide(public_id: str) -> ResponseReturnValue:
    """Say how many texts it is for; once confirmed, decide on all of them."""
    form = ClusterDecisionForm(request.form)
    if not form.validate():
        return _page(public_id, form), 400
    at = now()
    try:
        if not form.confirmed.data:
            bulk.check(form.verdict.data, form.reason.data)
            return _preview(public_id, form)
        with writing(db.session()):
            outcome = actions.decide_all(
                Work(db.session(), _actor(), at),
                public_id,
                form.verdict.data,
                form.reason.data,
                expected=form.digest.data,
                two_moderators=current_app.config["TWO_MODERATORS"],
            )
    except DecisionNotAllowed as refused:
        name = "reason" if refused.obstacle is Obstacle.REASON_MISSING else "verdict"
        form.add_error(name, labels.OBSTACLES[refused.obstacle])
        return _page(public_id, form), 400
    except StaleEdit:
        return _stale_page(public_id, form)
    two_moderators = current_app.config["TWO_MODERATORS"]
    flash(labels.outcome_label(form.verdict.data, outcome, two_moderators=two_moderators))
    return _back(public_id, lot=at.isoformat())


@blueprint.post("/<public_id>/annuler")
@requires(Permission.MODERATE)
def undo(public_id: str) -> ResponseReturnValue:
    """Take back what the moderator has just decided for all."""
    undo_lot(_actor())
    return _back(public_id)


@blueprint.post("/<public_id>/detacher")
@requires(Permission.MODERATE)
def split(public_id: str) -> ResponseReturnValue:
    """Take one text out."""
    return _change(
        actions.split,
        public_id,
        request.form.get("texte", ""),
        lambda _none: "Ce texte est détaché : il est relu à part, et rien ne l'y ramène tout seul.",
    )


@blueprint.post("/<public_id>/remettre")
@requires(Permission.MODERATE)
def put_back(public_id: str) -> ResponseReturnValue:
    """Put a text back that was taken out."""
    return _change(
        actions.put_back,
        public_id,
        request.form.get("texte", ""),
        lambda _none: "Ce texte est remis avec les autres.",
    )


@blueprint.post("/<public_id>/reunir")
@requires(Permission.MODERATE)
def merge(public_id: str) -> ResponseReturnValue:
    """Bring the texts of another cluster into this one."""
    form = MergeForm(request.form)
    if not form.validate():
        return _page(public_id, merge_form=form), 400
    return _change(
        actions.merge,
        public_id,
        form.other.data,
        lambda count: (
            f"{_texts(count)} {'a' if count < 2 else 'ont'} rejoint ceux-ci. Vous pouvez toujours"
            " les séparer."
        ),
    )


@blueprint.post("/<public_id>/separer")
@requires(Permission.MODERATE)
def undo_merge(public_id: str) -> ResponseReturnValue:
    """Give another cluster back the texts that were brought from it."""
    return _change(
        actions.undo_merge,
        public_id,
        request.form.get("autre", ""),
        lambda count: f"{_texts(count)} de nouveau à part.",
    )


def _change(
    change: Callable[..., Any], public_id: str, other_id: str, describe: Callable[[int], str]
) -> ResponseReturnValue:
    """Change a cluster and say so, or display it as another moderator changed it meanwhile."""
    try:
        with writing(db.session()):
            count = change(current_work(), public_id, other_id)
    except StaleEdit:
        return _stale_page(public_id)
    flash(describe(count))
    return _back(public_id)


def _preview(public_id: str, form: ClusterDecisionForm) -> str:
    page = queries.load(current_work(), public_id)
    if page is None:
        abort(404)
    waiting = queries.undecided(db.session(), page.cluster)
    concerned = bulk.eligible(waiting, form.verdict.data, _actor())
    return render_template(
        "moderation/clusters/decide.html",
        page=page,
        form=form,
        count=min(len(concerned), MOST_AT_ONCE),
        left=len(waiting) - min(len(concerned), MOST_AT_ONCE),
        labels=labels,
        two_moderators=current_app.config["TWO_MODERATORS"],
    )


def _stale_page(public_id: str, form: ClusterDecisionForm | None = None) -> ResponseReturnValue:
    return _page(public_id, form, problems=[Problem("etat", "", CHANGED)]), 409


def _page(
    public_id: str,
    form: ClusterDecisionForm | None = None,
    problems: Sequence[Problem] = (),
    *,
    merge_form: MergeForm | None = None,
) -> str:
    session, actor = db.session(), _actor()
    page = queries.load(current_work(), public_id, request.args.get("page", 1, type=int))
    if page is None:
        abort(404)
    waiting = queries.undecided(session, page.cluster)
    merge_form = merge_form or MergeForm()
    merge_form.offer(queries.others(current_work(), page.cluster))
    return render_template(
        "moderation/clusters/cluster.html",
        page=page,
        form=form or ClusterDecisionForm(),
        merge_form=merge_form,
        problems=[*merge_form.problems, *problems],
        waiting=waiting,
        digest=actions.digest_of(waiting),
        eligible={verdict: bulk.eligible(waiting, verdict, actor) for verdict in BULK},
        alone_count=sum(map(bulk.needs_a_look, waiting)),
        danger_count=sum(text.has_danger_words for text in waiting),
        at_once=MOST_AT_ONCE,
        taken_out=queries.taken_out(current_work(), page.cluster),
        merged=queries.merged_into(current_work(), page.cluster),
        labels=labels,
        lot=request.args.get("lot", ""),
        undoable=bulk.undoable(current_work(), moment_of(request.args.get("lot", ""))),
        two_moderators=current_app.config["TWO_MODERATORS"],
    )


def _back(public_id: str, **values: Any) -> ResponseReturnValue:
    return redirect(url_for(".cluster", public_id=public_id, **values), 303)


def _actor() -> Actor:
    return require(Permission.MODERATE)


def _texts(count: int) -> str:
    return counted(count, "texte", "textes")
