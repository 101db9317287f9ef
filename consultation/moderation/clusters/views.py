"""Pages of clusters: their list, and one cluster."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from flask import Blueprint, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import moment_of
from consultation.db.stale import StaleEdit
from consultation.moderation import bulk, labels
from consultation.moderation.bulk import BULK, MOST_AT_ONCE
from consultation.moderation.clusters import actions, queries
from consultation.moderation.clusters.forms import ClusterDecisionForm, MergeForm
from consultation.moderation.handlers import undo_lot
from consultation.moderation.models import TextState
from consultation.web.forms import Problem
from consultation.web.permissions import Permission, requires
from consultation.web.typography import counted, plural
from consultation.work.actions import act, current_work
from consultation.work.services import Work

blueprint = Blueprint("clusters", __name__, url_prefix="/moderation/textes-semblables")

T = TypeVar("T")
CHANGED = (
    "Ces textes ont changé entre-temps : d'autres sont arrivés, ou une autre personne a décidé."
    " Rien n'a été enregistré. Relisez ce qui suit, puis recommencez."
)


@blueprint.get("")
@requires(Permission.MODERATE)
def clusters() -> ResponseReturnValue:
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
    if not form.confirmed.data:
        return _preview(public_id, form)
    verdict, two_moderators = form.verdict.data, current_app.config["TWO_MODERATORS"]

    def decide(work: Work) -> tuple[bulk.BulkOutcome, datetime]:
        outcome = actions.decide_all(
            work,
            public_id,
            verdict,
            form.reason.data,
            expected=form.digest.data,
            two_moderators=two_moderators,
        )
        return outcome, work.at

    return act(
        decide,
        page=partial(_page, public_id, form),
        done=lambda it: labels.outcome_label(verdict, it[0], two_moderators=two_moderators),
        to=lambda it: url_for(".cluster", public_id=public_id, lot=it[1].isoformat()),
    )


@blueprint.post("/<public_id>/annuler")
@requires(Permission.MODERATE)
def undo(public_id: str) -> ResponseReturnValue:
    """Take back what the moderator has just decided for all."""
    return undo_lot(partial(_page, public_id), url_for(".cluster", public_id=public_id))


@blueprint.post("/<public_id>/detacher")
@requires(Permission.MODERATE)
def split(public_id: str) -> ResponseReturnValue:
    """Take one text out."""
    return _change(
        public_id,
        lambda work: actions.split(work, public_id, request.form.get("texte", "")),
        "Ce texte est détaché : il est relu à part, et rien ne l'y ramène tout seul.",
    )


@blueprint.post("/<public_id>/remettre")
@requires(Permission.MODERATE)
def put_back(public_id: str) -> ResponseReturnValue:
    return _change(
        public_id,
        lambda work: actions.put_back(work, public_id, request.form.get("texte", "")),
        "Ce texte est remis avec les autres.",
    )


@blueprint.post("/<public_id>/reunir")
@requires(Permission.MODERATE)
def merge(public_id: str) -> ResponseReturnValue:
    """Bring the texts of another cluster into this one."""
    form = MergeForm(request.form)
    if not form.validate():
        return _page(public_id, merge_form=form), 400
    return _change(
        public_id,
        lambda work: actions.merge(work, public_id, form.other.data),
        lambda count: (
            f"{_texts(count)} {plural(count, 'a', 'ont')} rejoint ceux-ci. Vous pouvez toujours"
            " les séparer."
        ),
    )


@blueprint.post("/<public_id>/separer")
@requires(Permission.MODERATE)
def undo_merge(public_id: str) -> ResponseReturnValue:
    """Give another cluster back the texts that were brought from it."""
    return _change(
        public_id,
        lambda work: actions.undo_merge(work, public_id, request.form.get("autre", "")),
        lambda count: f"{_texts(count)} de nouveau à part.",
    )


def _change(
    public_id: str, service: Callable[[Work], T], done: str | Callable[[T], str]
) -> ResponseReturnValue:
    address = url_for(".cluster", public_id=public_id)
    return act(service, page=partial(_page, public_id), done=done, to=address)


def _preview(public_id: str, form: ClusterDecisionForm) -> str:
    work = current_work()
    page = queries.load(work, public_id)
    if page is None:
        abort(404)
    waiting = queries.undecided(work.session, page.cluster)
    concerned = bulk.eligible(waiting, form.verdict.data, work.actor)
    return render_template(
        "moderation/clusters/decide.html",
        page=page,
        form=form,
        count=min(len(concerned), MOST_AT_ONCE),
        left=len(waiting) - min(len(concerned), MOST_AT_ONCE),
        labels=labels,
        two_moderators=current_app.config["TWO_MODERATORS"],
    )


def _page(
    public_id: str,
    form: ClusterDecisionForm | None = None,
    *,
    merge_form: MergeForm | None = None,
    stale: StaleEdit | None = None,
) -> str:
    work = current_work()
    page = queries.load(work, public_id, request.args.get("page", 1, type=int))
    if page is None:
        abort(404)
    waiting = queries.undecided(work.session, page.cluster)
    merge_form = merge_form or MergeForm()
    merge_form.offer(queries.others(work, page.cluster))
    changed = [Problem("etat", "", CHANGED)] if stale else []
    return render_template(
        "moderation/clusters/cluster.html",
        page=page,
        form=form or ClusterDecisionForm(),
        merge_form=merge_form,
        problems=[*merge_form.problems, *changed],
        waiting=waiting,
        digest=actions.digest_of(waiting),
        eligible={verdict: bulk.eligible(waiting, verdict, work.actor) for verdict in BULK},
        alone_count=sum(map(bulk.needs_a_look, waiting)),
        foreign_count=sum(not it.is_understood for it in waiting),
        danger_count=sum(text.has_danger_words for text in waiting),
        at_once=MOST_AT_ONCE,
        taken_out=queries.taken_out(work, page.cluster),
        merged=queries.merged_into(work, page.cluster),
        labels=labels,
        lot=request.args.get("lot", ""),
        undoable=bulk.undoable(work, moment_of(request.args.get("lot", ""))),
        two_moderators=current_app.config["TWO_MODERATORS"],
    )


def _texts(count: int) -> str:
    return counted(count, "texte", "textes")
